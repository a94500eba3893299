"""Upkeep: work on a truck that comes round, and when it is due."""
