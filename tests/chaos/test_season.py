"""A season of expeditions with a clock that is moved: whatever dies meanwhile, everybody has what they were told."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import StoppedClock
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from tests.support.calls import DYING_S, an_op, insist, outcomes
from tests.support.game import Game

PLAYERS, EXPEDITIONS = {"small": (14, 36), "standard": (500, 2_000), "nightly": (1_000, 10_000)}[
    os.environ.get("SIZE", "small")
]
AT_ONCE = 12
"""So many players act at the same moment."""
CRASH_EVERY = 6
"""Groups of players; in one of so many every process dies."""
MOMENTS = 40
OWNED = 7
HOURS = 9
"""The clock moves so far between two rounds; journeys take one to thirty."""
TURNED_AWAY = {"TEMPLATE_RUNNING", "SLOTS_FULL", "PARTY_AWAY", "TEMPLATE_CLOSED"}
"""What a wish to leave may be told; none of it may leave a trace."""


@dataclass(slots=True)
class Traveller:
    """A player, and what the services told them."""

    user_id: int
    waifus: Sequence[int]
    away: set[str] = field(default_factory=set)
    told: dict[str, pb.CompleteExpeditionResponse] = field(default_factory=dict)
    """Expedition to the answer that brought it home."""
    crystals: int = 1
    quartzs: int = 0
    daphine: int = 0
    items: Counter[str] = field(default_factory=Counter)
    pieces: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)

    def is_told(self, done: pb.CompleteExpeditionResponse) -> None:
        """Counts what an answer says was paid; the same answer counts once."""
        key = done.expedition.expedition_id
        assert self.told.setdefault(key, done) == done
        if key not in self.away:
            return
        self.away.discard(key)
        rewards, settlement = done.report.rewards, done.settlement
        self.crystals += rewards.crystals
        self.quartzs += rewards.quartzs + settlement.overflow_quartzs
        self.daphine += rewards.daphine
        self.items.update(rewards.items)
        if settlement.HasField("awarded"):
            self.pieces.add(settlement.awarded.equipment_id)


class Season:
    """All players, and a clock."""

    def __init__(self, game: Game, places: Sequence[str], waifus: Sequence[int]) -> None:
        self.game = game
        self.rpc: Any = game.expeditions
        self.places = places
        self.dice = random.Random(20_000)
        self.travellers = [
            Traveller(1_000 + n, self.dice.sample(waifus, OWNED)) for n in range(PLAYERS)
        ]
        self.counts: Counter[str] = Counter()
        self.patience_s = 20.0
        """So long a call is sent again."""

    async def begins(self) -> None:
        """Everybody has a few waifus of any strength."""
        for one in self.travellers:
            await self.game.users.has(one.user_id, crystals=1)
            await self.game.house.run(
                """
                INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level)
                SELECT $1, waifu_id, 1 + place % 6
                FROM unnest($2::int[]) WITH ORDINALITY AS t (waifu_id, place)
                """,
                one.user_id,
                list(one.waifus),
            )
        await self.game.house.run(
            """
            INSERT INTO collection.roster (user_id, owned_count, power)
            SELECT user_id, count(*), sum(CASE current_star_level WHEN 1 THEN 100 WHEN 2 THEN 250
                WHEN 3 THEN 500 WHEN 4 THEN 1000 WHEN 5 THEN 2000 ELSE 4000 END)
            FROM collection.user_waifus GROUP BY user_id
            """
        )

    async def goes_on(self) -> None:
        """Rounds of wishes until enough parties have left; then everybody comes home."""
        while self.counts["started"] < EXPEDITIONS:
            await self.round(self.acts)
        while any(one.away for one in self.travellers):
            await self.round(self.comes_home)

    async def round(self, act: Callable[[Traveller], Awaitable[None]]) -> None:
        """Everybody acts once, a group after the other; then hours pass."""
        for first in range(0, PLAYERS, AT_ONCE):
            group = self.travellers[first : first + AT_ONCE]
            self.counts["groups"] += 1
            if self.counts["groups"] % CRASH_EVERY:
                await asyncio.gather(*(act(one) for one in group))
            else:
                await self.dies_meanwhile(act, group)
        clock = self.game.house.clock
        assert isinstance(clock, StoppedClock)
        clock.move(timedelta(hours=HOURS))

    async def dies_meanwhile(
        self, act: Callable[[Traveller], Awaitable[None]], group: Sequence[Traveller]
    ) -> None:
        """The same group with a crash: who heard nothing wishes the same once more."""
        moment = self.dice.randint(1, MOMENTS)
        patient_s, self.patience_s = self.patience_s, DYING_S
        async with self.game.house.dies_at(moment):
            await asyncio.gather(*(act(one) for one in group))
        self.patience_s = patient_s
        if self.game.house.has_died:
            self.counts["crashes"] += 1
            await self.game.house.wakes_up()
            for one in group:
                await self.hears(one)

    async def hears(self, one: Traveller) -> None:
        """After a crash the player looks what there is, as the status command does."""
        request = pb.ListExpeditionsRequest(user_id=one.user_id, page_size=100)
        found = await insist(lambda: self.rpc.ListExpeditions(request))
        running = {each.expedition_id for each in found.running}
        over = {each.expedition_id: each.status for each in found.past}
        self.counts["started"] += len((running | set(over)) - self.known(one))
        one.cancelled |= {key for key, status in over.items() if status == "cancelled"}
        one.away = (one.away | running | set(over)) - one.cancelled - set(one.told)
        for key in sorted(one.away - running):
            await self.brings_home(one, key)

    def known(self, one: Traveller) -> set[str]:
        """Every expedition of a player that was counted."""
        return one.away | one.cancelled | set(one.told)

    async def acts(self, one: Traveller) -> None:
        """Something that a player does: home first, then away, and now and then back or once more."""
        await self.comes_home(one)
        if one.away and self.dice.random() < 0.1:
            await self.calls_back(one, min(one.away))
        if one.told and self.dice.random() < 0.3:
            await self.repeats(one, self.dice.choice(sorted(one.told)))
        else:
            await self.leaves(one)

    async def comes_home(self, one: Traveller) -> None:
        """Everybody whose time is over."""
        for key in sorted(one.away):
            await self.brings_home(one, key)

    async def brings_home(self, one: Traveller, key: str) -> None:
        """Two presses and a command at once; all hear the same."""
        first = pb.CompleteExpeditionRequest(op=an_op(one.user_id), expedition_id=key)
        other = pb.CompleteExpeditionRequest(op=an_op(one.user_id), expedition_id=key)
        answers, reasons = await self.at_once(self.rpc.CompleteExpedition, first, first, other)
        assert not reasons or (set(reasons) == {"NOT_READY"} and not answers), reasons
        for done in answers:
            one.is_told(done)
        self.counts["completed"] += bool(answers)

    async def leaves(self, one: Traveller) -> None:
        """One to three of hers, anywhere, pressed twice."""
        party = self.dice.sample(one.waifus, self.dice.randint(1, 3))
        request = pb.StartExpeditionRequest(
            op=an_op(one.user_id), template_id=self.dice.choice(self.places), waifu_ids=party
        )
        await self.sends(one, self.rpc.StartExpedition, request)

    async def repeats(self, one: Traveller, key: str) -> None:
        """The same party once more."""
        request = pb.RepeatExpeditionRequest(op=an_op(one.user_id), expedition_id=key)
        await self.sends(one, self.rpc.RepeatExpedition, request)
        self.counts["repeats"] += 1

    async def sends(self, one: Traveller, method: Any, request: Any) -> None:
        answers, reasons = await self.at_once(method, request, request)
        assert set(reasons) <= TURNED_AWAY, reasons
        assert not (answers and reasons)
        assert len({done.expedition.expedition_id for done in answers}) <= 1
        self.counts["started" if answers else "turned away"] += 1
        one.away |= {done.expedition.expedition_id for done in answers}

    async def calls_back(self, one: Traveller, key: str) -> None:
        """A party that comes home with empty hands; it may be over meanwhile."""
        request = pb.CancelExpeditionRequest(op=an_op(one.user_id), expedition_id=key)
        answers, reasons = await self.at_once(self.rpc.CancelExpedition, request, request)
        assert len(answers) == 2, reasons
        one.away.discard(key)
        one.cancelled.add(key)
        self.counts["cancelled"] += 1

    async def at_once(self, method: Any, *requests: Any) -> tuple[list[Any], list[str]]:
        """The same moment; who is not heard asks again."""
        calls = [
            insist(lambda request=request: method(request), self.patience_s) for request in requests
        ]
        return await outcomes(calls)  # type: ignore[arg-type]

    # What must be true when it is over.

    async def ends_well(self) -> None:
        """Every answer is what is stored, every purse what the answers add up to, and the books are clean."""
        await self.game.house.settles()
        for one in self.travellers:
            await self.has_what_was_told(one)
            for key, done in one.told.items():
                await self.is_stored(one, key, done)
        statuses = await self.game.house.rows(
            "SELECT status, count(*) AS count FROM expeditions.user_expeditions GROUP BY status"
        )
        assert {row["status"]: row["count"] for row in statuses} == {
            "completed": sum(len(one.told) for one in self.travellers),
            "cancelled": sum(len(one.cancelled) for one in self.travellers),
        }
        assert await self.game.house.value("SELECT count(*) FROM collection.party_locks") == 0
        await self.game.invariants_hold()

    async def has_what_was_told(self, one: Traveller) -> None:
        """Purse, bag and shelf."""
        assert await self.game.users.balances(one.user_id) == {
            "sakura_crystals": one.crystals,
            "quartzs": one.quartzs,
            "daphine": one.daphine,
        }
        bag = await self.game.house.rows(
            "SELECT item_code, quantity FROM economy.user_inventory WHERE user_id = $1", one.user_id
        )
        assert {row["item_code"]: row["quantity"] for row in bag} == dict(one.items)
        shelf = await self.game.house.rows(
            "SELECT id FROM collection.equipment WHERE user_id = $1", one.user_id
        )
        assert {str(row["id"]) for row in shelf} == one.pieces

    async def is_stored(
        self, one: Traveller, key: str, done: pb.CompleteExpeditionResponse
    ) -> None:
        """The stored result is the answer, and the rules still say so."""
        request = pb.GetExpeditionRequest(user_id=one.user_id, expedition_id=key)
        found = await self.rpc.GetExpedition(request)
        kept = pb.CompleteExpeditionResponse(
            expedition=found.expedition, report=found.report, settlement=found.settlement
        )
        assert kept == done
        asked = pb.AdminReplayExpeditionRequest(expedition_id=key)
        replay = await self.rpc.AdminReplayExpedition(asked)
        assert replay.is_equal, key


@pytest.mark.timeout(1_800)
async def test_a_season_pays_what_it_tells(
    game: Game, record_property: Callable[[str, object], None]
) -> None:
    rotation = await game.atlas.GetRotation(GetRotationRequest())
    rows = await game.house.rows("SELECT waifu_id FROM collection.waifus ORDER BY waifu_id")
    places = [one.template_id for one in rotation.templates]
    season = Season(game, places, [row["waifu_id"] for row in rows])
    await season.begins()

    await season.goes_on()

    record_property("counts", dict(season.counts))
    assert season.counts["crashes"]
    await season.ends_well()
