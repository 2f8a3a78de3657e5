"""`geminya shop` as an operator calls it, and `geminya content import --shop`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.economy.shelves import STAR, a_source, bought, shelve, use
from tests.integration.economy.shelves import a_use as a_wish
from tests.support.calls import refused
from tests.support.console import Operator, Said
from tests.support.game import Game

pytestmark = pytest.mark.timeout(240)
WHY = ("--reason", "a wrong price")
EVERYTHING = "SELECT * FROM economy.shop_items ORDER BY item_code"
AUDITED = "SELECT * FROM economy.audit WHERE action = '{}' ORDER BY at"


class Keeper(Operator):
    """Somebody who keeps the shop."""

    async def shop(self, *words: str) -> Said:
        """Runs `geminya shop …` to its end."""
        return await self.says("shop", *words)

    async def imports(self, text: str, *words: str) -> Said:
        """Runs `geminya content import --shop …` with a file of this text."""
        (self.folder / "shop.toml").write_text(text, encoding="utf-8")
        return await self.says("content", "import", "--shop", "shop.toml", *words)

    async def shelf(self) -> list[dict[str, Any]]:
        """All that an import can touch."""
        return await self.game.house.rows(EVERYTHING)


@pytest.fixture
async def keeper(game: Game, tmp_path: Path) -> Keeper:
    return Keeper(game, tmp_path)


async def test_everything_on_the_shelves_is_listed(keeper: Keeper) -> None:
    await shelve(keeper.game, a_source("few", stock_limit=9, user_limit=3, user_limit_period="day"))
    await keeper.game.has(7, crystals=100)
    await bought(keeper.game, 7, "few", 2)

    told = await keeper.shop("list")
    rows = json.loads((await keeper.shop("list", "--json")).out)
    tickets = json.loads((await keeper.shop("list", "--category", "tickets", "--json")).out)
    on_sale = json.loads((await keeper.shop("list", "--on-sale", "--json")).out)

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"{len(rows)} items, {len(on_sale)} on sale")
    assert len(rows) == await keeper.game.house.value("SELECT count(*) FROM economy.shop_items")
    [few] = [row for row in rows if row["item_code"] == "few"]
    assert few == {
        "item_code": "few",
        "name": "Lucky Coin",
        "category": "materials",
        "type": "material",
        "price": "10 crystals",
        "stock": 9,
        "sold": 2,
        "player_limit": "3 a day",
        "starts": None,
        "ends": None,
        "is_active": True,
        "is_on_sale": True,
    }
    assert {row["category"] for row in tickets} == {"tickets"}
    assert all(row["is_on_sale"] for row in on_sale)
    assert [row["price"] for row in rows if row["item_code"] == "pressed-petal"] == [None]
    for row in rows:
        assert row["item_code"] in told.out


async def test_an_item_says_what_it_does(keeper: Keeper) -> None:
    told = await keeper.shop("show", STAR)
    facts = json.loads((await keeper.shop("show", STAR, "--json")).out)

    assert facts["does"] == "summons 1 of 3 stars"
    for text in facts["name"], facts["description"], facts["does"]:
        assert text in told.out


async def test_an_item_is_told_first_and_ended_with_yes(keeper: Keeper) -> None:
    game = keeper.game
    await game.has(7, quartzs=600)
    await bought(game, 7, STAR)

    told = await keeper.shop("end", STAR, *WHY)

    assert (told.code, told.err) == (0, "")
    assert "yes → no" in told.out
    assert "nothing was changed" in told.out
    assert await game.house.rows(AUDITED.format("end_item")) == []

    done = await keeper.shop("end", STAR, *WHY, "--yes", "--op", told.op_id)
    again = await keeper.shop("end", STAR, *WHY, "--yes", "--op", told.op_id)

    assert (done.code, again.code) == (0, 0)
    [row] = await game.house.rows(AUDITED.format("end_item"))
    assert (row["user_id"], row["operator"], row["reason"]) == (0, "mina", WHY[1])
    assert (row["before"]["is_active"], row["after"]["is_active"]) == (True, False)
    with refused("ITEM_NOT_ON_SALE"):
        await bought(game, 7, STAR)
    # What was bought stays.
    assert len((await use(game, a_wish(7, STAR))).pulls) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("show", "moon-cheese"),
        ("show", "Moon Cheese"),
        ("end", "moon-cheese", *WHY, "--yes"),
        ("end", STAR, "--reason", "x", "--yes"),
        ("end", STAR, *WHY, "--op", "nothing"),
        ("list", "--category", "x" * 51),
    ],
)
async def test_what_cannot_be_is_one_sentence(keeper: Keeper, words: tuple[str, ...]) -> None:
    said = await keeper.shop(*words)

    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
    assert await keeper.game.house.rows(AUDITED.format("end_item")) == []


# Files.


GOOD = {
    "item_code": "lucky-coin",
    "name": "Lucky Coin",
    "category": "materials",
    "item_type": "material",
    "rarity": "common",
    "price": 10,
}
DAMAGES: list[tuple[dict[str, Any], str, str]] = [
    ({"item_code": "Lucky Coin"}, "item_code", "not a slug"),
    ({"name": " "}, "name", "empty"),
    ({"category": "Odds & Ends"}, "category", "not a slug"),
    ({"rarity": "mythic"}, "rarity", "'mythic' is none of"),
    ({"currency_type": "gold"}, "currency_type", "'gold' is none of"),
    ({"price": 10_001}, "price", "not between 0 and 10000 quartzs"),
    ({"stock_limit": -2}, "stock_limit", "-2 is neither"),
    ({"user_limit": -1}, "user_limit", "-1 is not"),
    ({"user_limit_period": "month"}, "user_limit_period", "'month' is none of"),
    ({"min_rank": -1}, "min_rank", "-1 is not a rank"),
    ({"lasts_hours": 9_000}, "lasts_hours", "not between 0 and 8760"),
    (
        {"start_time": "2026-02-01T00:00:00Z", "end_time": "2026-01-01T00:00:00Z"},
        "end_time",
        "not after the start",
    ),
    ({"item_type": "sword"}, "item_type", "'sword' is none of"),
    ({"effects": {"boost": 3}}, "effects", "boost means nothing to a material"),
    ({"item_type": "haste"}, "effects", "haste_minutes is missing"),
    (
        {"item_type": "guarantee_ticket", "effects": {"guarantee_rarity": 4}},
        "effects",
        "guarantee_rarity 4 is not 1, 2 or 3",
    ),
]
"""What is changed, the field that is named, and words of the reason."""


def toml_of(*items: dict[str, Any]) -> str:
    """A file with these items, five lines or more each."""
    return "\n".join(
        "[[item]]\n" + "\n".join(f"{name} = {_value(value)}" for name, value in item.items()) + "\n"
        for item in items
    )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


async def test_every_damage_of_a_file_is_named_with_its_line_and_nothing_is_written(
    keeper: Keeper,
) -> None:
    """At least ten kinds of damage beside a whole item, and one code that stands twice."""
    damaged = [
        GOOD | {"item_code": f"coin-{place}"} | change
        for place, (change, _, _) in enumerate(DAMAGES)
    ]
    text = toml_of(GOOD, *damaged, GOOD)
    before = await keeper.shelf()

    said = await keeper.imports(text)
    report = json.loads((await keeper.imports(text, "--json")).out)

    assert said.code == 1
    assert "nothing was written" in said.out
    assert report["is_written"] is False
    told = [(one["column"], one["reason"]) for one in report["problems"]]
    expected = [(field, words) for _, field, words in DAMAGES] + [("item_code", "stands twice")]
    assert len(told) == len(expected) > 10
    for (column, reason), (field, words) in zip(told, expected, strict=True):
        assert column == field
        assert words in reason
        assert reason in said.out
    lines = [one["line"] for one in report["problems"][:-1]]
    heads = [n for n, line in enumerate(text.split("\n"), 1) if line == "[[item]]"]
    assert lines == heads[1:-1]
    assert await keeper.shelf() == before
    assert await keeper.game.house.rows(AUDITED.format("import_shop")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[item]]\nitem_code = ", "shop.toml: "),
        ("[[things]]\na = 1\n", "only [[item]] belongs here"),
        (toml_of(GOOD | {"prize": 3}), "prize"),
        (toml_of(GOOD | {"price": "much"}), "price"),
        ("[[item]]\nstart_time = 2026-01-01\n", "has no time zone"),
        ("", "no [[item]] found"),
    ],
)
async def test_a_file_that_is_no_list_of_items_is_one_sentence(
    keeper: Keeper, text: str, words: str
) -> None:
    before = await keeper.shelf()

    said = await keeper.imports(text)

    assert said.code == 2
    assert words in said.err
    assert await keeper.shelf() == before


async def test_a_file_is_imported_once_with_its_audit_row(keeper: Keeper) -> None:
    done = await keeper.imports(toml_of(GOOD), "--reason", "a new coin")
    again = await keeper.imports(toml_of(GOOD), "--reason", "a new coin")

    assert "1 added, 0 changed, 0 unchanged" in done.out
    assert "0 added, 0 changed, 1 unchanged" in again.out
    [row] = await keeper.game.house.rows(AUDITED.format("import_shop"))
    assert (row["operator"], row["reason"]) == ("mina", "a new coin")
    assert (row["before"], list(row["after"])) == ({}, ["lucky-coin"])
