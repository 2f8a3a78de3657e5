"""`/expedition`: where parties go, how far they are, and what they bring home."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, journeys, options
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.cogs.homecoming import Homecoming
from gateway_bot.cogs.planning import Planning
from gateway_bot.notices import wish_of
from gateway_bot.offers import Offer, unpacked
from gateway_bot.text import say
from gateway_bot.views import expedition as views
from gateway_bot.views import journey, party, places
from gateway_bot.views.parts import turned
from gateway_bot.views.party import Plan
from geminya.expeditions.v1 import atlas_pb2 as atlas
from geminya.expeditions.v1 import expedition_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Expedition(
    Homecoming,
    Planning,
    commands.GroupCog,
    name="expedition",
    description=say("commands.expedition"),
):
    """From the list of places to the log of a journey."""

    def __init__(self, bot: "GeminyaBot") -> None:
        super().__init__(bot)
        bot.on_press(places.LIST, self.press_list)
        bot.on_press(places.PLACE, self.press_place)
        bot.on_press(views.STATUS, self.press_status)
        bot.on_press(views.CALL_BACK_ASK, self.press_call_back_ask)
        bot.on_press(views.CALL_BACK, self.press_call_back)
        bot.on_press(views.REPEAT, self.press_repeat)
        bot.on_press(journey.LOG, self.press_log)
        bot.on_press(party.SUGGEST, self.press_suggest)

    # Places.

    @app_commands.command(name="list", description=say("commands.expedition_list"))
    async def list_(self, interaction: Interaction) -> None:
        """What is open this week."""
        await answers.wait(interaction)
        await self.show_places(interaction, 0)

    async def press_list(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        await self.show_places(interaction, turned(offer.data)[0])

    async def show_places(self, interaction: Interaction, page: int) -> None:
        """A page of places."""
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        rotation = await journeys.rotation(clients)
        running = await journeys.under_way(clients, player.user_id)
        visited = {one.template_id for one in running}
        view = places.places_view(rotation, visited, page=page, desk=self.bot.desk(interaction))
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.expedition_detail"))
    @app_commands.describe(place=say("commands.expedition_place"))
    async def detail(self, interaction: Interaction, place: str) -> None:
        """One place from close up."""
        await answers.wait(interaction)
        await self.show_place(interaction, await journeys.place_id(self.bot.clients, place))

    async def press_place(self, interaction: Interaction, _: Offer) -> None:
        """A place that was picked in the menu."""
        await answers.turn(interaction)
        await self.show_place(interaction, next(iter(chosen(interaction)), ""))

    async def show_place(self, interaction: Interaction, template_id: str) -> None:
        """One place, its affinities by name."""
        clients = self.bot.clients
        request = atlas.GetTemplateRequest(template_id=template_id)
        found = await clients.atlas.GetTemplate(request)
        place = found.template
        series = await journeys.series_names(clients, [*place.favored, *place.disfavored])
        desk = self.bot.desk(interaction)
        view = places.place_view(place, found.encounter_counts, series, desk)
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.expedition_start"))
    @app_commands.describe(place=say("commands.expedition_start_place"))
    async def start(self, interaction: Interaction, place: str | None = None) -> None:
        """Who goes there; without a place, where to go."""
        await answers.wait(interaction)
        if place is None:
            await self.show_places(interaction, 0)
            return
        template_id = await journeys.place_id(self.bot.clients, place)
        await self.show_party(interaction, Plan(places.key_of(template_id)))

    # Parties on their way.

    @app_commands.command(description=say("commands.expedition_status"))
    async def status(self, interaction: Interaction) -> None:
        """How far they are."""
        await answers.wait(interaction)
        await self.show_status(interaction)

    async def press_status(self, interaction: Interaction, _: Offer) -> None:
        """How far they are now."""
        await answers.turn(interaction)
        await self.show_status(interaction)

    # Called back, and sent once more.

    @app_commands.command(description=say("commands.expedition_cancel"))
    @app_commands.describe(expedition=say("commands.expedition_running"))
    async def cancel(self, interaction: Interaction, expedition: str) -> None:
        """What is lost; a button does it."""
        await answers.wait(interaction)
        await self.ask_call_back(interaction, await self.meant(interaction, expedition))

    async def press_call_back_ask(self, interaction: Interaction, offer: Offer) -> None:
        """Asks before a party is called back."""
        await answers.turn(interaction)
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        found = await journeys.journey_by_id(clients, player.user_id, unpacked(offer.data))
        await self.ask_call_back(interaction, found)

    async def ask_call_back(self, interaction: Interaction, expedition: pb.Expedition) -> None:
        """What is lost."""
        view = views.call_back_view(expedition, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_call_back(self, interaction: Interaction, offer: Offer) -> None:
        """Calls a party back."""
        await answers.turn(interaction)
        clients = self.bot.clients
        request = pb.CancelExpeditionRequest(expedition_id=unpacked(offer.data))
        done = await clients.act(
            interaction, clients.expeditions.CancelExpedition, request, offer=offer
        )
        note = say("expedition.called_back", name=views.name_of(done.expedition))
        await self.show_status(interaction, note)

    @app_commands.command(description=say("commands.expedition_repeat"))
    @app_commands.describe(expedition=say("commands.expedition_any"))
    async def repeat(self, interaction: Interaction, expedition: str) -> None:
        """The same party to the same place."""
        await answers.wait(interaction)
        found = await self.meant(interaction, expedition)
        await self.send_again(interaction, found.expedition_id)

    async def press_repeat(self, interaction: Interaction, offer: Offer) -> None:
        """The same party to the same place, once for each offer."""
        await answers.turn(interaction)
        await self.send_again(interaction, unpacked(offer.data), offer)

    async def send_again(
        self, interaction: Interaction, expedition_id: str, offer: Offer | None = None
    ) -> None:
        """Sends them, and shows who is on the way."""
        clients = self.bot.clients
        request = pb.RepeatExpeditionRequest(
            expedition_id=expedition_id,
            notice=wish_of(await clients.players.of(interaction), interaction),
        )
        done = await clients.act(
            interaction, clients.expeditions.RepeatExpedition, request, offer=offer
        )
        note = say("expedition.left", name=views.name_of(done.expedition))
        await self.show_status(interaction, note)

    # The log.

    @app_commands.command(name="log", description=say("commands.expedition_log"))
    @app_commands.describe(expedition=say("commands.expedition_any"))
    async def log_(self, interaction: Interaction, expedition: str) -> None:
        """Every encounter."""
        await answers.wait(interaction)
        await self.show_log(interaction, await self.meant(interaction, expedition), 0)

    async def press_log(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        page, key = turned(offer.data)
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        found = await journeys.journey_by_id(clients, player.user_id, unpacked(key))
        await self.show_log(interaction, found, page)

    async def show_log(
        self, interaction: Interaction, expedition: pb.Expedition, page: int
    ) -> None:
        """A page of it."""
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        shown = await journeys.log_page(
            clients, player.user_id, expedition.expedition_id, page, journey.LINES
        )
        desk = self.bot.desk(interaction)
        view = journey.log_view(
            expedition, shown.rows, page=page, has_more=shown.has_more, desk=desk
        )
        await answers.show(interaction, view)

    # While something is typed.

    @detail.autocomplete("place")
    async def all_places(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Places by name."""
        found = journeys.place_choices(self.bot.clients, typed, is_open=False)
        return await options.quickly(found)

    @start.autocomplete("place")
    async def open_places(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Places that are open, by name."""
        found = journeys.place_choices(self.bot.clients, typed, is_open=True)
        return await options.quickly(found)

    @cancel.autocomplete("expedition")
    async def running(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Expeditions on their way."""
        user_id = interaction.user.id
        found = journeys.journey_choices(self.bot.clients, user_id, typed, is_running=True)
        return await options.quickly(found)

    @repeat.autocomplete("expedition")
    @log_.autocomplete("expedition")
    async def every(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Expeditions of any kind, those on their way first."""
        user_id = interaction.user.id
        found = journeys.journey_choices(self.bot.clients, user_id, typed, is_running=False)
        return await options.quickly(found)
