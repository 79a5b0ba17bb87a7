"""The weekly letter: to those who asked for it, on their Monday morning, once."""
