"""The export, as a file below a few words."""

import discord

from gateway_bot.text import say
from gateway_bot.views.parts import View, sheet
from gateway_bot.views.parts import words as text

FILENAME = "geminya.json"


def export_view() -> View:
    """What the file is."""
    file: discord.ui.File[discord.ui.LayoutView] = discord.ui.File(f"attachment://{FILENAME}")
    return sheet([text(say("export.title"), say("export.text")), file])


def too_large_view() -> View:
    """Why there is none."""
    return sheet([text(say("export.title"), say("export.too_large"))])
