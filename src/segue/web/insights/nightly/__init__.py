"""What boards need beside the rollups, worked out every night; `details.py` keeps it."""
