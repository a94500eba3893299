"""Scenarios: a fleet, its days and its faults in a file; what it sends and what is true of it."""
