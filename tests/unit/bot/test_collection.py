"""`/collection` and `/series`: whose, which of them, and what stays hidden."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway_bot import options
from gateway_bot.cogs.collection import Collection
from gateway_bot.cogs.series import Series as SeriesCog
from gateway_bot.refusals import Hint
from geminya.collection.v1.catalog_pb2 import (
    GetSeriesResponse,
    ListSeriesResponse,
    Series,
)
from geminya.collection.v1.roster_pb2 import (
    GetRosterResponse,
    ListAlbumResponse,
    ListOwnedWaifusResponse,
    ListSeriesProgressResponse,
    QuerySuggestion,
    RosterEntry,
    SeriesProgress,
    SuggestQueryResponse,
)
from geminya.users.v1.account_pb2 import (
    AccountBrief,
    BatchGetAccountsResponse,
    GetPlayerResponse,
    Settings,
)
from tests.unit.bot.builders import OWNER, STRANGER, a_waifu, an_entry, buttons, components, refused
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_queries import wrong
from tests.unit.bot.test_views import fits

FRIEND: Any = SimpleNamespace(id=STRANGER)


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    made.script("roster", "GetRoster", GetRosterResponse(owned_count=20, catalog_count=150))
    made.script("roster", "ListSeriesProgress", progress())
    yield made
    await made.clients.close()


def progress() -> ListSeriesProgressResponse:
    series = [SeriesProgress(series_id=5, name="Lanterns", owned_count=1, waifu_count=2)]
    return ListSeriesProgressResponse(series=series)


def owned(count: int, token: str = "", total: int = 0) -> ListOwnedWaifusResponse:
    entries = [an_entry(n + 1) for n in range(count)]
    return ListOwnedWaifusResponse(
        entries=entries, next_page_token=token, total_count=total or count
    )


def an_album(count: int, token: str = "", total: int = 0) -> ListAlbumResponse:
    entries = [RosterEntry(waifu=a_waifu(n + 1)) for n in range(count)]
    return ListAlbumResponse(entries=entries, next_page_token=token, total_count=total or count)


def friend(stage: Stage, *, is_hidden: bool = False) -> None:
    settings = Settings(is_collection_hidden=is_hidden)
    found = GetPlayerResponse(user_id=8, academy_name="Sun Hall", settings=settings)
    stage.script("account", "GetPlayer", found)


async def ran(stage: Stage, name: str, **options: Any) -> Act:
    cog: Any = Collection(stage)  # type: ignore[arg-type]
    act = Act()
    await getattr(cog, name).callback(cog, act, **options)
    return act


# ---- whose


async def test_ones_own_collection_is_the_usual_one(stage: Stage) -> None:
    asked = stage.script("roster", "ListOwnedWaifus", owned(2))
    for user in (None, SimpleNamespace(id=OWNER)):
        act = await ran(stage, "list_", query="fav:yes", user=user)
        fits(act.view)
    assert {request.user_id for request in asked.requests} == {7}
    assert {request.query for request in asked.requests} == {"fav:yes"}


async def test_an_open_collection_of_somebody_else_is_shown_with_its_name(stage: Stage) -> None:
    friend(stage)
    asked = stage.script("roster", "ListOwnedWaifus", owned(2))
    act = await ran(stage, "list_", user=FRIEND)
    assert asked.requests[0].user_id == 8
    assert "Sun Hall" in act.text
    assert stage.entered.requests == []


async def test_who_has_no_academy_gets_none_by_being_looked_at(stage: Stage) -> None:
    stage.script("account", "GetPlayer", refused("PLAYER_NOT_FOUND"))
    with pytest.raises(Exception, match="no"):
        await ran(stage, "list_", user=FRIEND)
    assert stage.entered.requests == []


async def test_a_search_and_who_is_missing_can_be_of_somebody_else(stage: Stage) -> None:
    friend(stage)
    asked = stage.script("roster", "ListOwnedWaifus", owned(2))
    album = stage.script("roster", "ListAlbum", an_album(8, "more", 20))
    account = AccountBrief(user_id=8, academy_name="Sun Hall")
    stage.script("account", "BatchGetAccounts", BatchGetAccountsResponse(accounts=[account]))

    act = await ran(stage, "search", query="fav:yes", user=FRIEND)
    assert "Sun Hall" in act.text
    act = await ran(stage, "missing", user=FRIEND)
    assert "Sun Hall" in act.text
    act = await stage.press(buttons(act.view)["Next"], Act(1))
    assert "Sun Hall" in act.text

    assert {request.user_id for request in (*asked.requests, *album.requests)} == {8}


@pytest.mark.parametrize("command", ["list_", "missing", "album_"])
async def test_a_hidden_collection_is_asked_for_nothing(stage: Stage, command: str) -> None:
    friend(stage, is_hidden=True)
    asked = stage.script("roster", "ListOwnedWaifus", owned(2))
    album = stage.script("roster", "ListAlbum", an_album(2))
    with pytest.raises(Hint) as raised:
        await ran(stage, command, user=FRIEND)
    assert raised.value.key == "hidden_collection"
    assert asked.requests == album.requests == []


@pytest.mark.parametrize("is_gone", [False, True])
async def test_a_collection_that_was_hidden_meanwhile_cannot_be_turned(
    stage: Stage, is_gone: bool
) -> None:
    friend(stage)
    asked = stage.script("roster", "ListOwnedWaifus", owned(8, "more", 20), owned(1))
    act = await ran(stage, "list_", user=FRIEND)
    hidden = AccountBrief(user_id=8, is_collection_hidden=True)
    accounts = BatchGetAccountsResponse(accounts=[] if is_gone else [hidden])
    stage.script("account", "BatchGetAccounts", accounts)
    before = len(asked.requests)

    with pytest.raises(Hint):
        await stage.press(buttons(act.view)["Next"], Act(1))

    assert len(asked.requests) == before


# ---- pages


async def test_a_turned_page_asks_for_the_same_people_of_the_same_owner(stage: Stage) -> None:
    friend(stage)
    asked = stage.script("roster", "ListOwnedWaifus", owned(8, "more", 20), owned(16))
    account = AccountBrief(user_id=8, academy_name="Sun Hall")
    stage.script("account", "BatchGetAccounts", BatchGetAccountsResponse(accounts=[account]))
    act = await ran(stage, "list_", query="fav:yes", series="5", user=FRIEND)

    act = await stage.press(buttons(act.view)["Next"], Act(1))

    last = asked.requests[-1]
    assert (last.user_id, last.query, last.series_id) == (8, "fav:yes", 5)
    assert "Page 2" in act.text
    assert "Sun Hall" in act.text


@pytest.mark.parametrize("command", ["list_", "missing", "album_"])
async def test_a_page_that_is_gone_meanwhile_is_the_first_one(stage: Stage, command: str) -> None:
    stage.script("roster", "ListOwnedWaifus", owned(8, "more", 20), owned(3))
    stage.script("roster", "ListAlbum", an_album(12, "more", 20), an_album(3))
    act = await ran(stage, command)
    act = await stage.press(buttons(act.view)["Next"], Act(1))
    assert "Waifu 1" in act.text


async def test_a_query_that_cannot_be_read_is_shown_where(stage: Stage) -> None:
    stage.script("roster", "ListOwnedWaifus", wrong("query", "at 0: there is no key frob"))
    stage.script("roster", "ListAlbum", wrong("query", "at 0: there is no key frob"))
    for name in ("list_", "search", "missing"):
        with pytest.raises(Hint) as raised:
            await ran(stage, name, query="frob:1")
        assert "frob:1\n▲" in raised.value.places["marked"]


# ---- who is missing, and the album


async def test_who_is_missing_is_asked_for_behind_the_query(stage: Stage) -> None:
    asked = stage.script("roster", "ListAlbum", an_album(3))
    act = await ran(stage, "missing", query="rarity>=2")
    fits(act.view)
    assert asked.requests[0].query == "rarity>=2 owned:no"
    await ran(stage, "missing", series="5")
    assert asked.requests[1].query == "owned:no"
    assert asked.requests[1].series_id == 5


async def test_the_longest_query_fits_into_the_contract_with_what_is_put_behind_it(
    stage: Stage,
) -> None:
    typed = await options.QueryText().transform(None, "x" * 300)  # type: ignore[arg-type]
    asked = stage.script("roster", "ListAlbum", an_album(3))
    await ran(stage, "missing", query=typed)
    assert len(asked.requests[0].query) <= 200


async def test_the_menu_opens_another_series(stage: Stage) -> None:
    asked = stage.script("roster", "ListAlbum", an_album(2))
    act = await ran(stage, "album_")
    (menu,) = [part for part in components(act.view) if part["type"] == 3]
    act = await stage.press(menu["custom_id"], Act(1, {"values": ["5"]}))
    fits(act.view)
    assert [request.series_id for request in asked.requests] == [0, 5]
    await stage.press(menu["custom_id"], Act(2, {"values": ["0"]}))
    assert asked.requests[-1].series_id == 0


async def test_the_album_draws_as_the_one_who_looks_wants_it(stage: Stage) -> None:
    friend(stage)
    stage.script("roster", "ListAlbum", an_album(2))
    await ran(stage, "album_", user=FRIEND)
    assert [player.user_id for player in stage.drawn_for] == [7]


async def test_a_query_completes_itself(stage: Stage) -> None:
    suggestions = [
        QuerySuggestion(query="rarity>=2 element:", description="長い" * 80),
        QuerySuggestion(query="x" * 101, description="too long for Discord"),
    ]
    asked = stage.script("roster", "SuggestQuery", SuggestQueryResponse(suggestions=suggestions))
    (choice,) = await options.query_choices(stage.clients, "rarity>=2 " + "x" * 300)
    assert choice.value == "rarity>=2 element:"
    assert len(choice.name) == 100
    assert len(asked.requests[0].query) <= 200


# ---- series


async def test_series_are_listed_and_looked_at(stage: Stage) -> None:
    rows = [Series(series_id=n, name=f"Story {n}", waifu_count=n) for n in range(1, 9)]
    listed = ListSeriesResponse(series=rows, next_page_token="more", total_count=20)
    asked = stage.script("catalog", "ListSeries", listed)
    one = GetSeriesResponse(series=Series(series_id=3, name="Story 3", waifu_count=2))
    stage.script("catalog", "GetSeries", one)
    cog: Any = SeriesCog(stage)  # type: ignore[arg-type]
    act = Act()

    await cog.list_.callback(cog, act, words="story")
    fits(act.view)
    look = [p["custom_id"] for p in components(act.view) if p.get("label") == "Look closer"]
    looked = await stage.press(look[2], Act(1))
    await stage.press(buttons(act.view)["Next"], Act(2))

    assert "Story 3" in looked.text
    assert "Page 1 of 3" in act.text
    assert {request.words for request in asked.requests} == {"story"}
