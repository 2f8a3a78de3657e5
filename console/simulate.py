"""`geminya simulate`: many players at once, and the audit afterwards."""

import asyncio
import random
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from chassis.postgres import admin_connection
from chassis.rpc.certificates import is_here
from chassis.rpc.channel import dial
from chassis.settings import SERVICES, Settings, read_settings
from console import invariants
from console.acts import login
from console.addresses import by_server, owner_urls
from console.audit import look
from console.calls import Calls
from console.certs import certificates_for
from console.crowd.arrivals import Arrivals, Wish
from console.crowd.crowd import Crowd
from console.crowd.report import Report
from console.crowd.services import Services
from console.crowd.visitors import Visitors
from console.crowd.wishes import read_mix
from console.crowd.world import World
from console.house import BOT, playground_url
from console.tables import show_json, show_rows
from console.trouble import Trouble
from geminya.common.v1.operator_pb2 import Operator

WISH_EVERY_S = 15.0
"""How often a player wishes for something, unless a rate is given."""
UNSOUND = 1
REASON = "purse of a simulated player"
WITHIN_S = 60.0
"""An operation that is open for longer is none that is still being finished."""
UNDER_WAY = f"SELECT count(*) FROM ({invariants.ALL_OPERATIONS}) AS o WHERE state < 10"


def simulate(
    players: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 200,
    minutes: Annotated[float, typer.Option(min=0.01, max=1440, help="How long.")] = 1.0,
    rate: Annotated[
        float,
        typer.Option(min=0, max=10_000, help="Wishes a second; 0 is one per player in 15 s."),
    ] = 0.0,
    mix: Annotated[
        str, typer.Option(help="Weights, as in `summon-ten=30,browse=70`; else an ordinary day.")
    ] = "",
    through: Annotated[
        Literal["services", "bot"],
        typer.Option(help="Ask the services, or type into the playground of the bot."),
    ] = "services",
    seed: Annotated[
        int, typer.Option(min=0, max=1_000, help="The same seed brings the same players back.")
    ] = 0,
    is_audited: Annotated[
        bool, typer.Option("--audit/--no-audit", help="Check every invariant afterwards.")
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Also on services of other machines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Let many players play at once, by the clock, on the house that runs; then check every invariant.

    They are real players with real purses in your database, so this is for a house of your own. Wishes come at
    random moments, whether or not the ones before were answered, and their times count from when they were due.
    Exit code 1 when a wish was not answered or an invariant does not hold.

    Example: `geminya simulate --players 2000 --minutes 10`
    """
    settings, weights = read_settings(), read_mix(mix)
    require_own_house(settings, is_sure=yes)
    report = Report(players, round(rate or players / WISH_EVERY_S, 2))
    plan = Plan(settings, report, minutes * 60, weights, seed)
    asyncio.run(plan.through_bot() if through == "bot" else plan.through_services())
    if is_audited:
        with owner_urls(settings) as owners:
            [owner, *others] = by_server(owners)
            report.findings = (
                look(settings, owners)
                if others
                else asyncio.run(settled(owner, settings.game_day_offset_h))
            )
    show(report, as_json=as_json)
    if not report.is_sound:
        raise typer.Exit(UNSOUND)


class Plan:
    """One run: who, how long, and what they wish for."""

    def __init__(
        self, settings: Settings, report: Report, seconds: float, mix: dict[str, int], seed: int
    ) -> None:
        self.settings = settings
        self.report = report
        self.seconds = seconds
        self.mix = mix
        self.seed = seed

    async def through_services(self) -> None:
        """Players call the services as the bot calls them."""
        settings = self.settings
        known = certificates_for(settings, BOT)
        services = Services(
            {
                name: dial(settings.address_of(name), caller=BOT, server=name, certificates=known)
                for name in SERVICES
            }
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(services.close)
            calls = await stack.enter_async_context(Calls(settings))
            progress = stack.enter_context(a_progress())
            world = World(services, calls.catalog)
            crowd = Crowd(world, self.report.players, self.mix, self.seed)
            bar = progress.add_task("players enter", total=self.report.players, told="")
            by = Operator(name=login(settings), reason=REASON)
            await crowd.enter(calls.wallet.AdminAdjust, by, lambda: progress.advance(bar))
            # Nobody's entering is part of what is measured.
            for counter in (world.wishes, world.refusals, world.troubles):
                counter.clear()
            await self._arrive(crowd.next_wish, crowd.dice, progress)
            self.report.refusals, self.report.troubles = world.refusals, world.troubles

    async def through_bot(self) -> None:
        """Players type commands into the playground, and the real bot answers."""
        async with AsyncExitStack() as stack:
            visitors = await stack.enter_async_context(
                Visitors(playground_url(self.settings), self.report.players, self.mix, self.seed)
            )
            progress = stack.enter_context(a_progress())
            bar = progress.add_task("players enter", total=self.report.players, told="")
            await visitors.enter(lambda: progress.advance(bar))
            await self._arrive(visitors.next_wish, visitors.dice, progress)
            self.report.refusals = visitors.refusals

    async def _arrive(
        self, next_wish: Callable[[], Wish], dice: random.Random, progress: Progress
    ) -> None:
        bar = progress.add_task("wishes", total=self.seconds, told="")
        arrivals = Arrivals(self.report.rate, self.seconds, dice, self.report)
        await arrivals.live(next_wish, lambda gone_s: self._tell(progress, bar, gone_s))

    def _tell(self, progress: Progress, bar: TaskID, gone_s: float) -> None:
        """What is going on now, beside the bar."""
        report = self.report
        told = f"{report.answered / max(gone_s, 1e-3):.0f}/s"
        if report.errors:
            told += f", {report.errors.total()} errors"
        progress.update(bar, completed=gone_s, told=told)


def require_own_house(settings: Settings, *, is_sure: bool) -> None:
    """Simulated players are none that anybody wants on a house with real ones."""
    far = [name for name in SERVICES if not is_here(settings.address_of(name))]
    if far and not is_sure:
        raise Trouble(
            f"{', '.join(far)} on another machine would get simulated players with real purses; "
            "`--yes` if that is what you want"
        )


async def settled(owner: str, day_offset_h: int) -> list[invariants.Finding]:
    """The invariants, once nothing is under way any more: an open operation is half of something."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + WITHIN_S
    async with admin_connection(owner) as admin:
        while await admin.value(UNDER_WAY) and loop.time() < give_up:  # noqa: ASYNC110 - asked of a database
            await asyncio.sleep(0.2)
        return await invariants.ask(admin, day_offset_h)


def show(report: Report, *, as_json: bool) -> None:
    """The report, for a program or for a person."""
    facts = report.facts()
    if as_json:
        show_json(facts)
        return
    rows = [{"wish": name, **one} for name, one in facts["wishes"].items()]
    show_rows("how long wishes took, from when they were due", rows)
    for line in report.lines():
        typer.echo(line)


def a_progress() -> Progress:
    """A bar on the terminal, and nothing in a pipe."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
