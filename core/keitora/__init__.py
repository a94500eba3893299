"""Keitora: fleet telematics for kei work trucks. The domain, and what every service shares."""

__version__ = "0.1.0"
