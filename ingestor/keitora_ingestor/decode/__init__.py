"""One pure function for each wire format, and the table that finds it by topic."""

from keitora_ingestor.decode.table import decode

__all__ = ["decode"]
