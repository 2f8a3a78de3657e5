"""The pictures of the game, drawn by us with Pillow, away from the event loop.

The bot asks `Renderer` for finished pictures. Everything else here runs in its worker
processes: `card`, `summon_sheet`, `profile`, `album`, `academy`, `talk` and `equipment` lay
pictures out on what `page` has in common for them, and `deck` keeps the cards that were drawn.
`looks` decides how a waifu looks and `feeling` how she feels; `motif`, `hair`, `expression`,
`outfit`, `accessory`, `emblem`, `mark`, `coin`, `charm` and `frame` draw the parts.
"""
