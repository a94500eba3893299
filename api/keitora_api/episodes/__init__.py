"""Episodes, and the 12 V batteries' forecast."""
