"""What goes wrong on request: only for tests, and only from within the process."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from playground.gateway import Gateway, Op, frame


class Fault(Enum):
    """How a REST request of the bot goes wrong."""

    FORBIDDEN = "403"
    """No repeat helps against this one."""
    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    LOST_ANSWER = "lost answer"
    """The request is carried out; the connection breaks before the bot hears of it."""


@dataclass(frozen=True, slots=True)
class _Planned:
    fault: Fault
    path_part: str


class Faults:
    """Plans faults of the REST half and makes those of the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._planned: deque[_Planned] = deque()

    def plan(self, fault: Fault, times: int = 1, path_part: str = "") -> None:
        """Lets the next requests go wrong whose path contains this."""
        self._planned.extend([_Planned(fault, path_part)] * times)

    def strike(self, path: str) -> Fault | None:
        """The fault this request meets, which is then used up."""
        for planned in self._planned:
            if planned.path_part in path:
                self._planned.remove(planned)
                return planned.fault
        return None

    async def reconnect(self) -> None:
        """Asks every bot to reconnect and resume."""
        for session in self._gateway.connected:
            await session.send(frame(Op.RECONNECT, None))

    async def invalid_session(self) -> None:
        """Forgets every session, so that bots have to identify themselves again."""
        for session in self._gateway.connected:
            del self._gateway.sessions[session.id]
            await session.send(frame(Op.INVALID_SESSION, False))

    def drop(self) -> None:
        """Breaks every gateway connection without a word."""
        self._gateway.abort()
