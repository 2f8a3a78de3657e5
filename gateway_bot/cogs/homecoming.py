"""Parties that come home: one with a picture of the journey, or all of them with one command."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from discord import app_commands
from discord.ext import commands

from chassis.rpc.status import refusal_of
from gateway_bot import answers, journeys, options
from gateway_bot.answers import Interaction
from gateway_bot.clients import StillUnderWay
from gateway_bot.cogs.parties import Parties
from gateway_bot.offers import Offer, unpacked
from gateway_bot.refusals import Hint, excuse_for, is_known
from gateway_bot.render.journey import alt_text
from gateway_bot.text import say
from gateway_bot.views import expedition as views
from gateway_bot.views import journey
from gateway_bot.views.strip import journey_face
from geminya.expeditions.v1 import expedition_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

NOT_READY = "NOT_READY"
SILENT_S = 1.0
"""After so long a player is told how many are home already."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What became of several parties."""

    home: list[pb.CompleteExpeditionResponse] = field(default_factory=list)
    troubles: list[tuple[pb.Expedition, Exception]] = field(default_factory=list)


class Homecoming(Parties, commands.Cog):
    """The part of `/expedition` that brings parties home."""

    def __init__(self, bot: "GeminyaBot") -> None:
        super().__init__(bot)
        bot.on_press(views.COMPLETE, self.press_complete)
        bot.on_press(views.COMPLETE_ALL, self.press_complete_all)

    @app_commands.command(description=say("commands.expedition_complete"))
    @app_commands.describe(expedition=say("commands.expedition_running"))
    async def complete(self, interaction: Interaction, expedition: str | None = None) -> None:
        """Brings a party home: the one that was named, else the first that is back."""
        await answers.wait(interaction)
        found = await self.meant(interaction, expedition)
        await self.bring_home(interaction, found.expedition_id)

    async def press_complete(self, interaction: Interaction, offer: Offer) -> None:
        """Brings this party home, once."""
        await answers.turn(interaction)
        await self.bring_home(interaction, unpacked(offer.data), offer)

    async def meant(self, interaction: Interaction, typed: str | None) -> pb.Expedition:
        """The expedition that was named, else the one whose time is over first."""
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        if typed is not None:
            return await journeys.journey(clients, player.user_id, typed)
        for first in await journeys.under_way(clients, player.user_id):
            return first
        raise Hint("nobody_away")

    async def bring_home(
        self, interaction: Interaction, expedition_id: str, offer: Offer | None = None
    ) -> None:
        """Completes one, and tells how it went, with a picture of it."""
        clients = self.bot.clients
        request = pb.CompleteExpeditionRequest(expedition_id=expedition_id)
        change = clients.expeditions.CompleteExpedition
        done = await clients.act(interaction, change, request, offer=offer)
        player = await clients.players.of(interaction)
        waifus = await self.bot.catalogue.waifus(one.waifu_id for one in done.expedition.travellers)
        face = journey_face(done, waifus)
        strip = await self.bot.pictures_for(player).journey(face, alt_text(face))
        view = journey.result_view(done, self.bot.desk(interaction), strip=strip)
        await answers.show(interaction, view, strip)

    # All at once.

    @app_commands.command(description=say("commands.expedition_complete_all"))
    async def complete_all(self, interaction: Interaction) -> None:
        """Brings everybody home whose time is over."""
        await answers.wait(interaction)
        await self.bring_all_home(interaction, None)

    async def press_complete_all(self, interaction: Interaction, offer: Offer) -> None:
        """The same from below the list."""
        await answers.turn(interaction)
        await self.bring_all_home(interaction, offer)

    async def bring_all_home(self, interaction: Interaction, offer: Offer | None) -> None:
        """Completes whatever is ready, and tells how each of them went."""
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        running = await journeys.under_way(clients, player.user_id)
        if not running:
            raise Hint("nobody_away")
        came = await self.complete_each(interaction, running, offer)
        if not came.home and came.troubles:
            raise came.troubles[0][1]
        if not came.home:
            await self.show_status(interaction, say("journey.none_ready"))
            return
        notes = [_note(one, error) for one, error in came.troubles]
        view = journey.results_view(came.home, self.bot.desk(interaction), notes=notes)
        await answers.show(interaction, view)

    async def complete_each(
        self, interaction: Interaction, running: Sequence[pb.Expedition], offer: Offer | None
    ) -> Arrivals:
        """One operation for each, all of them parts of one command; none stops the others."""
        clients, came = self.bot.clients, Arrivals()
        now = asyncio.get_running_loop().time
        told = now()
        for number, one in enumerate(running):
            if now() > told + SILENT_S:
                await answers.show(interaction, journey.progress_view(number, len(running)))
                told = now()
            request = pb.CompleteExpeditionRequest(expedition_id=one.expedition_id)
            change, part = clients.expeditions.CompleteExpedition, one.expedition_id
            try:
                done = await clients.act(interaction, change, request, offer=offer, part=part)
                came.home.append(done)
            except (grpc.aio.AioRpcError, StillUnderWay) as error:
                if not is_known(error):
                    raise
                if not _is_early(error):
                    came.troubles.append((one, error))
        return came

    @complete.autocomplete("expedition")
    async def those_away(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Expeditions on their way."""
        user_id = interaction.user.id
        found = journeys.journey_choices(self.bot.clients, user_id, typed, is_running=True)
        return await options.quickly(found)


def _is_early(error: Exception) -> bool:
    """Whether a party is only still on its way."""
    if not isinstance(error, grpc.aio.AioRpcError):
        return False
    refused = refusal_of(error)
    return refused is not None and refused.reason == NOT_READY


def _note(expedition: pb.Expedition, error: Exception) -> str:
    """Why this one is not home yet."""
    excuse = excuse_for(error)
    why = excuse.sentence if excuse else ""
    return say("journey.stopped", slot=expedition.slot_no, name=views.name_of(expedition), why=why)
