"""How samples are kept: packed when they are old, dropped when they are older than is asked for."""
