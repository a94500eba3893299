"""Alert rules as code, and where alerts go."""
