"""Search: one query language for every list of waifus, and the lists themselves."""
