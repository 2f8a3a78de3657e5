"""The dice of a player: looked at, checked, changed."""

from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, forms, options, rolls
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import fairness as views
from gateway_bot.views.words import typed
from geminya.economy.v1 import gacha_pb2 as gacha

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Fair(commands.Cog):
    """The part of `/summon` that proves."""

    bot: "GeminyaBot"

    @app_commands.command(description=say("commands.summon_verify"))
    @app_commands.describe(summon=say("commands.summon_verify_summon"))
    async def verify(self, interaction: Interaction, summon: str = "") -> None:
        """A summon rolled again, and the proof."""
        await answers.wait(interaction)
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        op_id = await rolls.op_id(clients, player.user_id, summon)
        request = gacha.GetProofRequest(user_id=player.user_id, op_id=op_id)
        proof = await clients.gacha.GetProof(request)
        file = discord.File(BytesIO(proof.proof_json.encode()), filename=views.FILENAME)
        view = views.proof_view(proof, op_id, self.bot.desk(interaction))
        await answers.show(interaction, view, file)

    @app_commands.command(description=say("commands.summon_seed"))
    async def seed(self, interaction: Interaction) -> None:
        """The seed in use, and those that are over."""
        await answers.wait(interaction, private=True)
        await self.show_seeds(interaction)

    async def press_seed(self, interaction: Interaction, _: Offer) -> None:
        """The button under a proof."""
        await answers.wait(interaction, private=True)
        await self.show_seeds(interaction)

    async def press_word(self, interaction: Interaction, offer: Offer) -> None:
        """Asks for the word."""
        custom_id = self.bot.desk(interaction).sign(views.TURN, offer.data)
        await forms.ask(interaction, custom_id, say("seed.form"), [views.word_field()])

    async def turn_seed(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off: the seed in use is told, and the next one begins."""
        await answers.turn(interaction)
        clients = self.bot.clients
        word = typed(forms.answers(interaction).get(views.FIELD, ""))
        request = gacha.RotateSeedRequest(client_seed=word)
        await clients.act(interaction, clients.gacha.RotateSeed, request, offer=offer.about(word))
        await self.show_seeds(interaction, say("seed.turned"))

    async def show_seeds(self, interaction: Interaction, note: str | None = None) -> None:
        """Asks and shows."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = gacha.GetFairnessRequest(user_id=player.user_id)
        found = await clients.gacha.GetFairness(request)
        await answers.show(
            interaction, views.seeds_view(found, self.bot.desk(interaction), note=note)
        )

    @verify.autocomplete("summon")
    async def summons(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The last summons."""
        choices = options.summon_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)
