"""Places a fleet has named: their borders, the visits to them, what was driven on the farm and what on the road."""
