"""Files to keep: tables and tracks, sent as they are made."""
