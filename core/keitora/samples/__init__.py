"""Samples: what loggers measured, as it is stored."""
