"""One wish of a visitor on its way to the bot, and how it is answered.

An answer is final
- with a message, an edit, choices or a modal in the callback itself (types 4, 7, 8, 9): at once,
  unless a request of the bot for this interaction is still being carried out;
- after a deferral (types 5, 6): with the first message, edit or deletion, and after a short quiet
  time, so that follow-ups which are sent together are all part of the answer.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from playground.world import Json, Message, User


class Asked(IntEnum):
    """What a visitor did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Told(IntEnum):
    """How the bot answered first."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


POSSIBLE = {
    Asked.COMMAND: frozenset({4, 5, 9}),
    Asked.COMPONENT: frozenset({4, 5, 6, 7, 9}),
    Asked.AUTOCOMPLETE: frozenset({8}),
    Asked.MODAL: frozenset({4, 5}),
}
ON_MESSAGE = frozenset({6, 7})
DEFERRED = frozenset({Told.DEFERRED_MESSAGE, Told.DEFERRED_UPDATE})
PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Discord, and the box, wait for the bot."""

    acknowledge_s: float = 3.0
    """Discord's own deadline for the first sign of life."""
    answer_s: float = 90.0
    """How long the JSON API waits for the answer after a deferral."""
    quiet_s: float = 0.15
    """The silence after which an answer in several parts is complete."""
    withdrawn_s: float = 2.0
    """The silence after which a deferral that was only taken back is all there is."""
    token_s: float = 900.0
    """Discord's own life of an interaction's token."""
    trace_s: float = 0.4
    """How long the JSON API waits for the first span when the bot did not name its trace."""


class SilentBotError(Exception):
    """The bot did not answer in time."""


class Interaction:
    """One delivery of an interaction: a second delivery has the same id and another token."""

    def __init__(self, payload: Json, user: User, label: str, patience: Patience) -> None:
        self.payload = payload
        self.user = user
        self.label = label
        self.patience = patience
        self.sent = time.monotonic()
        self.told: Told | None = None
        self.data: Json = {}
        """What came with the callback: choices, or a modal."""
        self.original: Message | None = None
        self.answers: list[Message] = []
        """The messages this interaction wrote or changed, in the order of their first change."""
        self.trace_id: str | None = None
        self._acknowledged = asyncio.Event()
        self._answered = asyncio.Event()
        self._requests = 0
        self._last_sign = self.sent

    @property
    def id(self) -> str:
        """The snowflake of the interaction."""
        return self.payload["id"]

    @property
    def guild_id(self) -> str:
        """Where it was asked."""
        return self.payload["guild_id"]

    @property
    def channel_id(self) -> str:
        """Where it is answered."""
        return self.payload["channel_id"]

    @property
    def token(self) -> str:
        """The secret that lets the bot answer."""
        return self.payload["token"]

    @property
    def asked(self) -> Asked:
        """What the visitor did."""
        return Asked(self.payload["type"])

    @property
    def possible_answers(self) -> frozenset[int]:
        """The callback types that fit; a message can be changed only where there is one."""
        possible = POSSIBLE[self.asked]
        return possible | ON_MESSAGE if "message" in self.payload else possible

    @property
    def age_s(self) -> float:
        """How long ago the bot was told."""
        return time.monotonic() - self.sent

    def acknowledge(self, told: Told, data: Json) -> None:
        """The bot gave its first sign of life."""
        self.told = told
        self.data = data
        self._acknowledged.set()
        if told not in DEFERRED:
            self._answered.set()

    def answer(self, message: Message) -> None:
        """The bot wrote or changed a message."""
        if message not in self.answers:
            self.answers.append(message)
        if message.written_by[-1:] != [self]:
            message.written_by.append(self)
        self._answered.set()

    def withdraw(self, message: Message) -> None:
        """The bot deleted a message, which is an answer too; what follows is a message of its own."""
        if self.original is message:
            self.original = None
        self.answers = [kept for kept in self.answers if kept is not message]
        self._answered.set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Holds the answer open while a request of the bot is being carried out."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self._last_sign = time.monotonic()

    async def final(self) -> None:
        """Waits until the bot has answered for good, or raises `SilentBotError`."""
        allowed = self.patience.acknowledge_s
        if not await self._within(self._acknowledged, allowed):
            raise SilentBotError(f"the bot did not answer within {allowed:g} seconds")
        allowed = self.patience.answer_s
        if not await self._within(self._answered, allowed):
            raise SilentBotError(f"the bot deferred and did not answer within {allowed:g} seconds")
        while (rest := self._quiet_left_s()) > 0:  # noqa: ASYNC110 - silence is no event
            await asyncio.sleep(min(rest, self.patience.quiet_s))

    def _quiet_left_s(self) -> float:
        if self._requests:
            return PAUSE_S
        if self.told not in DEFERRED:
            return 0
        silence = self.patience.quiet_s if self.answers else self.patience.withdrawn_s
        return silence - (time.monotonic() - self._last_sign)

    async def _within(self, event: asyncio.Event, seconds: float) -> bool:
        """Whether it happens in time; a request that is being carried out is waited for."""
        end = self.sent + seconds
        while not event.is_set():
            left = end - time.monotonic()
            if left <= 0 and not self._requests:
                return False
            await _wait(event, max(left, PAUSE_S))
        return True


async def _wait(event: asyncio.Event, seconds: float) -> Any:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
