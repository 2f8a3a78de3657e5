"""A whole evening in one process: the box, the real bot, every service, and players who type.

`await evening.robot("mira").slash("summon ten")` goes all the way: through the gateway to discord.py, to
the services over gRPC, to PostgreSQL, and back as a message in the channel.
"""

import asyncio
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from opentelemetry.sdk.trace import SpanProcessor

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which the face does not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord

from chassis import telemetry
from chassis.clock import Clock, SystemClock
from chassis.settings import SERVICES
from gateway_bot import bot as face
from gateway_bot.clients import Clients, dial_patiently
from gateway_bot.clients import Patience as Persistence
from gateway_bot.offers import Offers
from gateway_bot.pictures import Pictures
from gateway_bot.render.academy import AcademyFace
from gateway_bot.render.album import AlbumFace
from gateway_bot.render.card import CardFace
from gateway_bot.render.equipment import PieceFace
from gateway_bot.render.journey import JourneyFace
from gateway_bot.shares import Fleet
from gateway_bot.turns import Turns
from playground import Box, Patience, Robot
from playground.robot import Answer, Said
from playground.starts import Starts
from tests.support.game import Game
from tests.support.house import SECRET_KEY, House
from tests.support.pg import Clone

QUICK = Persistence(longest_pause_s=0.2, ask_every_s=0.1)
"""The bot's persistence without its long pauses."""
READY_S, FINISH_S = 20.0, 10.0
THIN = "\u202f"
"""The space inside a number."""
FILE = re.compile(r"https?://[^/]+/cdn/\d+/(.+)")

MACHINE_WORDS = re.compile(
    r"INTERNAL|UNKNOWN|\b[A-Z]{2,}(_[A-Z]+)+\b|\b(None(?! of)|nan)\b|Traceback|[{}]"
)
"""Reason codes, Python's words and places that nobody filled in."""


def noon_clock() -> SystemClock:
    """The real time in a zone where it is noon, so that no game day ends during a test."""
    return SystemClock(timedelta(hours=12 - datetime.now(UTC).hour))


class Sketches:
    """Stands in for the renderer: the same cards give the same bytes, and nothing is drawn."""

    async def summon_sheet(self, faces: Sequence[CardFace], title: str) -> bytes:
        """The cards as words."""
        return json.dumps([title, [asdict(face) for face in faces]]).encode()

    async def profile_card(self, face: CardFace, stats: Mapping[str, int], power: int) -> bytes:
        """The card as words."""
        return json.dumps([asdict(face), dict(stats), power]).encode()

    async def album_page(
        self, faces: Sequence[AlbumFace], title: str, owned_count: int, total_count: int
    ) -> bytes:
        """The page as words."""
        page = [title, owned_count, total_count, [asdict(face) for face in faces]]
        return json.dumps(page).encode()

    async def academy_card(self, face: AcademyFace) -> bytes:
        """The card as words."""
        return json.dumps(asdict(face), default=str).encode()

    async def talk_scene(self, face: CardFace, mood: int, bond_level: int) -> bytes:
        """The moment as words."""
        return json.dumps([asdict(face), mood, bond_level]).encode()

    async def equipment_shelf(self, pieces: Sequence[PieceFace], limit: int) -> bytes:
        """The shelf as words."""
        return json.dumps([limit, [asdict(piece) for piece in pieces]]).encode()

    async def equipment_piece(self, piece: PieceFace) -> bytes:
        """The piece as words."""
        return json.dumps(asdict(piece)).encode()

    async def journey_strip(self, face: JourneyFace) -> bytes:
        """The journey as words."""
        return json.dumps(asdict(face)).encode()

    async def close(self) -> None:
        """Nothing was opened."""


class Draws(Protocol):
    """What the evening needs of a renderer."""

    async def close(self) -> None:
        """Lets its workers go."""
        ...


class Pulse:
    """The bot's health without a port: an event instead of a server."""

    def __init__(self) -> None:
        self.is_serving = asyncio.Event()

    async def serving(self, is_serving: bool) -> None:
        """Whether players are answered."""
        (self.is_serving.set if is_serving else self.is_serving.clear)()


@dataclass
class Session:
    """One bot process: the bot, its clients, and the task it lives in."""

    bot: Any
    clients: Clients
    pulse: Pulse
    life: asyncio.Task[None]

    async def ready(self) -> None:
        """Waits until it answers players; a bot that cannot start says why."""
        serving = asyncio.create_task(self.pulse.is_serving.wait())
        await asyncio.wait(
            {serving, self.life}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED
        )
        serving.cancel()
        if self.life.done():
            self.life.result()
        assert self.pulse.is_serving.is_set(), "the bot did not come up"

    async def leave(self) -> None:
        """Ends it as a signal ends one of several: another one may go on with its sessions at once."""
        self.life.cancel()
        await asyncio.gather(self.life, return_exceptions=True)
        await self.bot.leave()
        await self.bot.quiet(FINISH_S)
        await self.close()

    async def close(self) -> None:
        """Ends it as a signal would."""
        await self.bot.close()
        self.life.cancel()
        await asyncio.gather(self.life, return_exceptions=True)
        await self.clients.close()


