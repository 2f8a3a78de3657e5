"""How a command answers: first a sign of life, then the message."""

from collections.abc import Sequence
from typing import Any

import discord

from chassis import telemetry
from gateway_bot.players import NEWCOMER
from gateway_bot.tree import PRIVATE
from gateway_bot.views.parts import View
from gateway_bot.views.welcome import welcome_view

Interaction = discord.Interaction[Any]


async def wait(interaction: Interaction, *, private: bool = False) -> None:
    """Tells Discord within its three seconds that an answer will come."""
    interaction.extras[PRIVATE] = private
    with telemetry.span("discord defer"):
        await interaction.response.defer(thinking=True, ephemeral=private)


async def turn(interaction: Interaction) -> None:
    """Tells Discord that the message with the pressed button will change."""
    with telemetry.span("discord defer"):
        await interaction.response.defer()


async def show(interaction: Interaction, view: View, picture: discord.File | None = None) -> None:
    """The answer itself; who is new is welcomed after it."""
    files: Sequence[discord.File] = [picture] if picture else []
    with telemetry.span("discord answer"):
        await interaction.edit_original_response(view=view, attachments=files)
    if academy := interaction.extras.pop(NEWCOMER, ""):
        await interaction.followup.send(view=welcome_view(academy), ephemeral=True)
