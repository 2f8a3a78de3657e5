"""The pause before something that cannot be taken back."""

from collections.abc import Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.views.parts import View, line, sheet
from gateway_bot.views.parts import words as text

DANGER = 0xC0392B
"""The colour of a warning."""


def confirm_view(title: str, told: Sequence[str | None], custom_id: str, label: str) -> View:
    """What will happen, and the one button that lets it happen."""
    return sheet(
        [text(title), line(), text(*told, letters=3000)],
        buttons=[offer_button(custom_id, label, style=discord.ButtonStyle.danger)],
        accent=DANGER,
    )