@dataclass
class Evening:
    """Everything a player needs, and everything a test wants to look behind."""

    clone: Clone
    spans: SpanProcessor | None = None
    trace_ratio: float = 1.0
    renderer: Any = field(default_factory=Sketches)
    clock: Clock = field(default_factory=noon_clock)
    patience: Patience = field(default_factory=lambda: Patience(trace_s=0))
    fleet: Fleet | None = None
    """Of the first bot; none is a bot that is alone."""
    shards: int = 1
    """Of the box, with a guild for each."""
    starts: Starts | None = None
    """How fast the box lets sessions begin."""
    has_bot: bool = True
    sessions: list[Session] = field(default_factory=list)
    """The bots that are connected; one unless a test starts another."""
    certs: Path | None = None
    """With a folder of certificates it is an evening of production."""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        enter = self._stack.enter_async_context
        house = House(
            self.clone,
            SERVICES,
            clock=self.clock,
            spans=self.spans,
            trace_ratio=self.trace_ratio,
            certs=self.certs,
        )
        self.house = await enter(house)
        self.game = Game(self.house)
        await self.game.stock()
        self.box = await enter(
            Box(
                port=0,
                patience=self.patience,
                shards=self.shards,
                guilds=self.shards,
                starts=self.starts,
            )
        )
        self.http = await enter(aiohttp.ClientSession())
        self._point_the_library_here()
        self._stack.push_async_callback(self.renderer.close)
        self._stack.push_async_callback(self._end_bots)
        if self.has_bot:
            await self.start_bot(self.fleet)

    def _point_the_library_here(self) -> None:
        route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
        self._stack.callback(setattr, route, "BASE", route.BASE)
        self._stack.callback(setattr, socket, "DEFAULT_GATEWAY", socket.DEFAULT_GATEWAY)
        face.point_at(self.box.url)

    # The bot.

    async def start_bot(self, fleet: Fleet | None = None, turn_s: float = 0.0) -> Session:
        """One more bot process; the first one is there already."""
        clients, pulse = self._clients(), Pulse()
        bot = face.GeminyaBot(
            clients=clients,
            offers=Offers(SECRET_KEY.encode()),
            pictures=Pictures(self.renderer),
            health=pulse,  # type: ignore[arg-type]
            box=self.box.url,
            fleet=fleet,
            turns=Turns(clients.duties, turn_s) if turn_s else None,
        )
        if self.spans is not None:
            telemetry.use(telemetry.provider_of("gateway_bot", self.spans, self.trace_ratio))
        try:
            life = asyncio.create_task(bot.start(face.PLAYGROUND_TOKEN))
        finally:
            telemetry.use(None)
        session = Session(bot, clients, pulse, life)
        self.sessions.append(session)
        await session.ready()
        return session

    async def restart_bot(self) -> None:
        """Ends the bots and starts another, which remembers nothing."""
        await self._end_bots()
        await self.start_bot()

    async def _end_bots(self) -> None:
        while self.sessions:
            await self.sessions.pop().close()

    def _clients(self) -> Clients:
        known = self.house.certificates("bot")
        channels = {
            name: dial_patiently(self.house.address_of(name), name, known) for name in SERVICES
        }
        return Clients(channels, QUICK)

    # The players.

    def robot(self, name: str, guild: int = 0) -> Robot:
        """A player; whoever was not here before is a newcomer."""
        return Robot(self.box.url, name, self.box.world.guilds[guild].id)

    async def player(self, name: str, **columns: Any) -> int:
        """Opens an academy for a player who has read the welcome; gives the player's number."""
        await self.robot(name).slash("academy status")
        user_id = await self.user_id(name)
        for column, value in columns.items():
            await self.house.run(
                f"UPDATE users.users SET {column} = $2 WHERE id = $1", user_id, value
            )
        return user_id

    async def user_id(self, name: str) -> int:
        """The player's number."""
        account = int(self.box.world.user(name).id)
        return await self.house.value("SELECT id FROM users.users WHERE discord_id = $1", account)

    async def picture(self, said: Said, index: int = 0) -> bytes:
        """The bytes of a picture of a message."""
        async with self.http.get(said.attachments[index]["url"]) as response:
            assert response.status == 200
            return await response.read()

    async def fingerprint(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """Everything that belongs to a player, to see that nothing changed."""
        user_id = await self.user_id(name)
        tables = {
            "users.users": "id = $1",
            "users.ledger": "user_id = $1",
            "collection.user_waifus": "user_id = $1",
            "economy.summons": "user_id = $1",
            # Who was about to summon may have a counter; it counts once it has moved.
            "economy.pity": "user_id = $1 AND counter > 0",
            "economy.user_mission_progress": "user_id = $1",
        }
        return {
            table: await self.house.rows(
                f"SELECT * FROM {table} AS row WHERE {where} ORDER BY row::text", user_id
            )
            for table, where in tables.items()
        }


def readable(answer: Answer) -> str:
    """What a player reads; fails where something shows that is not meant for players."""
    for said in answer.messages:
        assert said.text, "an empty message"
        assert not MACHINE_WORDS.search(said.text), said.text
    return plain(answer.text)


def plain(text: str) -> str:
    """With ordinary spaces in its numbers."""
    return text.replace(THIN, " ")


def note(answer: Answer) -> str:
    """The one friendly sentence that only the player sees; fails when it is anything else."""
    (said,) = answer.messages
    assert said.ephemeral, f"everybody reads: {said.text}"
    assert not said.attachments
    text = readable(answer)
    assert "\n" not in text
    assert text.endswith((".", "!")), text
    assert len(text) <= 200, text
    return text


def as_read(answer: Answer) -> list[dict[str, Any]]:
    """An answer without what the box alone decided: numbers of messages and files."""
    return [
        {
            "content": said.content,
            "embeds": said.embeds,
            "components": _without_places(said.components),
            "files": [(a["filename"], a["description"]) for a in said.attachments],
            "ephemeral": said.ephemeral,
        }
        for said in answer.messages
    ]


def _without_places(part: Any) -> Any:
    match part:
        case {"url": _, **facts}:
            return {"url": FILE.sub(r"\1", part["url"]), "kind": facts.get("content_type")}
        case dict():
            return {key: _without_places(value) for key, value in part.items()}
        case list():
            return [_without_places(item) for item in part]
        case _:
            return part
