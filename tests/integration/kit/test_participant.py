"""The participant's half: a step has one outcome, for ever (rules P1-P6)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.operations.gate import lock_gate
from chassis.operations.once import Once, mutation, one_statement, request_hash
from chassis.operations.refusals import OpReused, UserGone
from chassis.postgres import Database, DatabaseTrouble, Tx
from chassis.rejection import Rejection, by_reason
from geminya.common.v1.op_pb2 import Op
from geminya.users.v1 import account_pb2
from geminya.users.v1 import wallet_pb2 as pb
from tests.integration.collection.builders import a_grant, import_rows, some_waifus
from tests.integration.kit.toys import CRYSTALS
from tests.support.calls import an_op, until
from tests.support.house import CollectionHouse, House, Houses, UsersHouse
from tests.support.players import an_apply
from tests.support.races import held

TABLE = """
SET ROLE expeditions_owner;
CREATE TABLE expeditions.jar (user_id BIGINT, op_id UUID, coins BIGINT, total BIGINT);
RESET ROLE;
"""


class JarRejection(Rejection):
    domain = "jar.geminya"


class JarFull(JarRejection):
    reason = "JAR_FULL"
    text = "{coins} coins are in the jar"

    def __init__(self, *, coins: int) -> None:
        super().__init__(coins=str(coins))


FILL = one_statement(
    """
-- fill
before AS (
    SELECT COALESCE(sum(coins), 0)::bigint AS coins FROM turn
    LEFT JOIN jar ON user_id = $1
    GROUP BY turn
), filled AS (
    INSERT INTO jar (user_id, op_id, coins, total)
    SELECT $1, $2, $6::bigint, coins + $6::bigint FROM before WHERE coins + $6::bigint <= 1000
    RETURNING total
), answer AS (
    SELECT EXISTS (SELECT FROM filled) AS done, CASE
        WHEN EXISTS (SELECT FROM filled) THEN jsonb_build_object('total', (SELECT total FROM filled))
        ELSE jsonb_build_object('reason', 'JAR_FULL',
            'metadata', jsonb_build_object('coins', coins::text)) END AS body
    FROM before
)
"""
)


class Jar:
    """Up to 1000 coins per player; filled by one statement or by several."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.once = Once(database, by_reason(JarRejection))

    async def fill(self, request: pb.ApplyRequest) -> Any:
        kept = await self.once.run(request, FILL, request.changes[0].amount)
        return kept["total"]

    @mutation
    async def fill_slowly(self, request: pb.ApplyRequest, tx: Tx) -> pb.LedgerLine:
        coins = request.changes[0].amount
        before = await tx.value(
            "SELECT COALESCE(sum(coins), 0)::bigint FROM jar WHERE user_id = $1", request.op.user_id
        )
        # Written before the refusal: only the savepoint takes it back.
        await tx.run(
            "INSERT INTO jar VALUES ($1, $2, $3, $4)",
            *(request.op.user_id, request.op.op_id, coins, before + coins),
        )
        if before + coins > 1000:
            raise JarFull(coins=before)
        return pb.LedgerLine(balance_after=before + coins)

    async def total_slowly(self, request: pb.ApplyRequest) -> int:
        return (await self.fill_slowly(request)).balance_after


