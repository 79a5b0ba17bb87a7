"""A service in one file: made while it is served, checked, and put into an empty home."""
