"""A player's life in one service: what is held is told page by page, and ends when the life is closed."""

import asyncio
import json
import uuid
from typing import Any

import grpc
import pytest

from chassis.operations import holdings
from chassis.operations.gate import close_gate
from chassis.operations.once import WIPED
from chassis.rpc import page
from geminya.common.v1 import life_pb2 as pb
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub, ExportServiceStub
from tests.support.calls import an_op, bad_request, fails_with
from tests.support.house import House, Houses

SUMMON = """
    INSERT INTO economy.summons (user_id, op_id, banner_version_id, count, price, currency_type, seed_no, nonce,
        pity_before, pity_after, pulls)
    SELECT $1, gen_random_uuid(), (SELECT min(id) FROM economy.banner_versions), 1, 10, 'sakura_crystals', 1, n,
        0, 1, '[{}]'
    FROM generate_series(1, $2::int) AS n
"""
BANNER = """
    INSERT INTO economy.banners (id, name, type, start_time, end_time)
    VALUES ('b', 'B', 'standard', now(), now() + interval '1 day');
    INSERT INTO economy.banner_versions (banner_id, version, digest, body) VALUES ('b', 1, '', '{}')
"""
OPERATION = """
    INSERT INTO economy.operation (user_id, op_id, epoch, kind, state, request_hash, request, frozen, result,
        lease_until)
    VALUES ($1, $2, $3, 'summon', $4, '', 'words', '{"1": "words"}', 'words', now() + interval '1 minute')
"""
STEP = """
    INSERT INTO economy.applied_step (user_id, op_id, step, request_hash, outcome, answer)
    VALUES ($1, gen_random_uuid(), 0, '', 'DONE', 'words')
"""


class Life:
    """The economy, with two players who have something in every table."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.export = house.stub(ExportServiceStub, "economy", "bot")
        self.closing = house.stub(ClosingServiceStub, "economy", "users")

    async def has(self, player: int, *, epoch: int = 1, summons: int = 3) -> None:
        run = self.house.run
        await run("INSERT INTO economy.gate (user_id, epoch) VALUES ($1, $2)", player, epoch)
        await run("INSERT INTO economy.pity (user_id, counter) VALUES ($1, 1)", player)
        await run(
            "INSERT INTO economy.seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed) "
            "VALUES ($1, 1, 'secret', 'hash', 'client')",
            player,
        )
        await run(SUMMON, player, summons)
        await run(STEP, player)
        await run(OPERATION, player, str(uuid.uuid4()), epoch, 10)

    async def rows(self, player: int, size: int = 0) -> list[tuple[str, dict[str, Any]]]:
        """Everything that the service tells, page by page."""
        told: list[tuple[str, dict[str, Any]]] = []
        token = ""
        while True:
            request = pb.ListHeldRowsRequest(user_id=player, page_size=size, page_token=token)
            answer = await self.export.ListHeldRows(request)
            assert len(answer.rows) <= (size or 100)
            told += [(row.table, json.loads(row.json)) for row in answer.rows]
            token = answer.next_page_token
            if not token:
                return told

    async def close(self, player: int = 7, epoch: int = 1, step: int = 3) -> None:
        await self.closing.CloseUser(
            pb.CloseUserRequest(op=an_op(player, step=step, epoch=epoch)), timeout=10
        )

    async def tables(self, player: int = 7) -> dict[str, int]:
        """Table to the number of the player's rows."""
        counts: dict[str, int] = {}
        for holding in self.house.running["economy"].service.all_holdings:
            count = await self.house.value(
                f"SELECT count(*) FROM economy.{holding.table} WHERE user_id = $1", player
            )
            if count:
                counts[holding.table] = count
        return counts


@pytest.fixture
async def life(houses: Houses) -> Life:
    house = await houses("economy")
    await house.run(BANNER)
    life = Life(house)
    await life.has(7)
    await life.has(8)
    return life


ALL = {"gate": 1, "pity": 1, "seeds": 1, "summons": 3, "applied_step": 1, "operation": 1}

# ListHeldRows


async def test_everything_that_is_held_is_told_without_secrets(life: Life) -> None:
    told = await life.rows(7)

    assert {table: sum(name == table for name, _ in told) for table, _ in told} == ALL
    assert all(row["user_id"] == 7 for _, row in told)
    [seed] = [row for table, row in told if table == "seeds"]
    assert "sealed_seed" not in seed
    assert seed["client_seed"] == "client"
    assert "words" not in json.dumps(told)
    assert "776f726473" not in json.dumps(told), "bytes are shown as hexadecimal digits"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_small_pages_tell_the_same_rows_once(life: Life, size: int) -> None:
    assert await life.rows(7, size) == await life.rows(7)


async def test_a_player_who_was_never_here_has_nothing(life: Life) -> None:
    assert await life.rows(404) == []


async def test_a_page_ends_before_an_answer_gets_too_large(life: Life) -> None:
    large = json.dumps([{"text": "x" * 50_000}])
    await life.house.run("UPDATE economy.summons SET pulls = $1::text::jsonb", large)
    await life.house.run("DELETE FROM economy.summons WHERE user_id = 7")
    await life.house.run(SUMMON, 7, 40)
    await life.house.run("UPDATE economy.summons SET pulls = $1::text::jsonb", large)

    answer = await life.export.ListHeldRows(pb.ListHeldRowsRequest(user_id=7, page_size=500))

    assert answer.next_page_token
    assert answer.ByteSize() < 1024 * 1024
    assert sum(table == "summons" for table, _ in await life.rows(7, 500)) == 40


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "99",
        "-1",
        "0",
        "2\x1fno uuid",
        "1\x1f99999999999",
        "3\x1fa\x1f2026-13-01",
        "3\x1fa",
    ],
)
async def test_a_token_that_nobody_was_given_is_a_bad_request(life: Life, key: str) -> None:
    token = page.encode(("held rows", 7), (key,))

    with bad_request("page_token"):
        await life.export.ListHeldRows(pb.ListHeldRowsRequest(user_id=7, page_token=token))


