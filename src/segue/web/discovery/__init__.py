"""Discovery: the Engine in the service, what it recommended to whom, and stations."""
