"""The waifus a player owns: stars, shards, constellation."""
