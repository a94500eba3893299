"""Our own services: which processes live, and how they fare."""
