"""`make bench`: measures every goal, prints a table; `ARGS=--write` writes it into docs/performance.md."""

import argparse
import asyncio
import logging
import random
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from console.crowd.arrivals import Arrivals
from console.crowd.report import Report
from console.crowd.visitors import Visitors
from console.crowd.wishes import read_mix
from tests.bench import costs, pictures, rows, speed
from tests.bench.goals import HEADS, Results, markdown
from tests.bench.ground import a_house, memory_mib, the_machine
from tests.support.pg import a_durable_cluster
from tests.support.starter import ROOT, Starter

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PARTS = ("counts", "speed", "rows", "pictures", "bot")
TURNS, QUICK_TURNS = 5, 1
CROWD, CROWD_S = 40, 20.0
"""Players in front of the bot, and how long they play."""
LOAD_RATE = 60.0
"""More than the bot can draw pictures for: full load."""
PROBE_EVERY_S = 0.1

screen = Console(stderr=True, highlight=False)


def main() -> None:
    """Reads what is wanted, measures, and tells."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--full", action="store_true", help="G7 with ten million rows")
    parser.add_argument("--quick", action="store_true", help="one turn, to see that it works")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    given = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    machine, began = the_machine(), time.monotonic()
    results = uvloop.run(measure(given))
    took = f"measured in {time.monotonic() - began:.0f} s"
    table = Table(*HEADS)
    for row in results.rows:
        table.add_row(*row)
    Console(width=150).print(table)
    for fact in (*machine, took, *results.facts):
        sys.stdout.write(f"- {fact}\n")
    if results.missed:
        sys.stdout.write(f"MISSED: {'; '.join(results.missed)}\n")
    if given.write:
        write(results, [*machine, took])


async def measure(given: Any) -> Results:
    """Every part that is wanted."""
    results, only = Results(), set(given.only.split(","))
    turns = QUICK_TURNS if given.quick else TURNS
    with tempfile.TemporaryDirectory(prefix="geminya-bench-") as folder:
        if "pictures" in only:
            screen.print("pictures")
            _pictures(results)
        if only & {"counts", "speed", "rows"}:
            with a_durable_cluster(Path(folder)) as cluster:
                if "counts" in only:
                    screen.print("round trips and flushes")
                    await costs.measure(cluster, results)
                if "speed" in only:
                    await _with_house(Path(folder), results, given, turns, cluster)
                if "rows" in only:
                    screen.print("growth")
                    size = rows.FULL if given.full else rows.LARGE
                    await rows.measure(cluster, results, rows.SMALL * 10 if given.quick else size)
        if "bot" in only:
            await _with_bot(Path(folder), results, given.quick)
    return results


async def _with_house(folder: Path, results: Results, given: Any, turns: int, cluster: Any) -> None:
    with a_house(folder / "speed") as starter:
        await started(starter, results)
        at_rest = max(memory_mib(starter).values())
        results.add("memory of a service at rest, the largest", at_rest)
        await speed.measure(starter, cluster, results, turns, screen.print)
        held = memory_mib(starter)
        results.add("memory of a service under load, the largest", max(held.values()))
        results.facts.append(
            "memory after all that: "
            + ", ".join(f"{name} {mib:.0f} MiB" for name, mib in held.items())
        )


async def started(starter: Starter, results: Results | None = None) -> None:
    """Starts a house, three times where it is measured: a new one, and twice with its data."""
    took: list[float] = []
    for time_no in range(3 if results is not None else 1):
        if time_no:
            starter.end()
        began = time.monotonic()
        starter.data_dir.parent.mkdir(parents=True, exist_ok=True)
        starter.start()
        await asyncio.to_thread(starter.wait_until_ready)
        took.append(time.monotonic() - began)
        screen.print(f"the house was ready after {took[-1]:.1f} s")
    if results is not None:
        results.add("`make run` on a prepared clone to ready", *took)


async def _with_bot(folder: Path, results: Results, is_quick: bool) -> None:
    """Players type as fast as they can, and somebody asks for something small all the time."""
    with a_house(folder / "bot") as starter:
        await started(starter)
        seconds = CROWD_S / 4 if is_quick else CROWD_S
        report, acknowledged = Report(CROWD, LOAD_RATE), list[float]()
        mix = read_mix("summon-ten=5,browse=3,profile=3,status=2,daily=1")
        async with (
            Visitors(starter.door, CROWD, mix, seed=1) as crowd,
            Visitors(starter.door, 1, mix, seed=2) as probe,
        ):
            await crowd.enter(lambda: None)
            await probe.enter(lambda: None)
            arrivals = Arrivals(LOAD_RATE, seconds, random.Random(1), report)
            load = asyncio.create_task(arrivals.live(crowd.next_wish, lambda _: None))
            while not load.done():
                acknowledged.append(await probe.acknowledged_s() * 1e3)
                await asyncio.sleep(PROBE_EVERY_S)
            await load
        p99 = sorted(acknowledged)[int(len(acknowledged) * 0.99)]
        results.add("p99 of an acknowledgement under full load", p99)
        results.facts.append(
            f"in front of the bot: {report.answered / report.seconds:.0f} wishes answered a second of "
            f"{LOAD_RATE:.0f} that came, {report.errors.total()} errors; an acknowledgement took "
            f"{statistics.median(acknowledged):.0f} ms in the middle, {p99:.0f} ms in the 99th of a hundred"
        )


def _pictures(results: Results) -> None:
    for name, (cold, warm, size) in pictures.costs().items():
        middle = statistics.median(warm)
        if name == "ten-card sheet":
            results.add("ten-card picture, warm, of a processor", middle, warm[0], warm[-1])
        results.facts.append(
            f"picture, {name}: {cold:.0f} ms cold, {middle:.1f} ms warm, {size:.0f} kB"
        )


def write(results: Results, machine: list[str]) -> None:
    """Puts what was measured into the page, between its marks."""
    today = datetime.now(UTC).date().isoformat()
    facts = "\n".join(f"- {fact}" for fact in [*machine, *results.facts])
    measured = f"Measured on {today}:\n\n{markdown(HEADS, results.rows)}\n\n{facts}"
    page = PAGE.read_text()
    marked = f"{BEGIN}\n\n{measured}\n\n{END}"
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: marked, page, flags=re.DOTALL))
    screen.print(f"written to {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
