"""The fleet itself."""
