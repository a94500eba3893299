"""Fill-ups: what was put into the tank, as people enter it, and what is odd about an entry."""
