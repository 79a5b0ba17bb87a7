"""What services on the internet say of music: asked for by name only, politely, and remembered."""
