"""The fleet's drivers."""
