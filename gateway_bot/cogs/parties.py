"""From a place to a party on its way, a step a press."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import structlog

from gateway_bot import answers, forms, journeys
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.notices import wish_of
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import expedition as status
from gateway_bot.views import party as views
from gateway_bot.views.party import Plan
from gateway_bot.views.words import typed
from geminya.collection.v1.equipment_pb2 import Equipment
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1 import planner_pb2 as planner

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


log = structlog.get_logger()

FORECAST_S = 1.5
"""Nobody waits longer for a forecast; without it the party can leave just as well."""


class Parties:
    """The steps of a start; all that was chosen travels in the buttons."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.PARTY, self.press_party)
        bot.on_press(views.JOIN, self.press_join)
        bot.on_press(views.ASK, self.press_ask)
        bot.on_press(views.SEARCH, self.press_search)
        bot.on_press(views.PACK, self.press_pack)
        bot.on_press(views.CARRY, self.press_carry)
        bot.on_press(views.GO, self.press_go)

    # Who goes.

    async def press_party(self, interaction: Interaction, offer: Offer) -> None:
        """Another page, another query, or a party from the beginning."""
        await answers.turn(interaction)
        await self.show_party(interaction, Plan.unpacked(offer.data))

    async def press_join(self, interaction: Interaction, offer: Offer) -> None:
        """Somebody was picked."""
        await answers.turn(interaction)
        picked = [int(value) for value in chosen(interaction) if _is_number(value)]
        await self.show_party(interaction, Plan.unpacked(offer.data).joined(picked))

    async def press_ask(self, interaction: Interaction, offer: Offer) -> None:
        """Asks for a query."""
        field = forms.Field(
            views.QUERY,
            say("party.form_label"),
            placeholder=say("party.form_hint"),
            default=Plan.unpacked(offer.data).query,
            min_letters=0,
            max_letters=views.QUERY_LETTERS,
        )
        custom_id = self.bot.desk(interaction).sign(views.SEARCH, offer.data)
        await forms.ask(interaction, custom_id, say("party.form"), [field])

    async def press_search(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off."""
        await answers.turn(interaction)
        query = typed(forms.answers(interaction).get(views.QUERY, ""))[: views.QUERY_LETTERS]
        plan = replace(Plan.unpacked(offer.data), page=0, query=query, is_suited=False)
        await self.show_party(interaction, plan)

    async def show_party(self, interaction: Interaction, plan: Plan) -> None:
        """The party so far, and who could join it."""
        clients = self.bot.clients
        place = await journeys.open_place(clients, plan.place)
        player = await clients.players.of(interaction)
        found = await self.candidates(player.user_id, place.template_id, plan)
        members = await self.bot.catalogue.waifus(plan.party)
        view = views.party_view(place, plan, members, found, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def candidates(self, user_id: int, template_id: str, plan: Plan) -> views.Candidates:
        """Who could join, in the order that was asked for."""
        clients = self.bot.clients
        if plan.is_suited:
            return await journeys.suited(clients, self.bot.catalogue, user_id, template_id, plan)
        return await journeys.candidates(clients, user_id, plan)

    # What they take along.

    async def press_pack(self, interaction: Interaction, offer: Offer) -> None:
        """The party stands; whoever has no equipment goes on at once."""
        await answers.turn(interaction)
        plan = Plan.unpacked(offer.data)
        pieces = await self.free_pieces(interaction)
        if not pieces:
            await self.show_leave(interaction, plan, None)
            return
        place = await journeys.open_place(self.bot.clients, plan.place)
        view = views.pack_view(place, plan, pieces, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_carry(self, interaction: Interaction, offer: Offer) -> None:
        """A piece was picked, or none."""
        await answers.turn(interaction)
        plan, picked = Plan.unpacked(offer.data), next(iter(chosen(interaction)), views.NOTHING)
        if picked == views.NOTHING:
            await self.show_leave(interaction, plan, None)
            return
        for piece in await self.free_pieces(interaction):
            if piece.equipment_id == picked:
                carrying = replace(plan, equipment_id=picked)
                await self.show_leave(interaction, carrying, piece)
                return
        raise Hint("no_piece")

    async def free_pieces(self, interaction: Interaction) -> list[Equipment]:
        """The player's equipment that is at home."""
        player = await self.bot.clients.players.of(interaction)
        return await journeys.free_pieces(self.bot.clients, player.user_id)

    # Off they go.

    async def show_leave(
        self, interaction: Interaction, plan: Plan, piece: Equipment | None
    ) -> None:
        """The last look."""
        place = await journeys.open_place(self.bot.clients, plan.place)
        members, series, expected = await asyncio.gather(
            self.bot.catalogue.waifus(plan.party),
            journeys.series_names(self.bot.clients, [*place.favored, *place.disfavored]),
            self.expected(interaction, place.template_id, plan),
        )
        desk = self.bot.desk(interaction)
        view = views.leave_view(place, plan, members, piece, desk, series=series, expected=expected)
        await answers.show(interaction, view)

    async def expected(
        self, interaction: Interaction, template_id: str, plan: Plan
    ) -> planner.Plan | None:
        """What the rules say of this party there; a start needs no forecast, so a missing one is no trouble."""
        player = await self.bot.clients.players.of(interaction)
        request = planner.GetPlanRequest(
            user_id=player.user_id,
            template_id=template_id,
            waifu_ids=plan.party,
            equipment_id=plan.equipment_id,
        )
        try:
            return (await self.bot.clients.planner.GetPlan(request, timeout=FORECAST_S)).plan
        except grpc.aio.AioRpcError as error:
            log.info("plan.missing", why=error.code().name)
            return None

    async def press_go(self, interaction: Interaction, offer: Offer) -> None:
        """Sends the party, once for each offer."""
        await answers.turn(interaction)
        clients, plan = self.bot.clients, Plan.unpacked(offer.data)
        place = await journeys.open_place(clients, plan.place)
        request = pb.StartExpeditionRequest(
            template_id=place.template_id,
            waifu_ids=plan.party,
            equipment_id=plan.equipment_id,
            notice=wish_of(await clients.players.of(interaction), interaction),
        )
        done = await clients.act(
            interaction, clients.expeditions.StartExpedition, request, offer=offer
        )
        note = say("expedition.left", name=status.name_of(done.expedition))
        await self.show_status(interaction, note)

    async def show_status(self, interaction: Interaction, note: str | None = None) -> None:
        """Every party on its way."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        running = await journeys.under_way(clients, player.user_id)
        acting = [liked for one in running for liked in (*one.favored, *one.disfavored)]
        series = await journeys.series_names(clients, acting)
        view = status.status_view(running, self.bot.desk(interaction), series=series, note=note)
        await answers.show(interaction, view)


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and 1 <= int(value) < 2**31
