"""Raw signals: condensed for charts, or row by row."""
