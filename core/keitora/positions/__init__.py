"""Positions: which fixes to believe, where each truck is."""
