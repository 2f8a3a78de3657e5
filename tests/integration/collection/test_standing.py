"""The top of all collections and one's own place: from an index and a histogram, exact all the same."""

import asyncio
import random

import pytest

from geminya.collection.v1 import roster_pb2 as pb
from services.collection.roster import standing
from tests.integration.collection.builders import Collection, a_grant, import_rows, some_waifus
from tests.support.calls import bad_request, insist


@pytest.fixture
async def ranked(collection: Collection) -> Collection:
    """Ten players; player n has power 100 × (n // 2)."""
    await import_rows(collection.catalog, waifus=some_waifus(*[1] * 10))
    for player in range(1, 11):
        if count := player // 2:
            await collection.roster.Grant(a_grant(*range(1, count + 1), player=player))
    return collection


async def place_of(collection: Collection, player: int) -> tuple[int, int, int]:
    answer = await collection.roster.GetPlace(pb.GetPlaceRequest(user_id=player))
    return answer.place, answer.collector_count, answer.power


async def everybody(collection: Collection, size: int) -> list[tuple[int, int, int]]:
    found, token = [], ""
    while True:
        request = pb.ListTopRequest(page_size=size, page_token=token)
        answer = await collection.roster.ListTop(request)
        found += [(one.place, one.user_id, one.power) for one in answer.entries]
        token = answer.next_page_token
        if not token:
            return found


async def fold(collection: Collection) -> int:
    return await standing.fold_moves(collection.database.bare, 1000)


async def test_the_strongest_come_first_and_equals_share_a_place(ranked: Collection) -> None:
    expected = [
        (1, 10, 500),
        (2, 8, 400), (2, 9, 400),
        (4, 6, 300), (4, 7, 300),
        (6, 4, 200), (6, 5, 200),
        (8, 2, 100), (8, 3, 100),
    ]  # fmt: skip

    for size in (1, 2, 3, 4, 100):
        assert await everybody(ranked, size) == expected


async def test_a_place_counts_who_is_stronger(ranked: Collection) -> None:
    assert await place_of(ranked, 10) == (1, 9, 500)
    assert await place_of(ranked, 9) == (2, 9, 400)
    assert await place_of(ranked, 2) == (8, 9, 100)
    assert await place_of(ranked, 1) == (0, 9, 0)


async def test_a_place_is_the_same_before_and_after_the_histogram_is_brought_up_to_date(
    ranked: Collection,
) -> None:
    before = [await place_of(ranked, player) for player in range(1, 11)]

    assert await fold(ranked) == 9
    assert await fold(ranked) == 0

    assert [await place_of(ranked, player) for player in range(1, 11)] == before
    assert await ranked.house.value("SELECT sum(collectors)::int FROM collection.power_counts") == 9


async def test_the_histogram_follows_whoever_grows_and_whoever_ends(ranked: Collection) -> None:
    await ranked.roster.Grant(a_grant(6, 7, 8, player=2))
    await fold(ranked)
    await ranked.house.run("DELETE FROM collection.roster WHERE user_id = 10")

    assert await place_of(ranked, 2) == (1, 8, 400)
    assert await place_of(ranked, 10) == (0, 8, 0)


async def test_what_changes_no_power_moves_nothing(ranked: Collection) -> None:
    await fold(ranked)

    await ranked.roster.Grant(a_grant(1, player=10))

    assert await fold(ranked) == 0


async def test_the_histogram_counts_right_while_many_grow_and_several_fold(
    ranked: Collection,
) -> None:
    dice = random.Random(5)
    wishes = [a_grant(dice.randint(1, 10), player=dice.randint(20, 40)) for _ in range(150)]

    async def fold_often() -> None:
        for _ in range(10):
            await fold(ranked)

    await asyncio.gather(
        *(insist(lambda wish=wish: ranked.roster.Grant(wish, timeout=20)) for wish in wishes),
        *(fold_often() for _ in range(2)),
    )
    await fold(ranked)

    wrong = await ranked.house.value(
        """
        SELECT count(*) FROM (
            SELECT power, count(*) AS n FROM collection.roster GROUP BY power
        ) AS there FULL JOIN (
            SELECT power, collectors AS n FROM collection.power_counts WHERE collectors <> 0
        ) AS counted USING (power)
        WHERE there.n IS DISTINCT FROM counted.n
        """
    )
    assert wrong == 0


async def test_each_is_one_statement(ranked: Collection) -> None:
    before = ranked.database.round_trips

    await ranked.roster.ListTop(pb.ListTopRequest())
    await place_of(ranked, 7)

    assert ranked.database.round_trips - before == 2


async def test_a_forged_page_token_is_named(ranked: Collection) -> None:
    with bad_request("page_token"):
        await ranked.roster.ListTop(pb.ListTopRequest(page_token="AAAA"))
