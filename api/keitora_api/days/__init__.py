"""Days of trucks and of drivers."""
