"""The fleet's trucks."""
