"""What a snapshot knows of its items, made from a library: one file per part of the catalogue."""
