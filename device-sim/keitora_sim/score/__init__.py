"""Score: what the product derived, held against what was true."""
