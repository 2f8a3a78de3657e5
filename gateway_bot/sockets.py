"""The gateway's sockets: sessions that outlive the process they began in.

discord.py resumes a session by itself for as long as it lives. Here a session is left open at Discord and handed to
the next process, which resumes it and is sent what came in between.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol, Self

import yarl
from discord import ConnectionClosed
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

LEFT_OPEN = 4000
"""The code to close with so that Discord keeps the session; 1000 and 1001 end it."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a shard, as far as it was heard."""

    shard_id: int
    shard_count: int
    """It is a session of one shard of so many, and of no other cut."""
    session_id: str
    sequence: int
    gateway: str
    """Where Discord wants it to be resumed."""


class Keeper(Protocol):
    """A client that keeps its sockets, and sessions that others left for it."""

    handed: dict[int, Session]
    sockets: "dict[int, Socket]"


class Socket(DiscordWebSocket):
    """A socket that can be left, and that goes on with a session which another process left."""

    is_left = False

    @classmethod
    async def from_client(cls, client: Any, *, resume: bool = False, **how: Any) -> Self:
        """Connects; with a session that was handed over, resumes it instead of beginning one."""
        keeper: Keeper = client
        shard_id = how["shard_id"]
        session = keeper.handed.pop(shard_id, None)
        if session is not None and not resume:
            how |= {"session": session.session_id, "sequence": session.sequence}
            how["gateway"], resume = yarl.URL(session.gateway), True
        socket = await super().from_client(client, resume=resume, **how)
        keeper.sockets[shard_id] = socket
        return socket

    @property
    def session(self) -> Session | None:
        """The session, when there is one to go on with."""
        if self.shard_id is None or self.shard_count is None:
            return None
        if self.session_id is None or self.sequence is None:
            return None
        gateway = str(self.gateway)
        return Session(self.shard_id, self.shard_count, self.session_id, self.sequence, gateway)

    async def leave(self) -> None:
        """Hears nothing from now on, and leaves the session open for whoever comes next."""
        self.is_left = True
        await self.close(LEFT_OPEN)

    async def received_message(self, msg: Any, /) -> None:
        """What comes after leaving is for the next one, who is sent it again."""
        if not self.is_left:
            await super().received_message(msg)

    async def poll_event(self) -> None:
        """A socket that was left ends here; any other one is connected again."""
        try:
            await super().poll_event()
        except (ReconnectWebSocket, ConnectionClosed):
            if self.is_left:
                # The one way to end the library's reader without a word.
                raise asyncio.CancelledError from None
            raise
