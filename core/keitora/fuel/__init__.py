"""Fuel: what flows, what was used, what it cost."""
