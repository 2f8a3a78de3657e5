"""Banners: shown as they are, imported as a whole, and made anew with every catalogue."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from chassis.postgres import DatabaseTrouble
from chassis.rpc.channel import dial
from console.sources import pieces, read_rows
from geminya.collection.v1 import catalog_pb2
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from services.economy.gacha import banners
from tests.support.calls import bad_request, fails_with, insist, refused
from tests.support.game import CONTENT, Game, a_summon
from tests.support.house import NOON, Houses
from tests.support.operators import an_act
from tests.unit.economy.banners import a_source, an_item
from tests.unit.economy.test_importing import DAMAGES, a_rate_up

KATELIJN, ADJOA = 1000121, 1000017
NEWCOMER = 2000001


async def shown(game: Game, banner_id: str = "standard") -> pb.Banner:
    return (await game.gacha.GetBanner(pb.GetBannerRequest(banner_id=banner_id))).banner


async def listed(game: Game, **asked: Any) -> list[str]:
    answer = await game.gacha.ListBanners(pb.ListBannersRequest(**asked))
    return [banner.banner_id for banner in answer.banners]


async def imported(
    game: Game, *sources: pb.SourceBanner, dry_run: bool = False
) -> pb.AdminImportBannersResponse:
    request = pb.AdminImportBannersRequest(act=an_act(), banners=sources, dry_run=dry_run)
    return await game.gacha.AdminImportBanners(request)


def counts(answer: pb.AdminImportBannersResponse) -> tuple[int, int, int]:
    return answer.added, answer.changed, answer.unchanged


async def everything(game: Game) -> list[Any]:
    """All that an import can touch."""
    return [
        await game.house.rows(f"SELECT * FROM economy.{table} ORDER BY 1, 2")
        for table in ("banners", "banner_items", "banner_versions")
    ]


async def versions(game: Game, banner_id: str = "standard") -> list[dict[str, Any]]:
    return await game.house.rows(
        "SELECT * FROM economy.banner_versions WHERE banner_id = $1 ORDER BY version", banner_id
    )


async def a_newcomer(game: Game) -> None:
    """A new version of the catalogue: one more waifu of three stars."""
    rows = read_rows(CONTENT / "waifus.csv")
    [row] = [row for row in rows if row.cells["waifu_id"] == str(KATELIJN).encode()]
    row.cells["waifu_id"], row.cells["name"] = str(NEWCOMER).encode(), b"Newcomer"

    async def stream() -> AsyncIterator[catalog_pb2.AdminImportCatalogRequest]:
        for piece in pieces([], [row], False, an_act()):
            yield piece

    assert (await game.catalog.AdminImportCatalog(stream())).is_written


# Showing.


async def test_a_banner_is_shown_with_price_and_faces(game: Game) -> None:
    banner = await shown(game, "captains-table")

    assert banner.type == pb.BANNER_TYPE_PREMIUM
    assert banner.name == "The Captain's Table"
    assert banner.price.amount == 100
    assert banner.is_open
    assert {KATELIJN, ADJOA} <= set(banner.featured_waifu_ids)
    assert len(banner.featured_waifu_ids) == 12


@pytest.mark.parametrize("method", ["GetBanner", "GetOdds"])
async def test_a_banner_that_is_not_there_is_not_found(game: Game, method: str) -> None:
    request = {"GetBanner": pb.GetBannerRequest, "GetOdds": pb.GetOddsRequest}[method]

    with refused("BANNER_NOT_FOUND", banner_id="winter"):
        await getattr(game.gacha, method)(request(banner_id="winter"))
    with bad_request("banner_id"):
        await getattr(game.gacha, method)(request(banner_id=""))


async def test_banners_are_listed_while_they_are_open_or_will_be(houses: Houses) -> None:
    clock = StoppedClock(NOON)
    game = Game(await houses(clock=clock))
    await game.stock()
    later = a_source("later", type="rate-up")
    later.start_time.FromDatetime(NOON + timedelta(days=1))
    over = a_source("over")
    over.end_time.FromDatetime(NOON)
    await imported(game, later, over, a_source("off", is_active=False))

    seen = await listed(game)

    assert seen[0] == "standard"
    assert set(seen) == {
        "standard", "later", "high-road-low-road", "the-long-interval", "captains-table"
    }  # fmt: skip
    assert set(await listed(game, with_closed=True)) == {*seen, "over", "off"}
    assert not (await shown(game, "later")).is_open
    clock.move(timedelta(days=1))
    assert (await shown(game, "later")).is_open


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("LAMP", {"standard"}),
        ("interval", {"the-long-interval"}),
        ("high-road", {"high-road-low-road"}),
        ("nothing such", set()),
    ],
)
async def test_banners_are_found_by_name_and_id(game: Game, words: str, found: set[str]) -> None:
    assert set(await listed(game, words=words)) == found


@pytest.mark.parametrize(
    "banner_id", ["standard", "high-road-low-road", "the-long-interval", "captains-table"]
)
async def test_the_odds_are_those_of_the_table_that_rolls(game: Game, banner_id: str) -> None:
    """Against the very row a summon names, with arithmetic of the test's own."""
    await game.has(7, crystals=100, quartzs=1000)
    await game.summon(a_summon(banner=banner_id))
    [row] = await game.house.rows(
        "SELECT * FROM economy.banner_versions WHERE id = "
        "(SELECT banner_version_id FROM economy.summons)"
    )
    answer = await game.gacha.GetOdds(pb.GetOddsRequest(banner_id=banner_id))

    body = row["body"]
    assert answer.version == row["version"]
    assert [[one.rarity, one.base_ppm] for one in answer.rarities] == body["odds"]
    for one in answer.rarities:
        pool = dict(body["pool"][str(one.rarity)])
        total = sum(pool.values())
        named = {waifu.waifu_id: waifu.ppb for waifu in one.featured}
        assert one.waifu_count == len(pool)
        for waifu_id, weight in pool.items():
            ppb = one.base_ppm * 1000 * weight / total
            assert abs(named.get(waifu_id, one.other_ppb) - ppb) <= 0.5
    assert sum(one.effective_ppm for one in answer.rarities) == pytest.approx(1_000_000, abs=2)
    assert answer.pity_limit == (50 if body["has_pity"] else 0)


