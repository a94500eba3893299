"""Load: pre-computed drives sent as fast as one process can, or at a given rate, over one connection or thousands."""
