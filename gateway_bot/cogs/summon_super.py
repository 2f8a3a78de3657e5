"""Many ten-summons by one command: one operation each, one after another, and one result with pages."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import structlog
from discord import app_commands
from discord.ext import commands

from chassis.rpc.status import refusal_of
from gateway_bot import answers, forms, options, rolls
from gateway_bot.answers import Interaction
from gateway_bot.clients import StillUnderWay, is_trouble, op_id
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint, excuse_for
from gateway_bot.text import say
from gateway_bot.views import super as views
from gateway_bot.views.parts import turned
from gateway_bot.views.super import Order
from gateway_bot.views.words import TOP_RARITY
from geminya.economy.v1 import gacha_pb2 as gacha

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

log = structlog.get_logger()

EVERY_S = 1.0
"""Between two edits of the progress."""
LONGEST_S = 12 * 60
"""Discord takes an answer for fifteen minutes; what was not begun by then is left."""


@dataclass(slots=True)
class SoFar:
    """What was made by now."""

    done: int = 0
    tops: int = 0

    def count(self, made: gacha.SummonResponse) -> None:
        """One more of them."""
        self.done += 1
        self.tops += sum(pull.rarity == TOP_RARITY for pull in made.pulls)


class Super(commands.Cog):
    """The part of `/summon` that makes many."""

    bot: "GeminyaBot"

    @app_commands.command(name="super", description=say("commands.summon_super"))
    @app_commands.describe(
        count=say("commands.summon_super_count"), banner=say("commands.summon_banner")
    )
    async def super_(
        self,
        interaction: Interaction,
        count: app_commands.Range[int, 1, views.MOST],
        banner: str = options.STANDARD,
    ) -> None:
        """So many ten-summons; it stops at the first refusal."""
        await answers.wait(interaction)
        request = gacha.SummonRequest(
            banner_id=await options.banner_id(self.bot.clients, banner), count=views.TEN
        )
        order = Order(op_id(interaction, request, None), count)
        so_far = SoFar()
        note = await self.make(interaction, order, request, so_far)
        try:
            await self.show_super(interaction, order, 0, note)
        except grpc.aio.AioRpcError as error:
            if not is_trouble(error):
                raise
            # They are made and paid for: whoever read "try again" would pay once more.
            log.warning("super.not_shown", interaction_id=interaction.id, code=error.code().name)
            await self.show_progress(interaction, order, so_far)

    @super_.autocomplete("banner")
    async def super_banners(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Banners while a name is typed."""
        return await options.quickly(options.banner_choices(self.bot.clients, typed))

    async def make(
        self, interaction: Interaction, order: Order, request: gacha.SummonRequest, so_far: SoFar
    ) -> str | None:
        """Makes one after another; why it stopped before the last one. Nothing made is a refusal as ever."""
        clients, began, told = self.bot.clients, time.monotonic(), time.monotonic()
        for part in range(order.count):
            if time.monotonic() - began > LONGEST_S:
                return say("super.time")
            try:
                made = await clients.act(interaction, clients.gacha.Summon, request, part=part)
            except (grpc.aio.AioRpcError, StillUnderWay) as stop:
                if not part:
                    raise
                return self.excuse(interaction, stop)
            so_far.count(made)
            if time.monotonic() - told >= EVERY_S and part + 1 < order.count:
                told = time.monotonic()
                await self.show_progress(interaction, order, so_far)
        return None

    async def show_progress(self, interaction: Interaction, order: Order, so_far: SoFar) -> None:
        """How many there are, with a button that shows them."""
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.progress_view(order, so_far.done, so_far.tops, desk))

    def excuse(self, interaction: Interaction, stop: "grpc.aio.AioRpcError | StillUnderWay") -> str:
        """What the player reads of a stop after the first of them."""
        excuse = excuse_for(stop)
        assert excuse is not None
        refused = refusal_of(stop) if isinstance(stop, grpc.aio.AioRpcError) else None
        if refused is None:
            log.warning(
                "super.stopped",
                interaction_id=interaction.id,
                error_id=excuse.error_id,
                why=repr(stop),
            )
        return excuse.sentence

    # ---- pages

    async def turn_super(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of the result."""
        await answers.turn(interaction)
        page, order = turned(offer.data)
        await self.show_super(interaction, Order.unpacked(order), page)

    async def ask_page(self, interaction: Interaction, offer: Offer) -> None:
        """Asks which page."""
        page, _ = turned(offer.data)
        field = forms.Field(
            views.FIELD, say("super.form_label"), default=str(page + 1), max_letters=4
        )
        custom_id = self.bot.desk(interaction).sign(views.JUMP, offer.data)
        await forms.ask(interaction, custom_id, say("super.form"), [field])

    async def jump(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off."""
        await answers.turn(interaction)
        _, order = turned(offer.data)
        typed = forms.answers(interaction).get(views.FIELD, "")
        if not (typed.isascii() and typed.isdecimal() and int(typed)):
            raise Hint("no_page")
        await self.show_super(interaction, Order.unpacked(order), int(typed) - 1)

    async def show_super(
        self, interaction: Interaction, order: Order, page: int, note: str | None = None
    ) -> None:
        """One page of what the services keep; the last one where there are not so many."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        found = await rolls.outcome(clients, player.user_id, order)
        if not found.summons:
            raise Hint("no_summon_yet")
        page = min(page, found.last_page)
        pulls = found.of_page(page)
        waifus = await self.bot.catalogue.waifus(pull.waifu_id for pull in pulls)
        desk = self.bot.desk(interaction)
        view = views.super_view(found, waifus, page=page, desk=desk, note=note)
        await answers.show(interaction, view)
