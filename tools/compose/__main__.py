"""`make compose`: every combination of the compose files is read; with an engine, a house is played on."""

import asyncio
import sys
import time

from tools.compose import engine
from tools.compose.files import ComposeError, NoComposeError, combinations, rendered
from tools.compose.play import Trouble, trial

PLAYED_ON = (("playground",), ("playground", "pgbouncer"))
"""The second one with `make compose ARGS=--all`."""
VICTIMS = ("users", "collection", "expeditions", "economy", "bot", "postgres", "playground")


def main() -> int:
    """Tells step by step; 1 when something is wrong, 0 also where there is no engine."""
    try:
        for overlays in combinations():
            found = rendered(overlays)["services"]
            say(f"{' + '.join(('compose', *overlays))}: {len(found)} services, valid")
        for overlays in PLAYED_ON[: None if "--all" in sys.argv else 1]:
            asyncio.run(play(overlays))
    except (ComposeError, NoComposeError, Trouble, TimeoutError) as wrong:
        say(f"{type(wrong).__name__}: {wrong}")
        return 1
    return 0


async def play(overlays: tuple[str, ...]) -> None:
    """Starts the house in containers, plays, takes it down."""
    if not await engine.answers():
        say("no Docker engine answers: nothing was started, no container ran")
        return
    if image := await engine.missing_image(overlays):
        say(f"{image} is not here and cannot be pulled: nothing was started, no container ran")
        return
    say(f"starting {' + '.join(('compose', *overlays))}")
    began = time.monotonic()
    async with engine.Containers(overlays) as house:
        say(f"up after {time.monotonic() - began:.0f} s; {await house.image()}")
        victims = (*VICTIMS, "pgbouncer") if "pgbouncer" in overlays else VICTIMS
        await trial(house, victims, say)
    say("taken down")


def say(text: str) -> None:
    """A line at once."""
    print(text, flush=True)  # noqa: T201 - for the person who started it


if __name__ == "__main__":
    sys.exit(main())
