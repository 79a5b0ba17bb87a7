"""What the people who run the service put on the front page themselves."""
