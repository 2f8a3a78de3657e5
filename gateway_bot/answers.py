"""How a command answers: first a sign of life, then the message."""

from io import BytesIO
from typing import Any

import discord
import structlog

from chassis import telemetry
from gateway_bot.delivery import ACKNOWLEDGED, BROKEN, insist
from gateway_bot.players import NEWCOMER
from gateway_bot.tree import PRIVATE, TOLD
from gateway_bot.views.parts import View
from gateway_bot.views.welcome import welcome_view

log = structlog.get_logger()

Interaction = discord.Interaction[Any]
Kinds = discord.InteractionResponseType


async def wait(interaction: Interaction, *, private: bool = False) -> None:
    """Tells Discord within its three seconds that an answer will come."""
    interaction.extras[PRIVATE] = private
    answer = interaction.response
    with telemetry.span("discord defer"):
        await insist(lambda: answer.defer(thinking=True, ephemeral=private), done=ACKNOWLEDGED)
    interaction.extras[TOLD] = Kinds.deferred_channel_message


async def turn(interaction: Interaction) -> None:
    """Tells Discord that the message with the pressed button will change."""
    with telemetry.span("discord defer"):
        await insist(interaction.response.defer, done=ACKNOWLEDGED)
    interaction.extras[TOLD] = Kinds.deferred_message_update


async def show(interaction: Interaction, view: View, picture: discord.File | None = None) -> None:
    """The answer itself; who is new is welcomed after it."""
    data = picture.fp.read() if picture else b""

    async def edit() -> None:
        # A file that was sent once is closed.
        files = [_file(picture, data)] if picture else []
        await interaction.edit_original_response(view=view, attachments=files)

    with telemetry.span("discord answer"):
        await insist(edit)
    if academy := interaction.extras.pop(NEWCOMER, ""):
        await _welcome(interaction, academy)


async def _welcome(interaction: Interaction, academy: str) -> None:
    """A greeting that gets lost is no reason to doubt the answer before it."""
    try:
        await interaction.followup.send(view=welcome_view(academy), ephemeral=True)
    except (discord.HTTPException, *BROKEN) as lost:
        log.warning("welcome.lost", interaction_id=interaction.id, why=repr(lost))


def _file(picture: discord.File, data: bytes) -> discord.File:
    shown, spoiler = picture.filename, picture.spoiler
    return discord.File(BytesIO(data), shown, spoiler=spoiler, description=picture.description)
