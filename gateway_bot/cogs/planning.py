"""Looking ahead: what a party may expect of a place, which party to send, and what may be found."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, journeys, options
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import odds, plan
from gateway_bot.views.party import Plan
from geminya.collection.v1.equipment_pb2 import ListEquipmentRequest
from geminya.expeditions.v1 import planner_pb2 as pb
from geminya.expeditions.v1.atlas_pb2 import GetTemplateRequest

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

HARDEST = 10_000
"""The contract asks for no odds beyond it."""


class Planning(commands.Cog):
    """The part of `/expedition` that changes nothing."""

    bot: "GeminyaBot"

    @app_commands.command(name="plan", description=say("commands.expedition_plan"))
    @app_commands.describe(
        place=say("commands.expedition_place"),
        first=say("commands.expedition_plan_first"),
        second=say("commands.expedition_plan_more"),
        third=say("commands.expedition_plan_more"),
        equipment=say("commands.expedition_plan_equipment"),
    )
    async def plan_(
        self,
        interaction: Interaction,
        place: str,
        first: str | None = None,
        second: str | None = None,
        third: str | None = None,
        equipment: str | None = None,
    ) -> None:
        """What a party may expect; where nobody is named, the best party."""
        await answers.wait(interaction)
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        template_id = await journeys.place_id(clients, place)
        piece = await self.piece_id(player.user_id, equipment)
        named = [one for one in (first, second, third) if one is not None]
        if not named:
            await self.show_suggestion(interaction, template_id, piece)
            return
        ids = [await options.own_waifu_id(clients, player.user_id, one) for one in named]
        request = pb.GetPlanRequest(
            user_id=player.user_id,
            template_id=template_id,
            waifu_ids=dict.fromkeys(ids),
            equipment_id=piece,
        )
        await self.show_plan(interaction, (await clients.planner.GetPlan(request)).plan)

    async def press_suggest(self, interaction: Interaction, offer: Offer) -> None:
        """The best party for the place of a plan, with the same piece."""
        await answers.turn(interaction)
        asked = Plan.unpacked(offer.data)
        place = await journeys.open_place(self.bot.clients, asked.place)
        await self.show_suggestion(interaction, place.template_id, asked.equipment_id)

    async def show_suggestion(
        self, interaction: Interaction, template_id: str, equipment_id: str
    ) -> None:
        """The best party of those who are at home."""
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        request = pb.SuggestPartyRequest(
            user_id=player.user_id, template_id=template_id, equipment_id=equipment_id
        )
        found = await clients.planner.SuggestParty(request)
        await self.show_plan(interaction, found.plan, party_count=found.party_count)

    async def show_plan(
        self, interaction: Interaction, found: pb.Plan, party_count: int = 0
    ) -> None:
        """A plan; with a count of parties it is the best of them."""
        clients = self.bot.clients
        request = GetTemplateRequest(template_id=found.template_id)
        place = (await clients.atlas.GetTemplate(request)).template
        series = await journeys.series_names(clients, [*place.favored, *place.disfavored])
        desk = self.bot.desk(interaction)
        view = plan.plan_view(place, found, series, desk, party_count=party_count)
        await answers.show(interaction, view)

    async def piece_id(self, user_id: int, typed: str | None) -> str:
        """The piece that was meant; none when none was named."""
        if typed is None:
            return ""
        request = ListEquipmentRequest(user_id=user_id)
        shelf = await self.bot.clients.equipment.ListEquipment(request)
        return options.piece(shelf.equipment, typed).equipment_id

    @app_commands.command(name="odds", description=say("commands.expedition_odds"))
    @app_commands.describe(difficulty=say("commands.expedition_odds_difficulty"))
    async def odds_(
        self, interaction: Interaction, difficulty: app_commands.Range[int, 1, HARDEST]
    ) -> None:
        """What an encounter may bring."""
        await answers.wait(interaction)
        request = pb.GetLootOddsRequest(difficulty=difficulty)
        found = await self.bot.clients.planner.GetLootOdds(request)
        await answers.show(interaction, odds.odds_view(difficulty, found))

    # While something is typed.

    @plan_.autocomplete("place")
    async def planned_places(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Places that are open, by name."""
        found = journeys.place_choices(self.bot.clients, typed, is_open=True)
        return await options.quickly(found)

    @plan_.autocomplete("first")
    @plan_.autocomplete("second")
    @plan_.autocomplete("third")
    async def own_waifus(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The player's own waifus by name."""
        found = options.own_waifu_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(found)

    @plan_.autocomplete("equipment")
    async def own_pieces(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The player's equipment by what it does."""
        found = options.piece_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(found)
