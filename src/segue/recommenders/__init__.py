"""Models: one per file, found by name, all under one contract."""
