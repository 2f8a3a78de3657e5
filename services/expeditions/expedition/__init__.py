"""Who goes where, and what comes of it."""
