"""Public links to a playlist, a mix or one's taste, and pictures of them."""
