"""The equipment a player owns: pieces, their effects, their sub slots."""
