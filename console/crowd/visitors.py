"""Simulated players in front of the real bot: they type commands into the playground."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from console.crowd.arrivals import Wish
from console.trouble import Trouble

PATIENCE_S = 30.0
OK = 200
MOST_CHOICES = 5
AGAIN_SHARE = 0.3
"""How many ten-summons are followed by the button below the picture."""
BUTTON = 2
"""A component of this type is a button (Discord's own number)."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as somebody types it."""

    name: str
    chosen: tuple[str, ...] = ()
    """Options that are chosen from what completes."""
    typed: tuple[tuple[str, str], ...] = ()


COMMANDS: Mapping[str, Command] = {
    "daily": Command("academy daily"),
    "summon-ten": Command("summon ten"),
    "summon-one": Command("summon one"),
    "buy": Command("shop buy", ("item",)),
    "use": Command("inventory use", ("item",)),
    "depart": Command("expedition start"),
    "complete": Command("expedition complete_all"),
    "claim": Command("missions claim_all"),
    "talk": Command("waifu talk", ("waifu",), (("message", "Good morning!"),)),
    "gift": Command("waifu gift", ("waifu", "gift")),
    "awaken": Command("waifu awaken", ("waifu",)),
    "heart": Command("waifu favorite", ("waifu",)),
    "browse": Command("collection list"),
    "album": Command("collection album"),
    "profile": Command("waifu profile", ("waifu",)),
    "status": Command("academy status"),
    "missions": Command("missions list"),
    "journeys": Command("expedition status"),
    "history": Command("banner history"),
    "top": Command("academy top"),
}


class Unanswered(Trouble):
    """The bot gave no answer, or the playground took no wish."""


class Visitors:
    """Players of the playground."""

    def __init__(self, url: str, count: int, mix: Mapping[str, int], seed: int) -> None:
        self.dice = random.Random(f"{seed} visitors")  # noqa: S311 - no secret hangs on it
        self.refusals: Counter[str] = Counter()
        """Wishes that had no sense: nothing to choose from."""
        self._url = url
        self._names = [f"crowd-{seed}-{number}" for number in range(count)]
        self._mix = {name: weight for name, weight in mix.items() if weight}

    async def __aenter__(self) -> Self:
        # The playground is on this machine, and nobody waits for a free connection.
        self._http = aiohttp.ClientSession(
            self._url,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def enter(self, tell: Callable[[], None]) -> None:
        """Everybody opens an academy."""
        for name in self._names:
            await self._type(name, "academy status", {})
            tell()

    async def acknowledged_s(self) -> float:
        """How long the bot takes for a sign of life: it completes an option, which it does in its first answer."""
        asked = {
            "user": self._names[0],
            "command": "banner info",
            "option": "banner",
            "options": {},
        }
        began = time.monotonic()
        await self._post("/api/autocomplete", asked)
        return time.monotonic() - began

    def next_wish(self) -> Wish:
        """Somebody's next wish."""
        user = self.dice.choice(self._names)
        name = self.dice.choices([*self._mix], [*self._mix.values()])[0]

        async def wish() -> str | None:
            options = await self._options(user, COMMANDS[name])
            if options is None:
                self.refusals[f"{name} nothing to choose"] += 1
                return None
            said = await self._type(user, COMMANDS[name].name, options)
            if name == "summon-ten" and self.dice.random() < AGAIN_SHARE:
                await self._press_first(user, said)
            return name

        return wish

    async def _options(self, user: str, command: Command) -> dict[str, str] | None:
        """The command's options; none where there is nothing to choose from."""
        options = dict(command.typed)
        for option in command.chosen:
            asked = {"user": user, "command": command.name, "option": option, "options": options}
            found = (await self._post("/api/autocomplete", asked))["choices"][:MOST_CHOICES]
            if not found:
                return None
            options[option] = self.dice.choice(found)["value"]
        return options

    async def _type(self, user: str, command: str, options: Mapping[str, str]) -> Any:
        return await self._post(
            "/api/commands", {"user": user, "command": command, "options": options}
        )

    async def _press_first(self, user: str, said: Any) -> None:
        for message in said["messages"][:1]:
            for custom_id in buttons(message["components"])[:1]:
                pressed = {"user": user, "message_id": message["id"], "custom_id": custom_id}
                await self._post("/api/components", pressed)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        async with self._http.post(path, json=body) as answer:
            said = await answer.json()
        if answer.status != OK:
            raise Unanswered(f"{body.get('command', 'a button')}: {said.get('error')}")
        return said


def buttons(components: Sequence[Mapping[str, Any]]) -> list[str]:
    """The custom ids of buttons that can be pressed, wherever they stand."""
    found: list[str] = []
    for component in components:
        if component["type"] == BUTTON and component.get("custom_id"):
            found += [] if component.get("disabled") else [component["custom_id"]]
        found += buttons(component.get("components") or ())
    return found
