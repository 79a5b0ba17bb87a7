"""Pictures: drawn from what the music is like, or taken from the files."""