# Importing.


async def test_the_same_file_again_changes_nothing(game: Game) -> None:
    before = await everything(game)

    sources = [a_source("standard", an_item(KATELIJN)), a_source("new")]
    first = await imported(game, *sources)
    there = await everything(game)
    again = await imported(game, *sources)

    assert counts(first) == (1, 1, 0)
    assert there != before
    assert counts(again) == (0, 0, 2)
    assert again.is_written
    assert await everything(game) == there


async def test_an_import_never_removes_a_banner(game: Game) -> None:
    before = await listed(game)

    await imported(game, a_source("new"))

    assert set(await listed(game)) == {*before, "new"}


async def test_an_import_takes_items_away_from_their_banner(game: Game) -> None:
    await imported(game, a_source("new", an_item(KATELIJN), an_item(ADJOA, 300_000)))

    await imported(game, a_source("new", an_item(ADJOA)))

    assert await game.house.rows(
        "SELECT item_id, drop_rate FROM economy.banner_items WHERE banner_id = 'new'"
    ) == [{"item_id": ADJOA, "drop_rate": None}]


async def test_a_dry_run_counts_and_writes_nothing(game: Game) -> None:
    before = await everything(game)

    answer = await imported(game, a_source("new"), a_source("standard"), dry_run=True)

    assert counts(answer) == (1, 1, 0)
    assert not answer.is_written
    assert await everything(game) == before
    assert "new" not in await listed(game)


