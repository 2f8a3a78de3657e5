"""The gateway: sessions of bots, their events, and how they come back after a break."""

import asyncio
import contextlib
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from playground import shapes
from playground.starts import Starts
from playground.world import BOT_ID, GUILD_ID, SHARD_SHIFT, Guild, Json, World

log = structlog.get_logger()

HEARTBEAT_MS = 41_250
KEPT_EVENTS = 1_000
KEPT_SESSIONS = 20
AUTHENTICATION_FAILED, INVALID_SHARD = 4004, 4010
ENDED = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
"""A bot that closes with one of these has ended its session; with any other code it may come back."""


class Op(IntEnum):
    """The kinds of frames."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(slots=True)
class Session:
    """A bot that identified itself; it may be away and come back for what it missed."""

    shard: int
    shards: int
    socket: web.WebSocketResponse | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))

    @property
    def is_connected(self) -> bool:
        """Whether the bot listens right now."""
        return self.socket is not None and not self.socket.closed

    def serves(self, guild_id: str) -> bool:
        """Whether events of this guild go to this session."""
        return (int(guild_id) >> SHARD_SHIFT) % self.shards == self.shard

    async def dispatch(self, event: str, data: Any) -> None:
        """Sends an event, now or when the bot comes back."""
        self.sequence += 1
        dispatched = frame(Op.DISPATCH, data, event, self.sequence)
        self.events.append(dispatched)
        await self.send(dispatched)

    async def send(self, sent: Json) -> None:
        """Sends a frame when the bot listens; a socket that breaks under it is simply closed."""
        if self.socket is not None and not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(json.dumps(sent))


class Gateway:
    """Every session, and the way to them."""

    def __init__(
        self,
        world: World,
        token: str,
        heartbeat_ms: int = HEARTBEAT_MS,
        shards: int = 1,
        starts: Starts | None = None,
    ) -> None:
        self.world = world
        self.token = token
        self.heartbeat_ms = heartbeat_ms
        self.shards = shards
        """As many as bots are told to begin with."""
        self.starts = starts or Starts()
        self.resumed = 0
        """How often a session went on."""
        self.sessions: dict[str, Session] = {}
        self._sockets: dict[web.WebSocketResponse, asyncio.BaseTransport | None] = {}

    @property
    def connected(self) -> list[Session]:
        """The sessions that listen right now."""
        return [session for session in self.sessions.values() if session.is_connected]

    async def dispatch(self, event: str, data: Any, guild_id: str = GUILD_ID) -> None:
        """Sends an event of a guild to every session of its shard."""
        for session in list(self.sessions.values()):
            if session.serves(guild_id):
                await session.dispatch(event, data)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection of a bot, from HELLO to its end."""
        # Frames are plain text: the library inflates binary ones only, so the compression
        # it asks for in the query may be ignored.
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self._sockets[socket] = request.transport
        try:
            await self._converse(socket)
        finally:
            del self._sockets[socket]
        return socket

    async def close(self) -> None:
        """Closes every connection."""
        closing = (s.close(code=WSCloseCode.GOING_AWAY) for s in list(self._sockets))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*closing), 0.5)

    def abort(self) -> None:
        """Breaks every connection without a word."""
        for transport in list(self._sockets.values()):
            self._break(transport)

    def _break(self, transport: asyncio.BaseTransport | None) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    async def _converse(self, socket: web.WebSocketResponse) -> None:
        await socket.send_json(frame(Op.HELLO, {"heartbeat_interval": self.heartbeat_ms}))
        session: Session | None = None
        async for received in socket:
            if received.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            said = json.loads(received.data)
            match said["op"]:
                case Op.HEARTBEAT:
                    await socket.send_json(frame(Op.HEARTBEAT_ACK, None))
                case Op.IDENTIFY:
                    session = await self._identify(socket, said["d"])
                case Op.RESUME:
                    session = await self._resume(socket, said["d"])
                case Op.REQUEST_MEMBERS if session is not None:
                    await self._members(session, said["d"])
        if session is not None and session.socket is socket:
            self._part(session, socket)

    def _part(self, session: Session, socket: web.WebSocketResponse) -> None:
        """The bot is gone, for now or for good."""
        session.socket = None
        if is_ended := socket.close_code in ENDED:
            self.sessions.pop(session.id, None)
        log.info("bot.disconnected", session_id=session.id, is_ended=is_ended)

    async def _identify(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        if said.get("token") != self.token:
            await socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return None
        shard, shards = said.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            await socket.close(code=INVALID_SHARD, message=b"Invalid shard.")
            return None
        if not self.starts.begin(shard, shards):
            log.warning("bot.began_too_early", shard=shard, shards=shards)
            await socket.send_json(frame(Op.INVALID_SESSION, False))
            return None
        session = Session(shard, shards, socket)
        self._remember(session)
        await session.dispatch("READY", self._ready(session))
        for guild in self._guilds_of(session):
            await session.dispatch("GUILD_CREATE", shapes.guild(guild))
        log.info("bot.connected", session_id=session.id, shard=shard, shards=shards)
        return session

    async def _resume(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        session = self.sessions.get(said["session_id"])
        is_known = session is not None and said["seq"] <= session.sequence
        if session is None or not is_known or said.get("token") != self.token:
            await socket.send_json(frame(Op.INVALID_SESSION, False))
            return None
        before, session.socket = session.socket, socket
        if before is not None:
            # It may be a process that hears nothing any more: nobody waits for its goodbye.
            self._break(self._sockets.get(before))
        self.resumed += 1
        for missed in [kept for kept in session.events if kept["s"] > said["seq"]]:
            await session.send(missed)
        await session.dispatch("RESUMED", {"_trace": ["playground"]})
        log.info("bot.resumed", session_id=session.id)
        return session

    async def _members(self, session: Session, said: Json) -> None:
        chunk = {
            "guild_id": said["guild_id"],
            "members": [shapes.member(user) for user in list(self.world.users.values())[:1_000]],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": said.get("nonce"),
        }
        await session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _guilds_of(self, session: Session) -> list[Guild]:
        return [guild for guild in self.world.guilds if session.serves(guild.id)]

    def _remember(self, session: Session) -> None:
        self.sessions[session.id] = session
        away = [known.id for known in self.sessions.values() if not known.is_connected]
        for session_id in away[: max(0, len(self.sessions) - KEPT_SESSIONS)]:
            del self.sessions[session_id]

    def _ready(self, session: Session) -> Json:
        return {
            "v": 10,
            "user": shapes.me(),
            "guilds": [{"id": g.id, "unavailable": True} for g in self._guilds_of(session)],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shards],
            "application": {"id": BOT_ID, "flags": 0},
            "session_type": "normal",
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
            "_trace": ["playground"],
        }

    @property
    def url(self) -> str:
        """Where a bot connects."""
        return self.world.bot_url.replace("http", "ws", 1) + "/gateway"


def frame(op: Op, data: Any, event: str | None = None, sequence: int | None = None) -> Json:
    """A frame of the gateway."""
    return {"op": op.value, "t": event, "s": sequence, "d": data}
