"""The roster keeps its word: what is granted is there, once, and is shown page by page."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.rpc.channel import dial
from geminya.collection.v1 import roster_pb2 as pb
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from services.collection.roster import rules
from services.collection.roster.rules import Owned
from tests.integration.collection.builders import (
    Collection,
    a_grant,
    import_rows,
    listen,
    some_waifus,
)
from tests.support.calls import fails_with, refused
from tests.unit.collection.rows import a_series_row, a_waifu_row

RARITIES = [1, 2, 3] * 8


@pytest.fixture
async def stocked(collection: Collection) -> Collection:
    """A catalogue of 24 waifus, 1 to 24, of rarities 1, 2, 3, 1, 2, 3 …"""
    await import_rows(collection.catalog, waifus=some_waifus(*RARITIES))
    return collection


@dataclass(frozen=True, slots=True)
class Row:
    waifu_id: int
    current_star_level: int
    character_shards: int
    star_shards: int
    constellation_level: int
    surplus_shards: int


async def rows_of(collection: Collection, player: int = 7) -> list[Row]:
    return await collection.database.bare.all(
        Row,
        """
        -- rows_of
        SELECT
            waifu_id, current_star_level, character_shards, star_shards, constellation_level,
            surplus_shards
        FROM user_waifus
        WHERE user_id = $1
        ORDER BY waifu_id
        """,
        player,
    )


async def has(collection: Collection, player: int, waifus: dict[int, Owned]) -> None:
    """Gives a player a past, counters included."""
    await collection.database.bare.run(
        """
        -- has
        WITH counted AS (
            INSERT INTO roster (user_id, owned_count, power) VALUES ($1, $7, $8)
        )
        INSERT INTO user_waifus (
            user_id, waifu_id, current_star_level, character_shards, star_shards,
            constellation_level
        )
        SELECT $1, waifu_id, stars, shards, used, constellation
        FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[])
            AS had (waifu_id, stars, shards, used, constellation)
        """,
        player,
        list(waifus),
        [one.stars for one in waifus.values()],
        [one.character_shards for one in waifus.values()],
        [one.star_shards for one in waifus.values()],
        [one.constellation for one in waifus.values()],
        len(waifus),
        sum(rules.power(one.stars) for one in waifus.values()),
    )


async def worth_of(collection: Collection, player: int = 7) -> tuple[int, int]:
    answer = await collection.roster.GetRoster(pb.GetRosterRequest(user_id=player))
    return answer.owned_count, answer.power


# Granting.


async def test_a_grant_tells_what_became_of_each_waifu(stocked: Collection) -> None:
    answer = await stocked.roster.Grant(a_grant(6, 3, 1, 3))

    assert answer == pb.GrantResponse(
        granted=[
            pb.Granted(waifu_id=1, is_new=True, stars_after=1),
            pb.Granted(
                waifu_id=3,
                is_new=True,
                stars_after=3,
                shards_gained=50,
                character_shards=50,
                constellation_level=1,
            ),
            pb.Granted(waifu_id=6, is_new=True, stars_after=3),
        ],
        owned_count=3,
        power=1100,
    )


# Several players in one go.


async def test_each_of_several_grants_is_as_if_it_were_alone(stocked: Collection) -> None:
    for player in (3, 7, 8, 9):
        await has(stocked, player, {3: Owned(stars=3, character_shards=40)})
    pulls = {9: (3, 3, 3), 7: (1, 2), 8: (6, 6, 3, 1)}

    answer = await stocked.roster.BatchGrant(
        pb.BatchGrantRequest(requests=[a_grant(*pulls[player], player=player) for player in pulls])
    )

    for found, (player, waifus) in zip(answer.answers, pulls.items(), strict=True):
        # A twin with the same past gets the same alone.
        twin = 100 + player
        await has(stocked, twin, {3: Owned(stars=3, character_shards=40)})
        alone = await stocked.roster.Grant(a_grant(*waifus, player=twin))
        assert found.response == alone
        assert await rows_of(stocked, player) == await rows_of(stocked, twin)
        assert await worth_of(stocked, player) == await worth_of(stocked, twin)
    assert len(await rows_of(stocked, 3)) == 1


async def test_repeats_of_several_grants_hand_over_once(stocked: Collection) -> None:
    batch = pb.BatchGrantRequest(requests=[a_grant(1, 1, player=7), a_grant(2, player=8)])
    backwards = pb.BatchGrantRequest(requests=[*reversed(batch.requests)])

    answers = await asyncio.gather(
        *(stocked.roster.BatchGrant(batch) for _ in range(3)),
        *(stocked.roster.BatchGrant(backwards) for _ in range(3)),
        *(stocked.roster.Grant(one) for one in batch.requests),
    )

    assert answers[0] == answers[1] == answers[2]
    assert [*answers[3].answers] == [*reversed(answers[0].answers)]
    assert [one.response for one in answers[0].answers] == answers[6:]
    assert await rows_of(stocked, 7) == [Row(1, 1, 5, 0, 1, 0)]
    assert await rows_of(stocked, 8) == [Row(2, 2, 0, 0, 0, 0)]


async def test_an_unknown_waifu_of_one_takes_nothing_from_the_others(stocked: Collection) -> None:
    batch = pb.BatchGrantRequest(requests=[a_grant(1, player=7), a_grant(999, player=8)])

    with fails_with(grpc.StatusCode.INTERNAL):
        await stocked.roster.BatchGrant(batch)

    assert await rows_of(stocked, 7) == await rows_of(stocked, 8) == []
    await stocked.roster.Grant(batch.requests[0])
    assert await rows_of(stocked, 7) == [Row(1, 1, 0, 0, 0, 0)]


async def test_a_grant_is_one_round_trip(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(*range(1, 11)))
    statements = listen(stocked.database)

    await stocked.roster.Grant(a_grant(*range(5, 15)))

    assert statements() == ["grant"]


@pytest.mark.parametrize(
    ("before", "pulled", "after", "quartzs"),
    [
        (None, 1, (3, 0), 0),
        (Owned(3), 1, (3, 50), 0),
        (Owned(3, 50), 1, (3, 100), 0),
        (Owned(3, 100), 1, (4, 0), 0),
        (Owned(5, 340), 1, (6, 0), 40),
        (Owned(3, 145), 10, (5, 245), 0),
        (Owned(6, 0, 750), 1, (6, 0), 50),
    ],
)
async def test_the_vectors_of_the_rules_hold_in_the_database(
    stocked: Collection, before: Owned | None, pulled: int, after: tuple[int, int], quartzs: int
) -> None:
    await has(stocked, 7, {3: before} if before else {})

    answer = await stocked.roster.Grant(a_grant(*[3] * pulled))

    [row] = await rows_of(stocked)
    assert (row.current_star_level, row.character_shards) == after
    assert (answer.surplus_quartzs, row.surplus_shards) == (quartzs, quartzs)


async def test_one_star_with_45_shards_and_a_duplicate(stocked: Collection) -> None:
    await has(stocked, 7, {1: Owned(1, 45)})

    await stocked.roster.Grant(a_grant(1))

    assert await rows_of(stocked) == [Row(1, 2, 0, 50, 1, 0)]


@st.composite
def owned_waifus(draw: st.DrawFn) -> Owned:
    stars = draw(st.integers(1, rules.MAX_STARS))
    top = rules.next_star_cost(stars) - 1 if stars < rules.MAX_STARS else 0
    return Owned(
        stars, draw(st.integers(0, top)), draw(st.integers(0, 900)), draw(st.integers(0, 6))
    )


pasts = st.dictionaries(st.integers(1, len(RARITIES)), owned_waifus(), max_size=len(RARITIES))
pulls = st.lists(
    st.tuples(st.integers(1, len(RARITIES)), st.integers(1, 20)), min_size=1, max_size=30
).map(lambda runs: [waifu_id for waifu_id, count in runs for _ in range(count)][:100])
players = iter(range(1_000, 1_000_000))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(past=pasts, pulled=pulls)
async def test_the_statement_computes_what_the_rule_says(
    stocked: Collection, past: dict[int, Owned], pulled: list[int]
) -> None:
    player = next(players)
    await has(stocked, player, past)

    answer = await stocked.roster.Grant(a_grant(*pulled, player=player))

    expected = {
        waifu_id: rules.merge(past.get(waifu_id), RARITIES[waifu_id - 1], copies)
        for waifu_id, copies in rules.fold(pulled).items()
    }
    assert list(answer.granted) == [granted(past, number, one) for number, one in expected.items()]
    assert answer.surplus_quartzs == sum(one.surplus_quartzs for one in expected.values())

    after = past | {waifu_id: one.after for waifu_id, one in expected.items()}
    assert await rows_of(stocked, player) == [
        Row(
            number,
            one.stars,
            one.character_shards,
            one.star_shards,
            one.constellation,
            expected[number].surplus_quartzs if number in expected else 0,
        )
        for number, one in sorted(after.items())
    ]
    worth = len(after), sum(rules.power(one.stars) for one in after.values())
    assert (answer.owned_count, answer.power) == worth == await worth_of(stocked, player)
    before = sum(rules.power(one.stars) for one in past.values()), len(past)
    assert answer.risen_rank == rules.risen_rank(before, (worth[1], worth[0]))


def granted(past: dict[int, Owned], waifu_id: int, merged: rules.Merged) -> pb.Granted:
    return pb.Granted(
        waifu_id=waifu_id,
        is_new=merged.is_new,
        stars_before=past[waifu_id].stars if waifu_id in past else 0,
        stars_after=merged.after.stars,
        shards_gained=merged.shards_gained,
        character_shards=merged.after.character_shards,
        constellation_level=merged.after.constellation,
        surplus_quartzs=merged.surplus_quartzs,
    )


async def test_a_rank_is_told_when_it_rises_and_only_then(stocked: Collection) -> None:
    await has(stocked, 7, {number: Owned(4) for number in range(1, 5)})

    rises = await stocked.roster.Grant(a_grant(5))
    stays = await stocked.roster.Grant(a_grant(6))

    assert (rises.owned_count, rises.power, rises.risen_rank) == (5, 4250, 2)
    assert (stays.owned_count, stays.risen_rank) == (6, 0)


async def test_a_repeated_grant_hands_over_once(stocked: Collection) -> None:
    request = a_grant(3, 3, 4)

    answers = await asyncio.gather(*(stocked.roster.Grant(request) for _ in range(8)))
    answers.append(await stocked.roster.Grant(request))

    assert all(answer == answers[0] for answer in answers)
    assert await rows_of(stocked) == [Row(3, 3, 50, 0, 1, 0), Row(4, 1, 0, 0, 0, 0)]


async def test_many_grants_at_once_all_count(stocked: Collection) -> None:
    """Thirty-two ops of one player race for the same waifus and the same counters."""
    await asyncio.gather(*(stocked.roster.Grant(a_grant(3, 3, 6)) for _ in range(32)))

    third, sixth = rules.merge(None, 3, 64), rules.merge(None, 3, 32)
    assert [(row.current_star_level, row.surplus_shards) for row in await rows_of(stocked)] == [
        (6, third.surplus_quartzs),
        (6, sixth.surplus_quartzs),
    ]
    assert await worth_of(stocked) == (2, 8000)


async def test_the_same_op_for_something_else_changes_nothing(stocked: Collection) -> None:
    op_id = str(uuid.uuid4())
    await stocked.roster.Grant(a_grant(1, op_id=op_id))

    with refused("OP_REUSED"):
        await stocked.roster.Grant(a_grant(2, op_id=op_id))

    assert [row.waifu_id for row in await rows_of(stocked)] == [1]


async def test_two_steps_of_one_op_are_two_grants(stocked: Collection) -> None:
    op_id = str(uuid.uuid4())

    await stocked.roster.Grant(a_grant(1, op_id=op_id, step=1))
    await stocked.roster.Grant(a_grant(2, op_id=op_id, step=2))

    assert [row.waifu_id for row in await rows_of(stocked)] == [1, 2]


async def test_players_do_not_touch_each_other(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(1, 2, player=7))

    await stocked.roster.Grant(a_grant(1, 1, 1, player=8))

    assert await rows_of(stocked, 7) == [Row(1, 1, 0, 0, 0, 0), Row(2, 2, 0, 0, 0, 0)]
    assert await worth_of(stocked, 7) == (2, 350)


async def test_an_unknown_waifu_is_a_bug_of_the_caller_and_leaves_nothing(
    stocked: Collection,
) -> None:
    request = a_grant(1, 999)

    with fails_with(grpc.StatusCode.INTERNAL):
        await stocked.roster.Grant(request)

    assert await rows_of(stocked) == []
    assert await worth_of(stocked) == (0, 0)


async def test_a_grant_waits_for_an_import_that_brings_the_waifu(stocked: Collection) -> None:
    """A grant that failed for want of a waifu goes through when she is there: nothing was kept."""
    request = a_grant(25)
    with fails_with(grpc.StatusCode.INTERNAL):
        await stocked.roster.Grant(request)

    await import_rows(stocked.catalog, waifus=some_waifus(2, first=25))

    assert (await stocked.roster.Grant(request)).owned_count == 1


async def test_a_changed_rarity_does_not_break_what_somebody_owns(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(1, 2, 3))
    await import_rows(stocked.catalog, waifus=some_waifus(3))

    answer = await stocked.roster.Grant(a_grant(1))
    roster = await stocked.roster.GetRoster(pb.GetRosterRequest(user_id=7))

    # A duplicate is worth what is printed on her now; her stars stay her own.
    assert answer.granted[0] == pb.Granted(
        waifu_id=1,
        stars_before=1,
        stars_after=2,
        shards_gained=50,
        constellation_level=1,
    )
    assert list(roster.owned_by_rarity) == [0, 1, 2]
    assert (roster.owned_count, roster.power) == (3, 250 + 250 + 500)


@pytest.mark.parametrize("waifu_ids", [[], [1] * 101])
async def test_a_grant_has_its_limits(stocked: Collection, waifu_ids: list[int]) -> None:
    with fails_with(grpc.StatusCode.INVALID_ARGUMENT):
        await stocked.roster.Grant(a_grant(*waifu_ids))


# Showing.


def asked(player: int = 7, **more: Any) -> pb.ListOwnedWaifusRequest:
    return pb.ListOwnedWaifusRequest(user_id=player, **more)


async def all_pages(collection: Collection, request: pb.ListOwnedWaifusRequest) -> list[Any]:
    entries, page = [], await collection.roster.ListOwnedWaifus(request)
    while page.next_page_token:
        assert len(page.entries) == request.page_size
        entries += page.entries
        again = pb.ListOwnedWaifusRequest()
        again.CopyFrom(request)
        again.page_token = page.next_page_token
        page = await collection.roster.ListOwnedWaifus(again)
    return [*entries, *page.entries]


async def test_a_list_goes_by_stars_then_rarity_then_name(stocked: Collection) -> None:
    await has(stocked, 7, {number: Owned(1 + number % 5) for number in range(1, 25)})

    everybody = await all_pages(stocked, asked(page_size=100))

    order = [
        (-one.owned.current_star_level, -one.waifu.rarity, one.waifu.name, one.waifu.waifu_id)
        for one in everybody
    ]
    assert len(order) == 24
    assert order == sorted(order)


@pytest.mark.parametrize("size", [1, 5, 7, 8, 23, 24, 25])
async def test_pages_together_are_the_whole_list(stocked: Collection, size: int) -> None:
    await has(stocked, 7, {number: Owned(1 + number % 3) for number in range(1, 25)})
    whole = await stocked.roster.ListOwnedWaifus(asked(page_size=100))

    assert await all_pages(stocked, asked(page_size=size)) == list(whole.entries)


async def test_names_that_are_the_same_are_paged_by_id(collection: Collection) -> None:
    waifus = [a_waifu_row(waifu_id=str(number)) for number in range(1, 8)]
    await import_rows(collection.catalog, waifus=waifus)
    await collection.roster.Grant(a_grant(*range(1, 8)))

    entries = await all_pages(collection, asked(page_size=2))

    assert [entry.owned.waifu_id for entry in entries] == list(range(1, 8))


async def test_a_list_is_narrowed_by_words_and_series(collection: Collection) -> None:
    series = [a_series_row(), a_series_row(3, series_id="8", name="Other")]
    waifus = [
        a_waifu_row(2, waifu_id="1", name="Zoë Ōkami"),
        a_waifu_row(3, waifu_id="2", name="Bela", series_id="8"),
        a_waifu_row(4, waifu_id="3", name="100%_sure"),
    ]
    await import_rows(collection.catalog, series, waifus)
    await collection.roster.Grant(a_grant(1, 2, 3))
    await collection.database.bare.run(
        "-- nickname\nUPDATE user_waifus SET custom_nickname = 'Okapi_100%' WHERE waifu_id = 2"
    )

    async def shown(**filters: Any) -> list[int]:
        return sorted(e.owned.waifu_id for e in await all_pages(collection, asked(**filters)))

    assert await shown(query="oka") == [1, 2]
    assert await shown(query="okami") == [1]
    assert await shown(query="%") == [2, 3]
    assert await shown(query="i_1") == [2]
    assert await shown(query="nobody") == []
    assert await shown(series_id=8) == [2]
    assert await shown(series_id=8, query="okami") == []
    assert await shown(series_id=99) == []


async def test_a_page_is_one_round_trip(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(*range(1, 11)))
    statements = listen(stocked.database)

    await stocked.roster.ListOwnedWaifus(asked())
    await stocked.roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=7, waifu_id=1))
    await stocked.roster.GetRoster(pb.GetRosterRequest(user_id=7))

    assert statements() == ["list_owned", "find_owned", "get_worth"]


@pytest.mark.parametrize(
    "token", ["!", "AAAA", "CRePqkg8OqH_EgEzEgEzEgI5OBILWXV1IFl1dXRhbmk", "x" * 512]
)
async def test_a_token_of_another_list_is_a_bad_request(stocked: Collection, token: str) -> None:
    with fails_with(grpc.StatusCode.INVALID_ARGUMENT):
        await stocked.roster.ListOwnedWaifus(asked(page_token=token))


async def test_a_token_stays_with_its_filters_and_its_player(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(1, 2, 3))
    token = (await stocked.roster.ListOwnedWaifus(asked(page_size=1))).next_page_token

    for other in (asked(query="N"), asked(series_id=7), asked(player=8)):
        other.page_token = token
        with fails_with(grpc.StatusCode.INVALID_ARGUMENT):
            await stocked.roster.ListOwnedWaifus(other)


async def test_an_owned_waifu_is_shown_with_every_field(stocked: Collection) -> None:
    await stocked.roster.Grant(a_grant(3, 3))

    answer = await stocked.roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=7, waifu_id=3))

    assert (answer.waifu.name, answer.waifu.about) == ("N003", "She keeps the lamp.")
    assert answer.owned.HasField("obtain_time")
    answer.owned.ClearField("obtain_time")
    assert answer.owned == pb.OwnedWaifu(
        waifu_id=3,
        current_star_level=3,
        character_shards=50,
        constellation_level=1,
        bond_level=1,
        current_mood="neutral",
        next_star_cost=150,
        power=500,
    )


async def test_a_waifu_who_is_not_theirs_is_shown_without_what_they_have(
    stocked: Collection,
) -> None:
    await stocked.roster.Grant(a_grant(3, player=8))

    answer = await stocked.roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=7, waifu_id=3))

    assert answer.waifu.waifu_id == 3
    assert not answer.HasField("owned")


async def test_nobody_is_shown_for_an_unknown_id(stocked: Collection) -> None:
    with refused("WAIFU_NOT_FOUND", waifu_id="999"):
        await stocked.roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=7, waifu_id=999))


async def test_an_empty_collection_is_worth_nothing(stocked: Collection) -> None:
    roster = await stocked.roster.GetRoster(pb.GetRosterRequest(user_id=7))

    assert (roster.owned_count, roster.power, roster.catalog_count) == (0, 0, 24)
    assert list(roster.owned_by_rarity) == [0, 0, 0]
    assert not (await stocked.roster.ListOwnedWaifus(asked())).entries


async def own_page(roster: RosterServiceStub) -> list[str]:
    page = await roster.ListOwnedWaifus(asked())
    return [entry.waifu.name for entry in page.entries]


async def own_profile(roster: RosterServiceStub) -> list[str]:
    shown = await roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=7, waifu_id=25))
    return [shown.waifu.name]


@pytest.mark.parametrize("look", [own_page, own_profile])
async def test_who_was_imported_and_granted_a_moment_ago_is_shown(
    stocked: Collection, look: Callable[[RosterServiceStub], Awaitable[list[str]]]
) -> None:
    """A replica that has not seen the import yet shows the waifu all the same."""
    other = await stocked.house.start_another("collection")
    channel = dial(f"127.0.0.1:{other.port}", caller="bot")
    try:
        await import_rows(stocked.catalog, waifus=some_waifus(3, first=25))
        await stocked.roster.Grant(a_grant(25))

        assert await look(RosterServiceStub(channel)) == ["N025"]
    finally:
        await channel.close()
        await other.kill()
