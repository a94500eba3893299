"""Stops and idlings."""
