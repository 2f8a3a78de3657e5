"""What is typed is cleaned, understood and completed in time."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from discord import app_commands

from gateway_bot import options
from gateway_bot.refusals import Hint
from geminya.collection.v1.catalog_pb2 import (
    SearchSeriesResponse,
    SearchWaifusResponse,
    Series,
)
from geminya.collection.v1.roster_pb2 import ListOwnedWaifusResponse
from geminya.economy.v1.gacha_pb2 import ListBannersResponse
from geminya.economy.v1.shop_pb2 import GetItemResponse, Item, ItemEffects, ShelfItem
from tests.unit.bot.builders import a_banner, a_waifu, an_entry, trouble

Choice = app_commands.Choice[str]


def answering(answer: Any) -> Any:
    async def call(request: Any) -> Any:
        call.requests.append(request)  # type: ignore[attr-defined]
        return answer

    call.requests = []  # type: ignore[attr-defined]
    return call


def clients(**methods: Any) -> Any:
    async def glance(_: int) -> Any:
        return SimpleNamespace(user_id=7)

    service = SimpleNamespace(**methods)
    players = SimpleNamespace(glance=glance)
    return SimpleNamespace(
        gacha=service, catalog=service, roster=service, shop=service, players=players
    )


async def test_choices_that_are_late_are_none() -> None:
    async def slowly() -> list[Choice]:
        await asyncio.sleep(5)
        return [app_commands.Choice(name="late", value="late")]

    started = time.monotonic()
    assert await options.quickly(slowly()) == []
    assert time.monotonic() - started < options.BUDGET_S + 0.2


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL])
async def test_choices_of_a_service_in_trouble_are_none(code: grpc.StatusCode) -> None:
    async def broken() -> list[Choice]:
        raise trouble(code)

    assert await options.quickly(broken()) == []


async def test_there_are_never_more_choices_than_discord_shows() -> None:
    async def many() -> list[Choice]:
        return [app_commands.Choice(name=str(n), value=str(n)) for n in range(60)]

    assert len(await options.quickly(many())) == 25


async def test_own_waifus_come_first_and_once() -> None:
    found = await options.waifu_choices(
        clients(
            ListOwnedWaifus=answering(ListOwnedWaifusResponse(entries=[an_entry(2)])),
            SearchWaifus=answering(SearchWaifusResponse(waifus=[a_waifu(1), a_waifu(2)])),
        ),
        111,
        "wai",
    )
    assert [choice.value for choice in found] == ["2", "1"]
    assert "yours" in found[0].name


@pytest.mark.parametrize("typed", ["Sae: Encore", '"Sae: Encore', "-Sae: Encore"])
async def test_whatever_is_typed_is_a_name_and_no_query(typed: str) -> None:
    owned = answering(ListOwnedWaifusResponse())
    made = clients(ListOwnedWaifus=owned, SearchWaifus=answering(SearchWaifusResponse()))
    await options.waifu_choices(made, 111, typed)
    await options.own_waifu_choices(made, 111, typed)
    name = typed.strip('"')
    assert [request.query for request in owned.requests] == [f'"{name}"'] * 2


async def test_a_long_name_is_cut_to_what_discord_shows() -> None:
    waifus = SearchWaifusResponse(waifus=[a_waifu(1, name="A" * 90, series="B" * 90)])
    owned = answering(ListOwnedWaifusResponse())
    made = clients(ListOwnedWaifus=owned, SearchWaifus=answering(waifus))
    found = await options.waifu_choices(made, 111, "x" * 300)
    assert len(found[0].name) == 100
    assert owned.requests[0].query == f'"{"x" * 100}"'


async def test_banners_and_series_complete_by_name() -> None:
    banners = clients(ListBanners=answering(ListBannersResponse(banners=[a_banner()])))
    series = Series(series_id=5, name="Lanterns", waifu_count=9)
    many = clients(SearchSeries=answering(SearchSeriesResponse(series=[series])))
    assert (await options.banner_choices(banners, "lan"))[0].value == "lanterns"
    assert (await options.series_choices(many, "lan"))[0].value == "5"


@pytest.mark.parametrize(("item", "rarity"), [("three-star", 3), ("", 0), ("Three Star!", 0)])
async def test_a_ticket_completes_with_whom_it_can_bring(item: str, rarity: int) -> None:
    ticket = ShelfItem(item=Item(effects=ItemEffects(guarantee_rarity=3)))
    waifus = answering(SearchWaifusResponse(waifus=[a_waifu(4, name="Mina")]))
    series = answering(SearchSeriesResponse(series=[Series(series_id=5, name="Lanterns")]))
    made = clients(
        GetItem=answering(GetItemResponse(item=ticket)), SearchWaifus=waifus, SearchSeries=series
    )

    assert [one.value for one in await options.ticket_choices(made, item, "mi")] == ["4"]
    assert [one.value for one in await options.ticket_series_choices(made, item, "lan")] == ["5"]

    for [request] in (waifus.requests, series.requests):
        assert request.rarity == rarity
        # Discord shows 25, and the service refuses more.
        assert request.page_size == 25


async def test_a_banner_is_found_by_id_without_a_call_and_by_name_with_one() -> None:
    listed = answering(ListBannersResponse(banners=[a_banner()]))
    made = clients(ListBanners=listed)
    assert await options.banner_id(made, "spring-26") == "spring-26"
    assert listed.requests == []
    assert await options.banner_id(made, "Night of") == "lanterns"


@pytest.mark.parametrize("typed", ["0", "99999999999", "Nobody", "-1", "١"])
async def test_a_waifu_that_nobody_knows_is_a_hint(typed: str) -> None:
    made = clients(SearchWaifus=answering(SearchWaifusResponse()))
    with pytest.raises(Hint) as hint:
        await options.waifu_id(made, typed)
    assert hint.value.key == "no_waifu"


async def test_a_waifu_is_found_by_number_and_by_name() -> None:
    made = clients(SearchWaifus=answering(SearchWaifusResponse(waifus=[a_waifu(9)])))
    assert await options.waifu_id(made, "12") == 12
    assert await options.waifu_id(made, "Waifu") == 9


async def test_no_series_is_every_series() -> None:
    made = clients(SearchSeries=answering(SearchSeriesResponse()))
    assert await options.series_id(made, None) == 0
    assert await options.series_id(made, "12") == 12
    with pytest.raises(Hint):
        await options.series_id(made, "Nothing")


async def test_a_name_is_typed_with_the_lengths_of_the_contract() -> None:
    name = options.AcademyName()
    assert (name.min_value, name.max_value) == (3, 32)
    assert await name.transform(SimpleNamespace(), "  Ｍoon \n Hall ") == "Moon Hall"  # type: ignore[arg-type]
