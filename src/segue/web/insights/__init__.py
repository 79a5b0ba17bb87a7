"""What the people who run the service see of it: boards of figures, each a file in `boards/`."""
