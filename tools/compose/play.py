"""What is played on a house to see that it loses nothing: players who summon while its parts are killed."""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from playground.interaction import SilentBotError
from playground.robot import RefusedError, Robot

PLAYERS = 6
READY_S = 60.0
CALM_S = 75.0
"""Longer than an operation may be open before the audit speaks of it."""
UNDER_LOAD_S = 1.5
"""How long players play before the next part is killed, and after the last one."""
_LOOK_S = 0.2
_BANNER = "standard"
_SUMMONED = "ten-summon"
_TENS_OF_A_PLAYER = 15
"""A new player can pay for twenty."""

Say = Callable[[str], None]


class House(Protocol):
    """A house that can be played on."""

    @property
    def url(self) -> str:
        """The playground's address."""
        ...

    async def kill(self, part: str) -> None:
        """Ends a part at once, as a lost machine does."""
        ...

    async def revive(self, part: str) -> None:
        """Starts it again and waits until it is well."""
        ...

    async def geminya(self, *arguments: str) -> tuple[int, str]:
        """The operator's command: its exit code, and what it printed."""
        ...


class Trouble(Exception):
    """The house did not keep its word."""


@dataclass(slots=True)
class Told:
    """What the players know of their ten-summons."""

    asked: int = 0
    shown: int = 0
    """With a result; so these may not be lost."""
    unclear: int = 0
    """Without one: the way there was broken. They may have happened, or not."""


async def trial(house: House, victims: Sequence[str], say: Say) -> Told:
    """A ten-summon; then many, while one part after another is killed; then the books."""
    await well(house)
    await first_ten(house)
    say("a ten-summon through the playground is answered")
    told = await under_load(house, victims, say)
    say(f"{told.asked} ten-summons: {told.shown} shown, {told.unclear} left unclear by a kill")
    await books(house, told)
    say("the audit holds; no summon that was shown is lost, none was made twice")
    return told


async def well(house: House) -> None:
    """Waits until the bot has come to the playground."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with aiohttp.ClientSession(house.url) as http, http.get("/healthz") as answer:
                if (await answer.json())["bots"]:
                    return
        await asyncio.sleep(_LOOK_S)
    raise Trouble(f"no bot came to {house.url} within {READY_S:g} s")


async def first_ten(house: House) -> None:
    """One summon in peace."""
    mira = Robot(house.url, "mira")
    await mira.slash("academy status")
    answer = await mira.slash("summon ten")
    if _SUMMONED not in answer.text:
        raise Trouble(f"the ten-summon was answered with {answer.text!r}")


async def under_load(house: House, victims: Sequence[str], say: Say) -> Told:
    """Players summon all the time; each part is killed and comes back."""
    told, end = Told(asked=1, shown=1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(PLAYERS):
            group.create_task(_play(house.url, _names(number), told, end))
        try:
            for part in victims:
                await asyncio.sleep(UNDER_LOAD_S)
                began = time.monotonic()
                await house.kill(part)
                await house.revive(part)
                say(f"{part} was killed and is well again after {time.monotonic() - began:.1f} s")
            await well(house)
            await asyncio.sleep(UNDER_LOAD_S)
        finally:
            end.set()
    return told


async def books(house: House, told: Told) -> None:
    """What was shown is there, nothing is there twice, and every invariant holds."""
    until = time.monotonic() + CALM_S
    while (audit := await house.geminya("audit"))[0] != 0:
        if time.monotonic() > until:
            raise Trouble(f"the audit does not hold:\n{audit[1]}")
        await asyncio.sleep(1)
    kept = await _summons(house)
    if not told.shown <= kept <= told.asked:
        raise Trouble(f"{told.shown} of {told.asked} summons were shown, but {kept} are there")


async def _summons(house: House) -> int:
    code, said = await house.geminya("banner", "versions", _BANNER, "--json")
    if code != 0:
        raise Trouble(said)
    versions: list[dict[str, Any]] = json.loads(said)
    return sum(version["summons"] for version in versions)


def _names(number: int) -> Iterator[str]:
    return (f"player-{number}-{life}" for life in itertools.count())


async def _play(url: str, names: Iterator[str], told: Told, end: asyncio.Event) -> None:
    while not end.is_set():
        robot = Robot(url, next(names))
        if await _try(lambda robot=robot: robot.slash("academy status")) is None:
            continue
        for _ in range(_TENS_OF_A_PLAYER):
            if end.is_set():
                return
            told.asked += 1
            text = await _try(lambda robot=robot: robot.slash("summon ten"))
            if text is not None and _SUMMONED in text:
                told.shown += 1
            else:
                told.unclear += 1
                await asyncio.sleep(_LOOK_S)


async def _try(wish: Callable[[], Awaitable[Any]]) -> str | None:
    """The answer; none where the bot or the playground was away."""
    try:
        return (await wish()).text
    except (SilentBotError, RefusedError, aiohttp.ClientError, TimeoutError, ValueError):
        await asyncio.sleep(_LOOK_S)
        return None
