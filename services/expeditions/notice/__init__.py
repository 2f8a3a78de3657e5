"""Who wants to hear that a party is back, and what could not be told."""
