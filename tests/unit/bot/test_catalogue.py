"""Names are asked for together and once, and a summon is told even without them."""

from typing import Any

from gateway_bot.catalogue import KEPT_S, Catalogue
from geminya.collection.v1.catalog_pb2 import BatchGetWaifusRequest, BatchGetWaifusResponse
from tests.unit.bot.builders import a_waifu, trouble


class Catalog:
    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.is_away = False

    async def BatchGetWaifus(self, request: BatchGetWaifusRequest) -> BatchGetWaifusResponse:
        self.asked.append([*request.waifu_ids])
        if self.is_away:
            raise trouble()
        return BatchGetWaifusResponse(waifus=map(a_waifu, request.waifu_ids))


def a_catalogue(catalog: Catalog, now: list[float]) -> Catalogue:
    stub: Any = catalog
    return Catalogue(stub, now=lambda: now[0])


async def test_ten_names_are_one_question_and_known_for_a_while() -> None:
    catalog, now = Catalog(), [0.0]
    catalogue = a_catalogue(catalog, now)
    for moment in (0.0, KEPT_S / 2):
        now[0] = moment
        assert (await catalogue.waifus([3, 1, 3]))[3].name == "Waifu 3"
    assert catalog.asked == [[3, 1]]


async def test_without_a_catalogue_the_names_are_missing_and_nothing_else() -> None:
    catalog = Catalog()
    catalog.is_away = True
    assert await a_catalogue(catalog, [0.0]).waifus([1, 2]) == {}


async def test_a_catalogue_that_went_away_is_still_known_by_its_old_names() -> None:
    catalog, now = Catalog(), [0.0]
    catalogue = a_catalogue(catalog, now)
    await catalogue.waifus([1])
    catalog.is_away, now[0] = True, KEPT_S + 1
    assert (await catalogue.waifus([1]))[1].name == "Waifu 1"
