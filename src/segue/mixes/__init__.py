"""Generated playlists, one product per file."""
