"""What plays: audio of tracks, lyrics, and what comes next."""
