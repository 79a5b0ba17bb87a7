"""How much this machine does, what so many listeners need, and what that costs: `segue capacity`."""
