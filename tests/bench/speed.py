"""How fast a ten-summon is (G3, G4, G5, G6, G8), each against another side, in turns, in one run."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from geminya.economy.v1.gacha_pb2 import SummonRequest
from geminya.users.v1.account_pb2 import EnterResponse
from tests.bench.alone import in_one_process
from tests.bench.chain import method
from tests.bench.goals import Results
from tests.bench.ground import database_spent_ms, spent_ms, the_raw_chain
from tests.bench.wishes import Round, Services, a_round, an_op
from tests.support.game import Game
from tests.support.house import House, known_services
from tests.support.pg import Cluster
from tests.support.starter import Starter

EACH = 8
"""Ten-summons of a player in a round; the purse of a newcomer is enough for twenty."""
FEW, MANY = 16, 64
ALONE = 24
"""So many players come one after the other where one is asked for at a time."""
LONG = 16
"""The same with few players, so that the end of a round, when the last are alone, weighs little."""
TRACED_SHARE = 0.1
Tell = Callable[[str], None]


@dataclass(slots=True)
class Sides:
    """Everything that a ten-summon is asked of."""

    starter: Starter
    real: Services
    raw: Any
    one_process: Services
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    async def all_in_turns(self, turns: int, tell: Tell) -> None:
        """Every side once, then all of them again; what comes first in one turn comes last in the next."""
        sides: dict[str, Callable[[], Awaitable[Round]]] = {
            "real 1": lambda: self._of_one(self.real),
            # What is compared stands side by side: a machine is not the same a minute later.
            "raw 16": self._of_raw,
            "real 16": lambda: self._of_many(self.real, FEW),
            "traced 16": self._traced,
            "real 64": lambda: self._of_many(self.real, MANY),
            "one process 16": lambda: self._of_many(self.one_process, FEW),
            "one process 64": lambda: self._of_many(self.one_process, MANY),
        }
        for turn in range(turns + 1):
            order = [*sides] if turn % 2 else [*reversed(sides)]
            for name in order:
                found = await sides[name]()
                # The first turn fills caches and plans.
                if turn:
                    self.rounds.setdefault(name, []).append(found)
                tell(f"turn {turn}/{turns}: {name}, {found.a_second:.0f} a second")

    def ratios(self, above: str, below: str) -> Sequence[float]:
        """One side's rate to another's, turn by turn."""
        pairs = zip(self.rounds[above], self.rounds[below], strict=True)
        return [one.a_second / other.a_second for one, other in pairs]

    async def _of_one(self, side: Services) -> Round:
        players = [await side.enter() for _ in range(ALONE // EACH)]
        rounds = [await a_round(side.ten_summon, [player], EACH) for player in players]
        took = [ms for one in rounds for ms in one.took_ms]
        return Round(took, 1e3 * len(took) / sum(took))

    async def _of_many(self, side: Services, callers: int) -> Round:
        players = [await side.enter() for _ in range(callers)]
        return await a_round(side.ten_summon, players, EACH if callers == MANY else LONG)

    async def _of_raw(self) -> Round:
        async def summon(player: EnterResponse) -> None:
            request = SummonRequest(op=an_op(player), banner_id="standard", count=10)
            await self.raw(request, timeout=8)

        players = [await self.real.enter() for _ in range(FEW)]
        return await a_round(summon, players, LONG)

    async def _traced(self) -> Round:
        async def summon(player: EnterResponse) -> None:
            flags = TraceFlags(int(random.random() < TRACED_SHARE))
            ids = random.getrandbits(128) | 1, random.getrandbits(64) | 1
            span = NonRecordingSpan(SpanContext(*ids, is_remote=True, trace_flags=flags))
            with trace.use_span(span):
                await self.real.ten_summon(player)

        players = [await self.real.enter() for _ in range(FEW)]
        return await a_round(summon, players, LONG)


@asynccontextmanager
async def all_sides(starter: Starter, cluster: Cluster) -> AsyncIterator[Sides]:
    """The house, the raw chain beside it, and the same code in this process on a database of its own."""
    async with AsyncExitStack() as stack:
        clone = await stack.enter_async_context(cluster.clone())
        async with House(clone, known_services()) as house:
            await Game(house).stock()
        address = await stack.enter_async_context(the_raw_chain(starter))
        channels = await stack.enter_async_context(in_one_process(clone))
        real = Services.of(starter.told)
        yield Sides(
            starter,
            real,
            method(address, "summon", starter.data_dir / "certs" / "bot"),
            Services(channels),
        )


async def measure(
    starter: Starter, cluster: Cluster, results: Results, turns: int, tell: Tell
) -> None:
    """All sides in turns, and what a wish costs the processors."""
    async with all_sides(starter, cluster) as sides:
        await sides.all_in_turns(turns, tell)
        results.add(
            "ten-summon against the raw chain, 16 callers", *sides.ratios("real 16", "raw 16")
        )
        results.add(
            "ten-summons a second, 64 callers against 1", *sides.ratios("real 64", "real 1")
        )
        results.add(
            "p99 / p50 of a ten-summon, 16 callers",
            *(one.p99 / one.median for one in sides.rounds["real 16"]),
        )
        costs = [100 * (1 - ratio) for ratio in sides.ratios("traced 16", "real 16")]
        results.add("cost of tracing at ratio 0.1, 16 callers", *costs)
        for callers in (FEW, MANY):
            results.add(
                f"four services against one process, {callers} callers",
                *sides.ratios(f"real {callers}", f"one process {callers}"),
            )
        for name, rounds in sides.rounds.items():
            rates = sorted(one.a_second for one in rounds)
            medians = sorted(one.median for one in rounds)
            results.facts.append(
                f"{name}: {rates[len(rates) // 2]:.0f} ten-summons a second, "
                f"median {medians[len(medians) // 2]:.1f} ms"
            )
        repeats = sides.real.repeats, sides.one_process.repeats
        results.facts.append(
            f"repeated for trouble: {repeats[0]} in the house, {repeats[1]} in one process"
        )
        for callers in (1, MANY):
            results.facts.append(await _profile(sides, callers))


async def _profile(sides: Sides, callers: int) -> str:
    """Where the time of the processors goes for one ten-summon."""
    before, database = spent_ms(sides.starter), database_spent_ms(sides.starter)
    done = 0
    for _ in range(2 if callers > 1 else ALONE):
        players = [await sides.real.enter() for _ in range(callers)]
        done += len((await a_round(sides.real.ten_summon, players, EACH)).took_ms)
    after = spent_ms(sides.starter)
    parts = {name: (after[name] - before.get(name, 0)) / done for name in after}
    parts["PostgreSQL"] = (database_spent_ms(sides.starter) - database) / done
    told = ", ".join(
        f"{name} {ms:.2f}"
        for name, ms in sorted(parts.items(), key=lambda one: -one[1])
        if ms > 0.02
    )
    return f"milliseconds of processor for a ten-summon with {callers} at once: {told}"
