"""`/waifu`: one of them from close up, her heart and her awakening."""

import asyncio
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.cogs.bond import Bond
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import awakening
from gateway_bot.views import waifu as views
from gateway_bot.views.bond import Her
from gateway_bot.views.faces import face_of_waifu
from geminya.collection.v1 import bond_pb2 as bond
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Waifu(Bond, commands.GroupCog, name="waifu", description=say("commands.waifu")):
    """Her profile, and everything between her and the player."""

    def __init__(self, bot: "GeminyaBot") -> None:
        super().__init__(bot)
        bot.on_press(views.PROFILE, self.press)
        bot.on_press(views.HEART, self.press_heart)
        bot.on_press(views.AWAKEN, self.press_awaken)
        bot.on_press(awakening.AWAKE, self.press_awake)

    @app_commands.command(description=say("commands.waifu_profile"))
    @app_commands.describe(waifu=say("commands.waifu_profile_waifu"))
    async def profile(self, interaction: Interaction, waifu: str) -> None:
        """Everything that is known about her."""
        await answers.wait(interaction)
        await self.show(interaction, await options.waifu_id(self.bot.clients, waifu))

    async def press(self, interaction: Interaction, offer: Offer) -> None:
        """The button beside her in the collection, and below what is about her."""
        await answers.wait(interaction)
        await self.show(interaction, int(offer.data))

    async def show(self, interaction: Interaction, waifu_id: int, note: str | None = None) -> None:
        """Asks, draws, shows."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = roster.GetOwnedWaifuRequest(user_id=player.user_id, waifu_id=waifu_id)
        found = await clients.roster.GetOwnedWaifu(request)
        waifu, owned = found.waifu, found.owned if found.HasField("owned") else None
        kept = await self.kept(player.user_id, owned) if owned else None
        sheet = await self.bot.pictures_for(player).profile(
            face_of_waifu(waifu, owned),
            views.stats_of(waifu.stats),
            owned.power if owned else 0,
            views.alt_text(waifu),
        )
        view = views.profile_view(
            waifu,
            owned,
            self.bot.desk(interaction),
            sheet_file=sheet,
            kept=kept,
            expedition=found.expedition_stats if found.HasField("expedition_stats") else None,
            awakening_price=found.awakening_price if found.HasField("awakening_price") else None,
            note=note,
        )
        await answers.show(interaction, view, sheet)

    async def kept(self, user_id: int, owned: roster.OwnedWaifu) -> views.Kept:
        """The names of her room and of the dearest memory; nobody is asked where there is neither."""
        clients, waifu_id = self.bot.clients, owned.waifu_id

        async def memory() -> str:
            if not owned.favorite_memory:
                return ""
            request = bond.ListMemoriesRequest(user_id=user_id, waifu_id=waifu_id)
            known = (await clients.bond.ListMemories(request)).memories
            names = (one.name for one in known if one.memory_id == owned.favorite_memory)
            return next(names, "")

        async def decorations() -> list[str]:
            if not owned.room_decorations:
                return []
            request = bond.GetRoomRequest(user_id=user_id, waifu_id=waifu_id)
            return [thing.name for thing in (await clients.bond.GetRoom(request)).room]

        dearest, room = await asyncio.gather(memory(), decorations())
        return views.Kept(dearest, room)

    # Her heart.

    @app_commands.command(description=say("commands.waifu_favorite"))
    @app_commands.describe(
        waifu=say("commands.waifu_own"), heart=say("commands.waifu_favorite_heart")
    )
    async def favorite(self, interaction: Interaction, waifu: str, heart: bool = True) -> None:
        """Gives her a heart, or takes it off."""
        await answers.wait(interaction)
        await self.set_heart(interaction, await self.own(interaction, waifu), is_on=heart)

    async def press_heart(self, interaction: Interaction, offer: Offer) -> None:
        """The button in her profile, which changes with it."""
        await answers.turn(interaction)
        is_on, waifu_id = views.read_heart(offer.data)
        await self.set_heart(interaction, waifu_id, is_on=is_on, offer=offer)

    async def set_heart(
        self, interaction: Interaction, waifu_id: int, *, is_on: bool, offer: Offer | None = None
    ) -> None:
        """Says it and shows her."""
        clients = self.bot.clients
        request = roster.SetFavoriteRequest(waifu_id=waifu_id, is_favorite=is_on)
        done = await clients.act(interaction, clients.roster.SetFavorite, request, offer=offer)
        note = say("favorite.on" if done.is_favorite else "favorite.off")
        await self.show(interaction, waifu_id, note)

    # Her awakening.

    @app_commands.command(description=say("commands.waifu_awaken"))
    @app_commands.describe(waifu=say("commands.waifu_own"))
    async def awaken(self, interaction: Interaction, waifu: str) -> None:
        """What it takes; a button does it."""
        await answers.wait(interaction)
        await self.ask_awaken(interaction, await self.own(interaction, waifu))

    async def press_awaken(self, interaction: Interaction, offer: Offer) -> None:
        """The button in her profile."""
        await answers.wait(interaction)
        await self.ask_awaken(interaction, int(offer.data))

    async def ask_awaken(self, interaction: Interaction, waifu_id: int) -> None:
        """Her, the price, and a button."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = roster.GetOwnedWaifuRequest(user_id=player.user_id, waifu_id=waifu_id)
        found = await clients.roster.GetOwnedWaifu(request)
        if not found.HasField("owned"):
            raise Hint("not_yours")
        if not found.HasField("awakening_price"):
            raise Hint("awake")
        her, desk = Her(found.waifu, found.owned), self.bot.desk(interaction)
        await answers.show(interaction, awakening.awaken_view(her, found.awakening_price, desk))

    async def press_awake(self, interaction: Interaction, offer: Offer) -> None:
        """Awakens her, once and for ever."""
        await answers.turn(interaction)
        clients, waifu_id = self.bot.clients, int(offer.data)
        request = roster.AwakenRequest(waifu_id=waifu_id)
        awakened = await clients.act(interaction, clients.roster.Awaken, request, offer=offer)
        her, desk = await self.her(interaction, waifu_id), self.bot.desk(interaction)
        await answers.show(interaction, awakening.awakened_view(her, awakened, desk))

    @profile.autocomplete("waifu")
    async def everybody(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Waifus while a name is typed, the player's own first."""
        choices = options.waifu_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)

    @favorite.autocomplete("waifu")
    @awaken.autocomplete("waifu")
    async def own_ones(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The player's own waifus while a name is typed."""
        return await self.complete_own(interaction, typed)
