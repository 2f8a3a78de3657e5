"""The face of the game: the only part that knows Discord. It keeps nothing and leads nothing.

Read `bot` first, then `cogs/summon`, `clients` and `tree`.
"""
