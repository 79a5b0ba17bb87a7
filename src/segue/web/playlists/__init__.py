"""Playlists: ordered lists of tracks that listeners own."""
