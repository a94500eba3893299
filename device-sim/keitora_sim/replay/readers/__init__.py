"""One pure reader for each kind of recording: bytes in, a drive out."""
