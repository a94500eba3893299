"""Sums over days, weeks and months."""
