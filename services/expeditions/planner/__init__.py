"""What a party may expect of a place, and which party may expect the most."""