async def test_a_damaged_file_names_everything_and_writes_nothing(game: Game) -> None:
    """At least ten kinds of damage beside a whole banner."""
    before = await everything(game)
    sources = [a_source("whole")]
    for place, damage in enumerate(DAMAGES):
        source = a_rate_up(f"banner-{place}", series_ids=[1000005])
        source.items[0].item_id = KATELIJN
        damage.values[0](source)
        sources.append(source)

    answer = await imported(game, *sources)

    named = {problem.banner_id for problem in answer.problems}
    assert len(sources) > 10
    assert named == {source.banner_id for source in sources[1:]}
    assert counts(answer) == (0, 0, 0)
    assert not answer.is_written
    assert await everything(game) == before


async def test_a_banner_that_would_roll_nobody_does_not_come_in(game: Game) -> None:
    answer = await imported(game, a_source("new", an_item(KATELIJN), type="premium"))

    [problem] = answer.problems
    assert (problem.field, problem.reason) == ("series_ids", "nobody of 2 stars can be pulled")
    with refused("BANNER_NOT_FOUND"):
        await shown(game, "new")


async def test_only_an_operator_imports(game: Game) -> None:
    stub = game.house.stub(GachaServiceStub, "economy", "bot")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminImportBanners(
            pb.AdminImportBannersRequest(act=an_act(), banners=[a_source("new")])
        )


@asynccontextmanager
async def another_replica(game: Game) -> AsyncIterator[Any]:
    """The operator's stub of a second economy on the same database."""
    running = await game.house.start_another("economy")
    channel = dial(f"127.0.0.1:{running.port}", caller="admin", default_timeout_s=10)
    try:
        yield GachaServiceStub(channel)
    finally:
        await channel.close()
        await running.kill()


async def test_an_import_compares_with_what_another_replica_wrote(game: Game) -> None:
    """It once compared with its own memory, found nothing new, and left the other's price."""
    old, new = a_source("new", cost=10), a_source("new", cost=30)
    await imported(game, old)
    async with another_replica(game) as other:
        await other.AdminImportBanners(pb.AdminImportBannersRequest(act=an_act(), banners=[new]))

    answer = await imported(game, old)

    assert counts(answer) == (0, 1, 0)
    assert await game.house.value("SELECT cost FROM economy.banners WHERE id = 'new'") == 10


async def test_two_imports_at_once_leave_one_whole_banner(game: Game) -> None:
    one = a_source("new", an_item(KATELIJN), cost=11)
    two = a_source("new", an_item(ADJOA), cost=22)
    async with another_replica(game) as other:
        await asyncio.gather(
            imported(game, one),
            other.AdminImportBanners(pb.AdminImportBannersRequest(act=an_act(), banners=[two])),
        )

    [row] = await game.house.rows(
        "SELECT cost, item_id FROM economy.banners JOIN economy.banner_items ON banner_id = id "
        "WHERE id = 'new'"
    )
    assert (row["cost"], row["item_id"]) in {(11, KATELIJN), (22, ADJOA)}


# Catalogues.


async def test_a_new_catalogue_makes_new_versions_and_keeps_the_old(game: Game) -> None:
    await game.has(7, crystals=100)
    await game.summon(a_summon())
    [before] = await versions(game)
    limited = await versions(game, "captains-table")

    await a_newcomer(game)
    await game.house.prepared()

    old, new = await versions(game)
    assert old == before
    assert (new["version"], new["id"] > old["id"], new["digest"] != old["digest"]) == (
        2,
        True,
        True,
    )
    assert [NEWCOMER, 1] in new["body"]["pool"]["3"]
    assert (await shown(game)).version == 2
    # Nothing of this banner's pool has changed.
    assert await versions(game, "captains-table") == limited
    assert (await game.summons(7))[0]["banner_version_id"] == old["id"]
    await game.invariants_hold()


async def test_the_same_catalogue_makes_no_new_version(game: Game) -> None:
    before = await everything(game)

    await game.house.prepared()
    await game.house.kill()
    await game.house.start()

    assert await everything(game) == before


async def test_an_import_does_not_swallow_the_news_of_a_catalogue(game: Game) -> None:
    """It reads the catalogue first. That once counted as following it, and no banner was made anew."""
    await a_newcomer(game)
    await imported(game, a_source("other"))

    await game.house.prepared()

    assert (await shown(game)).version == 2


