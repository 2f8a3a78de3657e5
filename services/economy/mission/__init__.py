"""Daily and weekly missions and their progress."""
