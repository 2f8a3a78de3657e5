"""What operators do with banners: every act once, with its audit row, and no summon under way notices."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from chassis.rpc import page
from chassis.wire import time_out
from geminya.common.v1.operator_pb2 import Act, Operator
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from tests.integration.economy.test_banners import ADJOA, KATELIJN, everything, shown, versions
from tests.support.calls import bad_request, fails_with, insist, outcomes, refused
from tests.support.game import Game, a_summon
from tests.support.house import NOON, Houses
from tests.unit.economy.banners import a_source, an_item

WEEK = timedelta(days=7)


def an_act(reason: str = "a better week", op_id: str | None = None) -> Act:
    by = Operator(name="mika", reason=reason, ticket="T-1")
    return Act(op_id=op_id or str(uuid.uuid4()), operator=by)


async def audited(game: Game) -> list[dict[str, Any]]:
    return await game.house.rows(
        "SELECT * FROM economy.audit WHERE action IN ('import_banners', 'schedule_banner') ORDER BY at"
    )


async def imported(game: Game, *sources: pb.SourceBanner, **asked: Any) -> Any:
    request = pb.AdminImportBannersRequest(banners=sources, act=an_act(), **asked)
    return await game.gacha.AdminImportBanners(request)


def a_schedule(banner_id: str = "standard", **asked: Any) -> pb.AdminScheduleBannerRequest:
    return pb.AdminScheduleBannerRequest(banner_id=banner_id, **{"act": an_act(), **asked})


# Importing.


async def test_an_import_is_written_down_with_what_it_changed(game: Game) -> None:
    await imported(game, a_source("new", cost=10))
    before = len(await audited(game))

    await imported(game, a_source("new", cost=11), a_source("other"), a_source("standard"))

    row = (await audited(game))[before:][0]
    assert (row["action"], row["user_id"], row["operator"]) == ("import_banners", 0, "mika")
    assert (row["reason"], row["ticket"]) == ("a better week", "T-1")
    assert row["before"].keys() == {"new", "standard"}
    assert row["after"].keys() == {"new", "other", "standard"}
    assert (row["before"]["new"]["cost"], row["after"]["new"]["cost"]) == (10, 11)


async def test_what_changes_nothing_is_not_written_down(game: Game) -> None:
    await imported(game, a_source("new"))
    before = await audited(game)

    again = await imported(game, a_source("new"))
    await imported(game, a_source("new", cost=12), dry_run=True)
    await imported(game, a_source("new", cost=0))

    assert again.unchanged == 1
    assert await audited(game) == before


async def test_an_act_imports_once(game: Game) -> None:
    act = an_act()
    request = pb.AdminImportBannersRequest(banners=[a_source("new", cost=11)], act=act)
    other = pb.AdminImportBannersRequest(banners=[a_source("new", cost=12)], act=act)

    await game.gacha.AdminImportBanners(request)
    again = await game.gacha.AdminImportBanners(request)
    with refused("OP_REUSED"):
        await game.gacha.AdminImportBanners(other)

    assert (again.unchanged, again.is_written) == (1, True)
    assert (await shown(game, "new")).price.amount == 11


async def test_an_import_warns_and_writes_all_the_same(game: Game) -> None:
    answer = await imported(game, a_source("new", an_item(KATELIJN), cost=99))

    assert {warning.field for warning in answer.warnings} == {"cost", "items"}
    assert answer.is_written
    assert not answer.problems
    assert (await shown(game, "new")).price.amount == 99


async def test_a_dry_run_warns_and_writes_nothing(game: Game) -> None:
    before = await everything(game)

    answer = await imported(game, a_source("new", cost=99), dry_run=True)

    assert [warning.field for warning in answer.warnings] == ["cost"]
    assert not answer.is_written
    assert await everything(game) == before


async def test_a_running_summon_stays_with_the_version_it_began_with(game: Game) -> None:
    """Edited between payment and roll: price and table are those of the beginning."""
    await imported(game, a_source("new", cost=10))
    await game.has(7, crystals=1_000)
    request = a_summon(banner="new")
    async with game.house.dies_at(4):
        await game.summon(request)
    await game.house.start()

    edited = a_source("new", an_item(KATELIJN, 999_999), cost=50, type="rate-up")
    await insist(lambda: imported(game, edited))
    await insist(lambda: game.gacha.AdminScheduleBanner(a_schedule("new", is_active=False)))
    await game.house.wakes_up()
    answer = await insist(lambda: game.summon(request))

    first, second = await versions(game, "new")
    [summon] = await game.summons(7)
    assert summon["banner_version_id"] == first["id"] != second["id"]
    assert (answer.price.amount, summon["price"]) == (100, 100)
    assert (await game.users.balances(7))["sakura_crystals"] == 900
    with refused("BANNER_CLOSED"):
        await game.summon(a_summon(banner="new"))
    await game.invariants_hold()


# Opening hours.


async def test_a_schedule_moves_what_is_named_and_nothing_else(game: Game) -> None:
    before = await shown(game, "captains-table")
    end = NOON + WEEK

    answer = await game.gacha.AdminScheduleBanner(
        a_schedule("captains-table", end_time=time_out(end))
    )

    after = await shown(game, "captains-table")
    assert answer.banner == after
    assert after.end_time.ToDatetime() == end.replace(tzinfo=None)
    after.end_time.CopyFrom(before.end_time)
    assert after == before
    [row] = [row for row in await audited(game) if row["action"] == "schedule_banner"]
    assert (row["operator"], row["reason"]) == ("mika", "a better week")
    assert row["before"] != row["after"]
    assert row["after"]["end_time"] == end.isoformat()
    # The table is the same, so there is no new version.
    assert len(await versions(game, "captains-table")) == 1


async def test_a_banner_is_ended_early_and_opened_again(houses: Houses) -> None:
    clock = StoppedClock(NOON)
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=500)

    await game.gacha.AdminScheduleBanner(a_schedule(end_time=time_out(NOON)))
    with refused("BANNER_CLOSED"):
        await game.summon(a_summon())
    await game.gacha.AdminScheduleBanner(a_schedule(end_time=time_out(NOON + WEEK)))
    await game.summon(a_summon())
    await game.gacha.AdminScheduleBanner(a_schedule(is_active=False))
    with refused("BANNER_CLOSED"):
        await game.summon(a_summon())
    await game.gacha.AdminScheduleBanner(a_schedule(is_active=True))
    await game.summon(a_summon())

    clock.move(WEEK)
    with refused("BANNER_CLOSED"):
        await game.summon(a_summon())


async def test_an_act_schedules_once(game: Game) -> None:
    request = a_schedule(end_time=time_out(NOON + WEEK))

    answers, reasons = await outcomes([game.gacha.AdminScheduleBanner(request) for _ in range(16)])
    other = a_schedule(act=request.act, is_active=False)
    with refused("OP_REUSED"):
        await game.gacha.AdminScheduleBanner(other)

    assert reasons == []
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert len([row for row in await audited(game) if row["action"] == "schedule_banner"]) == 1
    assert (await shown(game)).is_active


async def test_schedules_at_once_leave_one_whole_banner(game: Game) -> None:
    moves = [
        a_schedule(start_time=time_out(NOON - n * WEEK), end_time=time_out(NOON + n * WEEK))
        for n in range(1, 17)
    ]

    await asyncio.gather(*map(game.gacha.AdminScheduleBanner, moves))

    banner = await shown(game)
    assert (NOON - banner.start_time.ToDatetime(NOON.tzinfo)) == (
        banner.end_time.ToDatetime(NOON.tzinfo) - NOON
    )
    rows = [row for row in await audited(game) if row["action"] == "schedule_banner"]
    # Each one saw what another one had left, and no two saw the same.
    ends_before = {row["before"]["end_time"] for row in rows}
    ends_after = {row["after"]["end_time"] for row in rows}
    assert len(ends_before) == len(ends_after) == len(rows) == 16
    assert len(ends_after - ends_before) == 1


async def test_a_schedule_that_ends_before_it_begins_is_named(game: Game) -> None:
    before = await everything(game)
    for wrong in (
        {"start_time": time_out(NOON), "end_time": time_out(NOON)},
        {"start_time": time_out(NOON.replace(year=2099))},
    ):
        with bad_request("end_time", "not after the start"):
            await game.gacha.AdminScheduleBanner(a_schedule(**wrong))
    far = a_schedule()
    far.end_time.seconds = 10**14
    with bad_request("end_time", "is no moment"):
        await game.gacha.AdminScheduleBanner(far)
    with bad_request("act"):
        await game.gacha.AdminScheduleBanner(pb.AdminScheduleBannerRequest(banner_id="standard"))

    assert await everything(game) == before
    assert not [row for row in await audited(game) if row["action"] == "schedule_banner"]


# Looking.


async def test_versions_are_counted_with_their_summons(game: Game) -> None:
    await game.has(7, crystals=1_000)
    await imported(game, a_source("new", an_item(ADJOA, 500_000)))
    for _ in range(2):
        await game.summon(a_summon(banner="new"))
    await imported(game, a_source("new", an_item(ADJOA, 400_000)))
    await game.summon(a_summon(banner="new", count=1))

    answer = await game.gacha.AdminListBannerVersions(
        pb.AdminListBannerVersionsRequest(banner_id="new")
    )

    told = [(one.version, one.is_in_force, one.summon_count) for one in answer.versions]
    assert told == [(2, True, 1), (1, False, 2)]
    stored = await versions(game, "new")
    assert [one.digest for one in answer.versions] == [
        row["digest"].hex()[:16] for row in reversed(stored)
    ]


CALLS = {
    "AdminListBannerVersions": pb.AdminListBannerVersionsRequest(banner_id="winter"),
    "AdminSimulateBanner": pb.AdminSimulateBannerRequest(banner_id="winter"),
    "AdminScheduleBanner": a_schedule("winter", is_active=True),
    "ListBannerPool": pb.ListBannerPoolRequest(banner_id="winter"),
}


@pytest.mark.parametrize("method", CALLS)
async def test_a_banner_that_is_not_there_is_not_found(game: Game, method: str) -> None:
    with refused("BANNER_NOT_FOUND", banner_id="winter"):
        await getattr(game.gacha, method)(CALLS[method])


@pytest.mark.parametrize("method", [name for name in CALLS if name.startswith("Admin")])
async def test_only_an_operator_may(game: Game, method: str) -> None:
    stub = game.house.stub(GachaServiceStub, "economy", "bot")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await getattr(stub, method)(CALLS[method])


# The pool.

BANNERS = ("standard", "high-road-low-road", "the-long-interval", "captains-table")


async def pool_of(game: Game, banner_id: str, **asked: Any) -> list[pb.PoolWaifu]:
    found: list[pb.PoolWaifu] = []
    token = ""
    while True:
        answer = await game.gacha.ListBannerPool(
            pb.ListBannerPoolRequest(banner_id=banner_id, page_token=token, **asked)
        )
        found += answer.waifus
        token = answer.next_page_token
        if not token:
            assert answer.total_count == len(found)
            return found


@pytest.mark.parametrize("banner_id", BANNERS)
async def test_a_pool_is_everybody_that_rolls_with_her_chance(game: Game, banner_id: str) -> None:
    [row] = await versions(game, banner_id)
    body = row["body"]
    odds = dict(body["odds"])

    found = await pool_of(game, banner_id, page_size=7)

    expected = {
        waifu_id: (int(rarity), odds[int(rarity)] * 1000 * weight / sum(w for _, w in pool))
        for rarity, pool in body["pool"].items()
        for waifu_id, weight in pool
    }
    assert len(found) == len(expected)
    for one in found:
        rarity, ppb = expected[one.waifu_id]
        assert one.rarity == rarity
        assert abs(one.ppb - ppb) <= 0.5
        assert one.is_featured == (one.waifu_id in body["featured"])
    order = [(not one.is_featured, -one.rarity, one.waifu_id) for one in found]
    assert order == sorted(order)


@pytest.mark.parametrize("size", [1, 25, 100])
async def test_pages_of_a_pool_hold_everybody_once(game: Game, size: int) -> None:
    whole = await pool_of(game, "high-road-low-road", min_rarity=3, page_size=size)

    assert {one.rarity for one in whole} == {3}
    assert whole == [one for one in await pool_of(game, "high-road-low-road") if one.rarity == 3]


@pytest.mark.parametrize(
    "token",
    ["no token", page.encode(("pool", "standard", 0), ("a", "b", "c")),
     page.encode(("pool", "standard", 1), (0, -3, 1)), page.encode(("ledger", 7), ("3", "4"))],
)  # fmt: skip
async def test_a_forged_token_is_named_as_one(game: Game, token: str) -> None:
    with bad_request("page_token"):
        await game.gacha.ListBannerPool(
            pb.ListBannerPoolRequest(banner_id="standard", page_token=token)
        )


# Simulation.


@pytest.mark.parametrize("banner_id", BANNERS)
async def test_a_simulation_tells_costs_and_a_day(game: Game, banner_id: str) -> None:
    answer = await game.gacha.AdminSimulateBanner(
        pb.AdminSimulateBannerRequest(banner_id=banner_id, players=100)
    )

    banner = await shown(game, banner_id)
    odds = await game.gacha.GetOdds(pb.GetOddsRequest(banner_id=banner_id))
    assert answer.odds == odds
    assert not answer.problems
    assert not answer.warnings
    top = answer.costs[0]
    assert (top.what, top.mean_pulls_milli) == ("any three-star waifu", odds.mean_pulls_milli)
    assert answer.price_per_three_star_milli == top.mean_price_milli
    assert top.mean_price_milli == pytest.approx(odds.mean_pulls_milli * banner.price.amount, 1e-3)
    assert sum(flow.amount_milli for flow in answer.income) == pytest.approx(0, abs=2)
    spent = -answer.income[-1].amount_milli
    assert answer.pulls_per_day_milli == pytest.approx(spent / banner.price.amount, abs=1)


async def test_a_banner_is_simulated_before_it_is_there(game: Game) -> None:
    before = await everything(game)
    whole = a_source("new", an_item(KATELIJN), type="rate-up", cost=40)
    broken = a_source("new", an_item(99), cost=0)

    good = await game.gacha.AdminSimulateBanner(pb.AdminSimulateBannerRequest(source=whole))
    bad = await game.gacha.AdminSimulateBanner(pb.AdminSimulateBannerRequest(source=broken))

    assert [warning.field for warning in good.warnings] == ["cost"]
    assert [cost.what for cost in good.costs][-1] == "one named featured three-star waifu"
    assert {problem.field for problem in bad.problems} == {"cost", "item_id"}
    assert not bad.costs
    assert await everything(game) == before


async def test_a_simulation_is_of_one_banner(game: Game) -> None:
    for request in (
        pb.AdminSimulateBannerRequest(),
        pb.AdminSimulateBannerRequest(banner_id="standard", source=a_source("new")),
    ):
        with bad_request("source", "stands alone"):
            await game.gacha.AdminSimulateBanner(request)


async def test_others_are_answered_while_a_banner_is_simulated(game: Game) -> None:
    slow = asyncio.create_task(
        game.gacha.AdminSimulateBanner(
            pb.AdminSimulateBannerRequest(banner_id="high-road-low-road", players=10_000)
        )
    )
    answered = 0
    while not slow.done():
        await shown(game)
        answered += 1

    assert (await slow).costs
    assert answered > 5
