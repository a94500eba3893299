"""What loggers and the ingestor say to each other: the native format, version 1."""
