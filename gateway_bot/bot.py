"""The composition root of the face: intents, clients, pictures, commands."""

import asyncio
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from chassis import telemetry
from chassis.rpc.health import Health
from chassis.settings import Settings, SettingsError
from gateway_bot.bans import Bans
from gateway_bot.buttons import OfferItem
from gateway_bot.catalogue import Catalogue
from gateway_bot.clients import Clients
from gateway_bot.cogs import COGS
from gateway_bot.measures import FaceMeasures
from gateway_bot.notices import DiscordPost, Notices
from gateway_bot.offers import SHAPE, Desk, Occasion, Offers
from gateway_bot.pictures import NO_PICTURES, Pictures
from gateway_bot.players import Player
from gateway_bot.tree import GeminyaTree, Press

log = structlog.get_logger()

PLAYGROUND_TOKEN = "playground"  # noqa: S105 - the word that the box in its place asks for


LEAST_STARTS = 100
"""Sessions that are left for a person to begin, of Discord's thousand a day."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 600.0

# The face has no voice; the library need not say so.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class GeminyaBot(commands.AutoShardedBot):
    """Talks with players. It has no state and no database."""

    def __init__(
        self,
        *,
        clients: Clients,
        offers: Offers,
        pictures: Pictures,
        health: Health,
        box: str = "",
        measures: FaceMeasures | None = None,
    ) -> None:
        self.measures = measures or FaceMeasures()
        traces = naming_the_trace(is_box=bool(box))
        self.measures.watch(traces)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=GeminyaTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=0.5,
            http_trace=traces,
        )
        self._is_in_box = bool(box)
        self.clients = clients
        self.catalogue = Catalogue(clients.catalog)
        self.offers = offers
        self.pictures = pictures
        self.health = health
        self.bans = Bans(clients.account)
        self.notices = Notices(clients, offers, DiscordPost(self))
        self._watches: list[asyncio.Task[None]] = []
        self._signed_tree.offers, self._signed_tree.bans = offers, self.bans
        self._signed_tree.measures = self.measures

    @property
    def _signed_tree(self) -> GeminyaTree:
        assert isinstance(self.tree, GeminyaTree)
        return self.tree

    def on_press(self, action: str, press: Press) -> None:
        """Says who acts on the buttons, menus and forms of an action."""
        self._signed_tree.on_press(action, press)

    async def setup_hook(self) -> None:
        """Everything that must be there before the first interaction."""
        watches = (self.bans.watch(), self.notices.watch(), self.measures.meter.watch_loop())
        self._watches = [asyncio.create_task(watch) for watch in watches]
        self.add_dynamic_items(OfferItem)
        for cog in COGS:
            await self.add_cog(cog(self))
        synced = await self.tree.sync()
        log.info("commands.synced", count=len(synced))

    async def close(self) -> None:
        """Ends the connection, and the watches over bans and notices."""
        for watch in self._watches:
            watch.cancel()
        self.notices.close()
        await super().close()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A form that was sent off: the library knows it only in the process that opened it."""
        data: Any = interaction.data or {}
        if interaction.type is discord.InteractionType.modal_submit and SHAPE.fullmatch(
            data.get("custom_id", "")
        ):
            await self._signed_tree.press(interaction, data["custom_id"])

    def pictures_for(self, player: Player) -> Pictures:
        """What draws for a player: nothing for who prefers words."""
        return NO_PICTURES if player.prefers_text else self.pictures

    def desk(self, interaction: discord.Interaction[Any]) -> Desk:
        """Signs the buttons of a message for the player who asked for it."""
        return Desk(self.offers, interaction.user.id, Occasion(interaction.id))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Before each new session: a token that began too many a day would be reset by Discord."""
        if self._is_in_box:
            return
        pause_s = FIRST_PAUSE_S
        while (left := (await self.http.get_bot_gateway())[2]["remaining"]) < LEAST_STARTS:
            log.warning("identify.waits", shard=shard_id, starts_left=left, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        await super().before_identify_hook(shard_id, initial=initial)

    async def on_ready(self) -> None:
        """Connected, with every command known."""
        log.info("bot.ready", guilds=len(self.guilds), shards=self.shard_count)
        self.measures.is_connected = True
        await self.health.serving(True)

    async def on_resumed(self) -> None:
        """Connected again."""
        self.measures.is_connected = True
        await self.health.serving(True)

    async def on_disconnect(self) -> None:
        """The gateway is gone; the library comes back by itself."""
        self.measures.is_connected = False
        await self.health.serving(False)


def point_at(url: str) -> None:
    """Makes the library talk to another place that speaks Discord's API."""
    base = url.rstrip("/")
    Route.BASE = f"{base}/api/v10"
    gateway = yarl.URL(base).joinpath("gateway")
    scheme = "wss" if gateway.scheme == "https" else "ws"
    DiscordWebSocket.DEFAULT_GATEWAY = gateway.with_scheme(scheme)


def naming_the_trace(*, is_box: bool) -> aiohttp.TraceConfig:
    """Tells the box which trace an answer belongs to; Discord itself is told nothing."""

    async def name(_: Any, __: Any, request: aiohttp.TraceRequestStartParams) -> None:
        if is_box and (header := telemetry.traceparent()):
            request.headers["traceparent"] = header

    config = aiohttp.TraceConfig()
    config.on_request_start.append(name)
    return config


def token_of(settings: Settings) -> str:
    """What the bot proves itself with."""
    if settings.discord_url:
        return PLAYGROUND_TOKEN
    if settings.discord_token is None:
        raise SettingsError("GEMINYA_DISCORD_TOKEN is not set, and GEMINYA_DISCORD_URL neither")
    return settings.discord_token.get_secret_value()
