"""`make week PLAYERS=1000 DAYS=7`: lets players live, prints what came of it, asks every invariant."""

import argparse
import sys
import time
from collections import Counter

import structlog
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chassis.clock import StoppedClock
from console.invariants import INVARIANTS
from tests.bench.week.life import MONDAY, Life
from tests.support.game import Game
from tests.support.house import House, known_services
from tests.support.pg import Cluster, a_cluster

BROKEN = 1


def main() -> None:
    """Reads the size and lives."""
    parser = argparse.ArgumentParser(prog="make week", description=__doc__)
    parser.add_argument("--players", type=int, default=1000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not (1 <= given.players <= 100_000 and 1 <= given.days <= 60):
        parser.error("1 to 100 000 players, 1 to 60 days")
    quiet = structlog.make_filtering_bound_logger(40)
    structlog.configure(
        wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )
    with a_cluster() as cluster:
        sys.exit(uvloop.run(_live(cluster, given.players, given.days, given.seed)))


async def _live(cluster: Cluster, players: int, days: int, seed: int) -> int:
    async with (
        cluster.clone() as clone,
        House(clone, known_services(), clock=StoppedClock(MONDAY), background=True) as house,
    ):
        game = Game(house)
        await game.stock()
        life = Life(game, players, days, seed)
        began = time.monotonic()
        with _progress() as progress:
            bar = progress.add_task("sessions", total=life.sessions)
            report, world = await life.live(lambda count: progress.advance(bar, count))
        took = time.monotonic() - began
        broken = await life.broken()
    wishes = sum(world.wishes.values())
    told = [
        *report.lines(),
        "",
        f"{players} players, {days} days: {wishes} wishes in {took:.0f} s",
        f"wishes: {_counted(world.wishes)}",
        f"refused: {_counted(world.refusals)}",
        *(f"broken: {one}" for one in broken),
        f"invariants: {len(INVARIANTS)} asked, {len(broken)} broken",
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return BROKEN if broken else 0


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counter.most_common())


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


if __name__ == "__main__":
    main()
