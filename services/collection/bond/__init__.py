"""What grows between a player and a waifu: talks, gifts, mood, memories, a room."""
