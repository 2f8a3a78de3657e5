"""The pictures of the game, drawn by us with Pillow, away from the event loop.

The bot asks `Renderer` for finished pictures. Everything else here runs in its worker
processes: `card`, `summon_sheet` and `profile` lay pictures out, `looks` decides how a waifu
looks, and `motif`, `figure`, `hair`, `expression`, `outfit`, `accessory`, `emblem` and `frame`
draw the parts.
"""
