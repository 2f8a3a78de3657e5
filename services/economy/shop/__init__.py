"""What players have in their bags."""
