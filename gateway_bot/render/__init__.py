"""The pictures of the game, drawn by us with Pillow, away from the event loop.

The bot asks `Renderer` for finished pictures. Everything else here runs in its worker
processes: `card`, `summon_sheet`, `profile`, `album` and `academy` lay pictures out, `deck` keeps
the cards that were drawn, `looks` decides how a waifu looks, and `motif`, `hair`, `expression`,
`outfit`, `accessory`, `emblem`, `mark`, `coin` and `frame` draw the parts.
"""