async def test_a_token_of_another_player_is_a_bad_request(life: Life) -> None:
    first = await life.export.ListHeldRows(pb.ListHeldRowsRequest(user_id=7, page_size=1))

    with bad_request("page_token", "another list"):
        await life.export.ListHeldRows(
            pb.ListHeldRowsRequest(user_id=8, page_token=first.next_page_token)
        )


# CloseUser


async def test_a_closed_life_leaves_numbers_and_no_words(life: Life) -> None:
    await life.close()

    assert await life.tables() == {"gate": 1, "applied_step": 1, "operation": 1}
    [step] = await life.house.rows("SELECT * FROM economy.applied_step WHERE user_id = 7")
    [operation] = await life.house.rows("SELECT * FROM economy.operation WHERE user_id = 7")
    assert step["answer"] == WIPED
    assert (operation["state"], operation["request"], operation["result"]) == (10, b"", b"")
    assert operation["frozen"] == {}
    assert await life.house.value("SELECT closed FROM economy.gate WHERE user_id = 7")
    assert await life.tables(8) == ALL


async def test_of_a_closed_life_only_kept_numbers_are_told(life: Life) -> None:
    await life.close()

    assert {table for table, _ in await life.rows(7)} == {"gate", "applied_step", "operation"}


async def test_an_operation_that_is_under_way_ends_with_the_life(life: Life) -> None:
    op_id = str(uuid.uuid4())
    await life.house.run(OPERATION, 7, op_id, 1, 2)

    await life.close()

    state = await life.house.value("SELECT state FROM economy.operation WHERE op_id = $1", op_id)
    assert state == 12


async def test_a_repeat_goes_on_where_the_first_try_stopped(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def close() -> None:
        raise RuntimeError("the process died between two transactions")

    with monkeypatch.context() as patch:
        patch.setattr(holdings, "end_life", lambda *_: close())
        with fails_with(grpc.StatusCode.INTERNAL):
            await life.close()
    assert (await life.tables())["summons"] == 3

    await life.close()
    await life.close()

    assert "summons" not in await life.tables()


async def test_many_rows_go_in_batches(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "BATCH", 10)
    await life.house.run(SUMMON.replace("1, n,", "2, n,"), 7, 95)
    before = life.house.database("economy").round_trips

    await life.close()

    assert "summons" not in await life.tables()
    assert life.house.database("economy").round_trips - before > 10


async def test_64_closings_at_once_end_one_life(life: Life) -> None:
    await asyncio.gather(*(life.close() for _ in range(64)), return_exceptions=True)
    await life.close()

    assert await life.tables() == {"gate": 1, "applied_step": 1, "operation": 1}
    assert await life.tables(8) == ALL


async def test_a_late_closing_touches_nothing_of_the_next_life(life: Life) -> None:
    await life.close()
    await life.house.run("UPDATE economy.gate SET epoch = 2, closed = false WHERE user_id = 7")
    await life.house.run("INSERT INTO economy.pity (user_id, counter) VALUES (7, 5)")

    await life.close(epoch=1)

    assert (await life.tables())["pity"] == 1
    assert not await life.house.value("SELECT closed FROM economy.gate WHERE user_id = 7")


async def test_a_closing_that_sleeps_between_two_batches_touches_nothing_of_the_next_life(
    life: Life,
) -> None:
    """The gate is looked at by every batch and not only at the beginning."""
    database = life.house.database("economy")
    async with database.transaction() as tx:
        assert await close_gate(tx, 7, 1)
    await life.house.run("UPDATE economy.gate SET epoch = 2, closed = false WHERE user_id = 7")

    held = life.house.running["economy"].service.all_holdings
    await holdings.end_life(database.bare, held, 7, 1, str(uuid.uuid4()))

    assert await life.tables() == ALL


async def test_who_never_came_here_is_closed_all_the_same(life: Life) -> None:
    await life.close(404)

    assert await life.house.value("SELECT closed FROM economy.gate WHERE user_id = 404")


@pytest.mark.parametrize("caller", ["bot", "admin", "collection"])
async def test_only_users_ends_a_life(life: Life, caller: str) -> None:
    stub = life.house.stub(ClosingServiceStub, "economy", caller)

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.CloseUser(pb.CloseUserRequest(op=an_op(7)))


async def test_nobody_can_end_a_life_in_users(houses: Houses) -> None:
    """There it is a flow that leads the others."""
    house = await houses("users")

    with fails_with(grpc.StatusCode.UNIMPLEMENTED):
        await house.stub(ClosingServiceStub, "users", "users").CloseUser(
            pb.CloseUserRequest(op=an_op(7))
        )


# GetOpenCount


async def test_open_operations_are_counted(life: Life) -> None:
    for state in (1, 2, 10, 11):
        await life.house.run(OPERATION, 7, str(uuid.uuid4()), 1, state)

    counted = await life.closing.GetOpenCount(pb.GetOpenCountRequest(user_id=7))

    assert counted.count == 2
    assert (await life.closing.GetOpenCount(pb.GetOpenCountRequest(user_id=8))).count == 0
