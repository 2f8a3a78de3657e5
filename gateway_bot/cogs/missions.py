"""`/missions`: what there is to do today and this week, and what it brings."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import missions as views
from geminya.economy.v1 import mission_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Missions(commands.GroupCog, name="missions", description=say("commands.missions")):
    """From the list to the reward."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.LIST, self.press_list)
        bot.on_press(views.CLAIM, self.press_claim)
        bot.on_press(views.CLAIM_ALL, self.press_claim_all)

    @app_commands.command(name="list", description=say("commands.missions_list"))
    async def list_(self, interaction: Interaction) -> None:
        """All of them, with how far they are."""
        await answers.wait(interaction)
        await self.show(interaction)

    async def press_list(self, interaction: Interaction, _: Offer) -> None:
        """The list once more, as it is now."""
        await answers.turn(interaction)
        await self.show(interaction)

    async def show(self, interaction: Interaction) -> None:
        """The list."""
        player = await self.bot.clients.players.of(interaction)
        request = pb.ListMissionsRequest(user_id=player.user_id)
        found = await self.bot.clients.mission.ListMissions(request)
        view = views.missions_view(found.missions, self.bot.desk(interaction))
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.missions_claim"))
    @app_commands.describe(mission=say("commands.missions_mission"))
    async def claim(self, interaction: Interaction, mission: str) -> None:
        """The reward of one that is done."""
        await self.claim_one(interaction, mission, None)

    async def press_claim(self, interaction: Interaction, offer: Offer) -> None:
        """One that was picked in the menu."""
        mission_id = next(iter(chosen(interaction)), "")
        await self.claim_one(interaction, mission_id, offer.about(mission_id))

    async def claim_one(self, interaction: Interaction, mission: str, offer: Offer | None) -> None:
        """Claims it and shows what it brought."""
        await answers.wait(interaction)
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        mission_id = await options.mission_id(clients, player.user_id, mission)
        request = pb.ClaimMissionRequest(mission_id=mission_id)
        claimed = await clients.act(interaction, clients.mission.ClaimMission, request, offer=offer)
        desk = self.bot.desk(interaction)
        view = views.claimed_view([claimed.mission], claimed.balances, desk)
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.missions_claim_all"))
    async def claim_all(self, interaction: Interaction) -> None:
        """The rewards of everything that is done."""
        await self.claim_everything(interaction, None)

    async def press_claim_all(self, interaction: Interaction, offer: Offer) -> None:
        """The button under the list."""
        await self.claim_everything(interaction, offer)

    async def claim_everything(self, interaction: Interaction, offer: Offer | None) -> None:
        """Claims all and shows what it brought."""
        await answers.wait(interaction)
        clients, request = self.bot.clients, pb.ClaimAllMissionsRequest()
        claimed = await clients.act(
            interaction, clients.mission.ClaimAllMissions, request, offer=offer
        )
        desk = self.bot.desk(interaction)
        await answers.show(
            interaction, views.claimed_view(claimed.missions, claimed.balances, desk)
        )

    @claim.autocomplete("mission")
    async def those_done(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Missions that can be claimed, while a name is typed."""
        found = options.mission_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(found)
