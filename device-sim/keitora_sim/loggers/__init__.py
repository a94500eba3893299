"""Loggers: each file speaks one format of the ingestor, with that device's habits."""
