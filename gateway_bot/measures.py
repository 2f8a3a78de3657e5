"""What the bot measures: how soon a player is answered, and what Discord says to it."""

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord

from chassis.metrics import Meter, exemplar

CALLBACK = re.compile(r"/interactions/\d+/[^/]+/callback$")
"""Where an interaction is acknowledged."""
INVALID = ("401", "403", "429")
"""What Discord counts against a bot: after ten thousand in ten minutes it is shut out."""
WAIT_SECONDS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0)
ANSWER_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(slots=True)
class Wish:
    """An interaction that is being answered in this task."""

    command: str
    made_s: float
    """When Discord made it; never later than it came."""
    began: float
    outcome: str = "ok"
    is_acknowledged: bool = False


_wish: ContextVar[Wish | None] = ContextVar("wish", default=None)


class FaceMeasures:
    """Interactions, and requests to Discord."""

    def __init__(self, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self.is_connected = False
        self._answered = self.meter.histogram(
            "geminya_interaction_duration_seconds", "command", "outcome", buckets=ANSWER_SECONDS
        )
        self._acknowledged = self.meter.histogram(
            "geminya_interaction_acknowledgement_seconds", "command", buckets=WAIT_SECONDS
        )
        self._requests = self.meter.counter("geminya_discord_requests", "status")
        for status in INVALID:
            self._requests.labels(status)
        self.meter.look("geminya_gateway_connected", (), lambda: {(): float(self.is_connected)})

    def begin(self, interaction: discord.Interaction[Any], command: str) -> Wish:
        """A wish has come; it is answered in the current task."""
        made = min(discord.utils.snowflake_time(interaction.id), datetime.now(UTC))
        wish = Wish(command, made.timestamp(), time.perf_counter())
        _wish.set(wish)
        return wish

    def failed(self, outcome: str) -> None:
        """The wish of the current task ends otherwise than it was meant."""
        wish = _wish.get()
        if wish is not None:
            wish.outcome = outcome

    def end(self, wish: Wish, trace: dict[str, str] | None) -> None:
        """Nothing more is done for a wish."""
        took = self._answered.labels(wish.command, wish.outcome)
        took.observe(time.perf_counter() - wish.began, trace)

    def watch(self, config: aiohttp.TraceConfig) -> None:
        """Counts every answer of Discord, and sees which of them was an acknowledgement."""
        config.on_request_end.append(self._on_answer)

    async def _on_answer(
        self, _: Any, __: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        self._requests.labels(str(answer.response.status)).inc()
        wish = _wish.get()
        if wish is None or wish.is_acknowledged or not CALLBACK.search(answer.url.path):
            return
        wish.is_acknowledged = True
        waited_s = time.time() - wish.made_s
        self._acknowledged.labels(wish.command).observe(waited_s, exemplar())
