"""Recordings of real drives, sent as a logger would have sent them."""
