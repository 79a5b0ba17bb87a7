"""What templates of accounts can call."""