Fill = Callable[[pb.ApplyRequest], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A jar, one way to fill it, and the owner's eyes."""

    house: House
    jar: Jar
    fill: Fill

    async def coins(self) -> list[int]:
        """What was put into the jar, call by call."""
        rows = await self.house.rows("SELECT coins FROM expeditions.jar ORDER BY total")
        return [row["coins"] for row in rows]

    async def outcomes(self) -> list[str]:
        """The outcomes that are kept."""
        rows = await self.house.rows("SELECT outcome FROM expeditions.applied_step ORDER BY at")
        return [row["outcome"] for row in rows]


@pytest.fixture(params=["one statement", "several statements"])
async def kitchen(request: pytest.FixtureRequest, houses: Houses) -> Kitchen:
    house = await houses("expeditions")
    await house.run(TABLE)
    jar = Jar(house.database("expeditions"))
    return Kitchen(house, jar, jar.fill if request.param == "one statement" else jar.total_slowly)


def some_coins(coins: int, op: Op | None = None) -> pb.ApplyRequest:
    return pb.ApplyRequest(
        op=op or an_op(step=1), changes=[pb.Change(currency=CRYSTALS, amount=coins, reason="jar")]
    )


async def patiently(fill: Fill, request: pb.ApplyRequest) -> int:
    """As a caller does: trouble says nothing about the outcome."""
    for _ in range(100):
        try:
            return await fill(request)
        except DatabaseTrouble:
            continue
    raise AssertionError("the database never answers")


async def test_p1_work_and_outcome_are_kept_together(kitchen: Kitchen) -> None:
    assert await kitchen.fill(some_coins(5)) == 5

    assert await kitchen.coins() == [5]
    assert await kitchen.outcomes() == ["DONE"]


async def test_p1_work_that_breaks_leaves_nothing_and_can_be_done_again(kitchen: Kitchen) -> None:
    await kitchen.house.run("ALTER TABLE expeditions.jar ADD CONSTRAINT odd CHECK (coins <> 13)")
    request = some_coins(13)

    with pytest.raises(Exception, match="odd"):
        await kitchen.fill(request)

    assert await kitchen.outcomes() == []
    await kitchen.house.run("ALTER TABLE expeditions.jar DROP CONSTRAINT odd")
    assert await kitchen.fill(request) == 13


async def test_p1_a_commit_whose_answer_is_lost_is_done_all_the_same(kitchen: Kitchen) -> None:
    request = some_coins(5)
    async with kitchen.house.dies_at(1):
        await kitchen.fill(request)
    await kitchen.house.start()
    again = Jar(kitchen.house.database("expeditions"))

    slowly = kitchen.fill.__name__ == "total_slowly"
    assert await (again.total_slowly if slowly else again.fill)(request) == 5
    assert await kitchen.coins() == [5]


async def test_p2_a_refusal_is_kept_and_stands_when_there_is_room_again(kitchen: Kitchen) -> None:
    await kitchen.fill(some_coins(995))
    late = some_coins(10)
    with pytest.raises(Rejection, match="995 coins are in the jar"):
        await kitchen.fill(late)

    await kitchen.house.run("DELETE FROM expeditions.jar")

    with pytest.raises(Rejection, match="995 coins are in the jar") as refusal:
        await kitchen.fill(late)
    assert (refusal.value.reason, refusal.value.metadata) == ("JAR_FULL", {"coins": "995"})
    assert await kitchen.coins() == []
    assert await kitchen.outcomes() == ["DONE", "REFUSED"]


async def test_p2_what_a_refused_method_wrote_is_taken_back(kitchen: Kitchen) -> None:
    await kitchen.fill(some_coins(995))

    with pytest.raises(Rejection):
        await kitchen.fill(some_coins(10))

    assert await kitchen.coins() == [995]


async def test_p3_a_repeat_gives_the_first_answer(kitchen: Kitchen) -> None:
    request = some_coins(5)
    await kitchen.fill(request)
    await kitchen.fill(some_coins(7))

    assert [await kitchen.fill(request) for _ in range(3)] == [5, 5, 5]
    assert await kitchen.coins() == [5, 7]


async def test_p3_a_repeat_gives_the_first_answer_byte_for_byte(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    request = an_apply(crystals=-30, quartzs=3)
    first = await users.wallet.Apply(request)
    await users.wallet.Apply(an_apply(crystals=-1))

    again = await users.wallet.Apply(request)

    assert again.SerializeToString() == first.SerializeToString()


async def test_p3_repeats_at_once_do_the_work_once(kitchen: Kitchen) -> None:
    request = some_coins(5)

    answers = await asyncio.gather(*(patiently(kitchen.fill, request) for _ in range(32)))

    assert answers == [5] * 32
    assert await kitchen.coins() == [5]


async def test_p4_the_same_op_with_other_content_is_refused_and_changes_nothing(
    kitchen: Kitchen,
) -> None:
    op = an_op(step=1)
    await kitchen.fill(some_coins(5, op))

    with pytest.raises(OpReused):
        await kitchen.fill(some_coins(6, op))

    assert await kitchen.coins() == [5]


async def test_p4_another_step_of_the_same_operation_is_another_change(kitchen: Kitchen) -> None:
    op = an_op(step=1)
    await kitchen.fill(some_coins(5, op))

    assert await kitchen.fill(some_coins(5, an_op(op_id=op.op_id, step=2))) == 10


def test_p4_requests_of_two_kinds_with_equal_bytes_are_different() -> None:
    """A daily claim once answered with what a rename with the same op had kept."""
    op = an_op()
    rename, daily = account_pb2.RenameRequest(op=op), account_pb2.ClaimDailyRequest(op=op)
    assert rename.SerializeToString() == daily.SerializeToString()

    assert request_hash(rename) != request_hash(daily)


async def test_p5_an_old_life_is_gone_and_nothing_is_written(kitchen: Kitchen) -> None:
    await kitchen.house.run("INSERT INTO expeditions.gate (user_id, epoch) VALUES (7, 2)")

    with pytest.raises(UserGone):
        await kitchen.fill(some_coins(5))

    assert await kitchen.coins() == []
    assert await kitchen.outcomes() == []
    assert await kitchen.house.value("SELECT changes FROM expeditions.gate") == 0


async def test_p6_who_does_a_step_asks_nobody(houses: Houses) -> None:
    house = await houses("users", "collection")
    users = UsersHouse(house)
    await users.has(7, crystals=100)
    collection = CollectionHouse(house)
    await import_rows(collection.catalog, waifus=some_waifus(1))

    paid = await house.moments_of(lambda: users.wallet.Apply(an_apply(crystals=-30)))
    granted = await house.moments_of(lambda: collection.roster.Grant(a_grant(1)))

    assert [moment.split()[0] for moment in [*paid, *granted]] == ["commit", "commit"]


# One statement takes its snapshot before it waits for the gate.


async def race_for(kitchen: Kitchen, requests: list[pb.ApplyRequest]) -> list[Any]:
    """All take their picture before any of them has the lock."""
    await kitchen.house.run("INSERT INTO expeditions.gate (user_id, epoch) VALUES (7, 1)")
    async with held(kitchen.house, "expeditions"):
        tasks = [asyncio.create_task(patiently(kitchen.fill, request)) for request in requests]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_changes_of_one_player_at_once_are_neither_lost_nor_doubled(kitchen: Kitchen) -> None:
    requests = [some_coins(1) for _ in range(64)]

    totals = await race_for(kitchen, [*requests, *requests[:32]])

    assert sorted(set(totals)) == list(range(1, 65))
    assert totals[64:] == totals[:32]
    assert await kitchen.coins() == [1] * 64


async def test_a_limit_holds_against_changes_at_once(kitchen: Kitchen) -> None:
    results = await race_for(kitchen, [some_coins(100) for _ in range(32)])

    assert sum(isinstance(result, int) for result in results) == 10
    assert sum(isinstance(result, Rejection) for result in results) == 22
    assert await kitchen.coins() == [100] * 10


async def test_a_statement_with_an_old_picture_does_nothing_and_is_sent_again(
    houses: Houses,
) -> None:
    house = await houses("expeditions")
    await house.run(TABLE)
    database = house.database("expeditions")
    jar = Jar(database)
    await jar.fill(some_coins(1))

    async with database.transaction() as tx:
        await lock_gate(tx, 7, 1)
        waiting = asyncio.create_task(jar.fill(some_coins(2)))
        await until(lambda: somebody_waits(house))
        await tx.run("INSERT INTO jar VALUES (7, gen_random_uuid(), 900, 901)")

    assert await waiting == 903


async def somebody_waits(house: House) -> bool:
    return bool(
        await house.value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype <> 'relation'"
        )
    )
