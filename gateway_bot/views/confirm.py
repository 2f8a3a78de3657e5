"""The pause before something that cannot be taken back."""

from collections.abc import Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text

DANGER = 0xC0392B
"""The colour of a warning."""


def confirm_view(
    title: str,
    told: Sequence[str | None],
    custom_id: str,
    label: str,
    *,
    ways_back: Sequence[Piece] = (),
) -> View:
    """What will happen, the one button that lets it happen, and ways back."""
    danger = offer_button(custom_id, label, style=discord.ButtonStyle.danger)
    return sheet(
        [text(title), line(), text(*told, letters=3000)],
        buttons=[danger, *ways_back],
        accent=DANGER,
    )
