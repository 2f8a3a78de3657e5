"""What one of several bots does at a time."""
