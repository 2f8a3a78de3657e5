"""The composition root of the face: intents, clients, pictures, commands."""

import asyncio
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord import shard
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
from gateway_bot.shares import Fleet, Shares, shards_of
from gateway_bot.sockets import Session, Socket
from gateway_bot.telling import Telling, sync
from gateway_bot.tree import GeminyaTree, Press
from gateway_bot.turns import Turns

log = structlog.get_logger()

PLAYGROUND_TOKEN = "playground"  # noqa: S105 - the word that the box in its place asks for


GOODBYE_S = 0.5
"""So long Discord has to answer that a socket is closed."""
LEAST_STARTS = 100
"""Sessions that are left for a person to begin, of Discord's thousand a day."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 600.0

# The face has no voice; the library need not say so.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
# The one place in which the library looks for the class of its sockets.
shard.DiscordWebSocket = Socket  # type: ignore[misc]


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
        fleet: Fleet | None = None,
        turns: Turns | None = None,
        measures: FaceMeasures | None = None,
    ) -> None:
        """Without a fleet it is alone: it asks nobody for its shards, and nobody goes on with its sessions."""
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
        self.handed: dict[int, Session] = {}
        """Sessions that were left for this bot, until it goes on with them."""
        self.sockets: dict[int, Socket] = {}
        self._shares = Shares(clients.duties, fleet, self._stand_by) if fleet else None
        self._telling = Telling(clients.duties, fleet.holder) if fleet else None
        self._turns = turns
        self._connected: set[int] = set()
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
        await (self._telling.tell(self.tree) if self._telling else sync(self.tree))

    async def start(self, token: str, *, reconnect: bool = True) -> None:
        """Logs in, waits for a share of the shards, and serves it until that is another one's."""
        await self.login(token)
        if self._shares is None:
            await self.connect(reconnect=reconnect)
            return
        await self._take_share(self._shares)
        serving = asyncio.create_task(self.connect(reconnect=reconnect))
        keeping = asyncio.create_task(self._shares.keep(self.sessions))
        try:
            await asyncio.wait({serving, keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (serving, keeping):
                if task.done():
                    task.result()
        finally:
            for task in (serving, keeping):
                task.cancel()
            await asyncio.gather(serving, keeping, return_exceptions=True)

    async def _stand_by(self) -> None:
        """Who stands by is as good as one that serves: it does so as soon as it may."""
        await self.health.serving(True)

    async def _take_share(self, shares: Shares) -> None:
        share, fleet = await shares.take(), shares.fleet
        await self.health.serving(False)
        count = fleet.shard_count or (await self.http.get_bot_gateway())[0]
        self.shard_count, self.shard_ids = count, [*shards_of(share.number, fleet.shares, count)]
        self.handed = {
            shard_id: share.left[shard_id]
            for shard_id in self.shard_ids
            if shard_id in share.left and share.left[shard_id].shard_count == count
        }

    def sessions(self) -> dict[int, Session]:
        """How far every session was heard, for whoever goes on with it."""
        heard = {number: socket.session for number, socket in self.sockets.items()}
        return self.handed | {number: session for number, session in heard.items() if session}

    async def leave(self) -> None:
        """Hears of nothing new from now on, and lets another bot go on; what was begun goes on here."""
        if self._shares is None:
            return
        leaving = [asyncio.create_task(socket.leave()) for socket in self.sockets.values()]
        if leaving:
            await asyncio.wait(leaving, timeout=GOODBYE_S)
        await self._shares.give_back(self.sessions())
        log.info("bot.left", shards=[*self.sockets])

    async def quiet(self, seconds: float) -> None:
        """Waits until everybody who asked for something has their answer."""
        if not await self._signed_tree.under_way.quiet(seconds):
            log.warning("bot.answers_were_cut_short", after_s=seconds)

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
        if self._is_in_box and self._turns is None:
            return
        max_concurrency = await self._starts(shard_id)
        if self._turns is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._turns.take(shard_id or 0, max_concurrency)

    async def _starts(self, shard_id: int | None) -> int:
        """Waits until enough starts are left today; into how many buckets Discord sorts them."""
        pause_s = FIRST_PAUSE_S
        while (limit := (await self.http.get_bot_gateway())[2])["remaining"] < LEAST_STARTS:
            left = limit["remaining"]
            log.warning("identify.waits", shard=shard_id, starts_left=left, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return limit["max_concurrency"]

    async def on_shard_connect(self, shard_id: int) -> None:
        """A session has begun."""
        await self._hears(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A session goes on."""
        await self._hears(shard_id)

    async def _hears(self, shard_id: int) -> None:
        """Players are answered once every shard is there."""
        self._connected.add(shard_id)
        if self._connected.issuperset(self.shard_ids or range(self.shard_count or 0)):
            log.info("bot.ready", shards=sorted(self._connected), of=self.shard_count)
            self.measures.is_connected = True
            await self.health.serving(True)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard is gone; the library comes back by itself."""
        self._connected.discard(shard_id)
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