async def test_news_of_a_catalogue_outlive_a_database_that_is_away(game: Game) -> None:
    """They were once lost when the tables could not be written at the first try."""
    await a_newcomer(game)
    await game.house.run("BEGIN; SELECT pg_advisory_xact_lock(8604)")
    with pytest.raises(DatabaseTrouble):
        await game.house.prepared()
    await game.house.run("ROLLBACK")

    await game.house.prepared()

    assert (await shown(game)).version == 2


async def test_a_banner_that_a_new_catalogue_breaks_stays_as_it_was(
    game: Game, logs: list[dict[str, Any]]
) -> None:
    """A waifu who changes her rarity may leave a pool empty; the others must not suffer from it."""
    lonely = a_source("lonely", an_item(KATELIJN), an_item(ADJOA), type="premium")
    await imported(game, lonely)
    before = await versions(game, "lonely")

    await a_newcomer(game)
    await game.house.run("UPDATE collection.waifus SET rarity = 2 WHERE waifu_id = $1", KATELIJN)
    await game.house.kill()
    await game.house.start()

    assert await versions(game, "lonely") == before
    assert (await insist(lambda: shown(game))).version == 2
    [broken] = [line for line in logs if line["event"] == "banner.broken"]
    assert (broken["banner_id"], "nobody of 3 stars" in broken["why"]) == ("lonely", True)


async def test_an_older_table_comes_back_as_the_version_it_was(game: Game) -> None:
    await imported(game, a_source("new", an_item(ADJOA, 500_000)))
    await imported(game, a_source("new", an_item(ADJOA, 400_000)))

    await imported(game, a_source("new", an_item(ADJOA, 500_000)))

    assert (await shown(game, "new")).version == 1
    assert len(await versions(game, "new")) == 2


async def test_a_price_alone_makes_no_new_version(game: Game) -> None:
    await imported(game, a_source("new", cost=10))
    await imported(game, a_source("new", cost=20))

    assert len(await versions(game, "new")) == 1
    assert (await shown(game, "new")).price.amount == 20


async def test_without_the_collection_banners_are_shown_and_imports_wait(game: Game) -> None:
    await game.house.running.pop("collection").kill()

    await game.house.prepared()

    assert "standard" in await listed(game)
    with fails_with(grpc.StatusCode.UNAVAILABLE, "not now"):
        await imported(game, a_source("new"))


async def test_the_economy_starts_without_the_collection(houses: Houses) -> None:
    house = await houses("users", "economy")
    game = Game(house)

    assert await listed(game) == []
    with refused("BANNER_NOT_FOUND"):
        await game.summon(a_summon())


async def test_before_the_first_catalogue_an_import_names_what_is_missing(houses: Houses) -> None:
    game = Game(await houses())

    answer = await imported(game, a_source("new"))

    assert [problem.reason for problem in answer.problems] == ["nobody of 1 stars can be pulled"]


async def test_memory_holds_a_bounded_number_of_tables(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(banners, "TABLES_KEPT", 2)
    read = counted_reads(game)
    for cost in range(3):
        await imported(game, a_source(f"new-{cost}", an_item(ADJOA, 1 + cost)))

    for _ in range(3):
        assert len(await listed(game)) == 7
    await game.house.prepared()

    # Asked for in turn, each is read again; a refresh alone reads none of them.
    before = read()
    await game.house.prepared()
    assert read() == before


def counted_reads(game: Game) -> Callable[[], int]:
    """How many tables were read so far."""
    database = game.house.database("economy")
    tell, labels = database.committed, []

    async def committed(label: str) -> None:
        labels.append(label)
        await tell(label)

    database.committed = committed  # type: ignore[method-assign]
    return lambda: labels.count("get_version_body")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE banner_versions SET version = 9",
        "DELETE FROM banner_versions",
        "UPDATE summons SET price = 1",
        "TRUNCATE summons",
    ],
)
async def test_the_service_cannot_change_what_proves_a_roll(game: Game, change: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await game.house.database("economy").bare.run(change)
