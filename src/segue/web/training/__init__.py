"""Training anew from the database: in a process of its own, and published only where it is no step back."""
