"""The record of summons, page by page, and the pity that is shown."""

import base64
import uuid
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import StoppedClock
from chassis.rpc import page
from geminya.common.v1.page_pb2 import PageToken
from geminya.economy.v1 import gacha_pb2 as pb
from tests.support.calls import bad_request
from tests.support.game import Game, a_summon
from tests.support.house import NOON, Houses

OP = "0198d4a2-0000-7000-8000-000000000001"


@pytest.fixture
async def clock() -> StoppedClock:
    return StoppedClock(NOON)


@pytest.fixture
async def played(houses: Houses, clock: StoppedClock) -> Game:
    """Player 7 summoned eleven times: five times in one moment, then once an hour; player 8 once."""
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=10_000)
    await game.has(8, crystals=10_000, seed=8)
    for place in range(11):
        if place >= 5:
            clock.move(timedelta(hours=1))
        await game.summon(a_summon(7, count=1 if place % 2 else 10))
    await game.summon(a_summon(8))
    return game


async def listed(game: Game, player: int = 7, **asked: Any) -> pb.ListSummonsResponse:
    return await game.gacha.ListSummons(pb.ListSummonsRequest(user_id=player, **asked))


async def every_page(game: Game, size: int) -> list[pb.Summon]:
    found: list[pb.Summon] = []
    token = ""
    while True:
        answer = await listed(game, page_size=size, page_token=token)
        found += answer.summons
        assert len(answer.summons) <= size
        token = answer.next_page_token
        if not token:
            return found
        assert len(answer.summons) == size


async def test_the_record_tells_what_a_summon_gave(played: Game, clock: StoppedClock) -> None:
    clock.move(timedelta(minutes=1))
    request = a_summon(banner="high-road-low-road")
    answer = await played.summon(request)

    newest = (await listed(played)).summons[0]

    assert newest.op_id == request.op.op_id
    assert (newest.banner_id, newest.banner_name) == ("high-road-low-road", "High Road, Low Road")
    assert newest.price == answer.price
    assert newest.time == answer.time
    assert newest.pity_after == answer.pity_after
    assert [(p.waifu_id, p.rarity, p.is_pity, p.is_guarantee) for p in newest.pulls] == [
        (p.waifu_id, p.rarity, p.is_pity, p.is_guarantee) for p in answer.pulls
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10, 11, 12, 100])
async def test_pages_hold_everything_once_newest_first(played: Game, size: int) -> None:
    """Several summons of one moment lie on both sides of a page's end."""
    found = await every_page(played, size)

    recorded = await played.house.rows(
        "SELECT op_id FROM economy.summons WHERE user_id = 7 ORDER BY at DESC, op_id DESC"
    )
    assert [summon.op_id for summon in found] == [row["op_id"] for row in recorded]


async def test_a_summon_made_meanwhile_does_not_move_the_pages(played: Game) -> None:
    first = await listed(played, page_size=4)
    await played.summon(a_summon(7))

    second = await listed(played, page_size=4, page_token=first.next_page_token)

    assert not {s.op_id for s in first.summons} & {s.op_id for s in second.summons}
    assert len(await every_page(played, 4)) == 12


async def test_a_page_of_nobody_is_empty(played: Game) -> None:
    answer = await listed(played, player=99)

    assert (list(answer.summons), answer.next_page_token) == ([], "")


async def test_a_usual_page_has_25(played: Game) -> None:
    for _ in range(15):
        await played.summon(a_summon(7, count=1))

    answer = await listed(played)

    assert len(answer.summons) == 25
    assert answer.next_page_token


@pytest.mark.parametrize("size", [-1, 101])
async def test_a_page_has_at_most_a_hundred(played: Game, size: int) -> None:
    with bad_request("page_size"):
        await listed(played, page_size=size)


def forged(*key: str, player: int = 7) -> str:
    """A token that carries what its maker likes."""
    return page.encode(("summons", player, ""), key)


TOKENS = [
    pytest.param("no token", id="no base64"),
    pytest.param("AAAA", id="no message"),
    pytest.param("\u00e9\u00e9", id="no ascii"),
    pytest.param(forged("now", OP), id="no time"),
    pytest.param(forged("2026-07-01", OP), id="a day"),
    pytest.param(forged("2026-07-01T05:00:00", OP), id="a time without a zone"),
    pytest.param(forged("2026-07-01T05:00:00+09:00", OP), id="a time of another zone"),
    pytest.param(forged("0001-01-01T00:00:00+14:00", OP), id="a time before all times"),
    pytest.param(forged("2026-07-01T05:00:00+00:00", "7"), id="no op"),
    pytest.param(forged("2026-07-01T05:00:00+00:00", f"{{{OP}}}"), id="an op in braces"),
    pytest.param(forged("2026-07-01T05:00:00+00:00", OP + "\0"), id="a NUL"),
    pytest.param(forged("2026-07-01T05:00:00+00:00"), id="too few parts"),
    pytest.param(forged("2026-07-01T05:00:00+00:00", OP, OP), id="too many parts"),
    pytest.param(forged("2026-07-01T05:00:00+00:00", OP, player=8), id="of another player"),
    pytest.param(page.encode(("ledger", 7), ("3", "quartzs")), id="of another list"),
    pytest.param(
        base64.urlsafe_b64encode(PageToken(last_key=["a", "b"]).SerializeToString()).decode(),
        id="without a hash",
    ),
]


@pytest.mark.parametrize("token", TOKENS)
async def test_a_forged_token_is_named_as_one(game: Game, token: str) -> None:
    with bad_request("page_token"):
        await listed(game, page_token=token)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"])
async def test_a_token_of_any_time_is_a_place_in_the_record(played: Game, time: str) -> None:
    answer = await listed(played, page_token=forged(time, str(uuid.uuid4())))

    assert len(answer.summons) == (0 if time < "1" else 11)


async def test_a_page_is_read_along_the_index(played: Game) -> None:
    """Without a sort: the index once ran in two directions at the same time."""
    await played.house.run(
        "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
    )
    plan = await played.house.rows(
        """
        EXPLAIN SELECT op_id FROM economy.summons
        WHERE user_id = 7 AND (at, op_id) < (now(), gen_random_uuid())
        ORDER BY at DESC, op_id DESC LIMIT 26
        """
    )
    await played.house.run("ROLLBACK")

    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Index Scan Backward using summons_at" in text or "Index Only Scan Backward" in text
    assert "Sort" not in text


async def test_pity_is_what_the_last_crystal_pull_left(played: Game) -> None:
    newest = (await listed(played)).summons[0]

    pity = await played.gacha.GetPity(pb.GetPityRequest(user_id=7))

    assert (pity.counter, pity.limit) == (newest.pity_after, 50)


async def test_who_never_summoned_has_no_pity(game: Game) -> None:
    assert (await game.gacha.GetPity(pb.GetPityRequest(user_id=99))).counter == 0
    with bad_request("user_id"):
        await game.gacha.GetPity(pb.GetPityRequest())


async def test_a_shown_record_is_the_players_own(played: Game) -> None:
    mine = {summon.op_id for summon in (await listed(played, 7)).summons}
    other = {summon.op_id for summon in (await listed(played, 8)).summons}

    assert (len(mine), len(other)) == (11, 1)
    assert not mine & other
