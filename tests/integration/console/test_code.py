"""`geminya code` as an operator calls it, on a house that runs."""

import json
import stat
from pathlib import Path

import pytest

from tests.integration.economy.codes import Codes
from tests.support.console import Operator, Said
from tests.support.game import Game

WHY = ("--reason", "a festival")
NEW_YEAR = ("--ends", "2027-01-01")


class Keeper(Operator):
    """Somebody who makes codes."""

    async def code(self, *words: str) -> Said:
        """Runs `geminya code …` to its end."""
        return await self.says("code", *words)

    async def batches(self) -> int:
        """How many there are."""
        return await self.game.house.value("SELECT count(*) FROM economy.gift_code_batches")


@pytest.fixture
async def keeper(game: Game, tmp_path: Path) -> Keeper:
    await game.users.has(7, crystals=1)
    return Keeper(game, tmp_path)


async def test_codes_are_told_first_and_made_with_yes(keeper: Keeper) -> None:
    asked = ("create", "--name", "May", "--count", "5", "--crystals", "100", "--limit", "1", *WHY)

    told = await keeper.code(*asked)

    assert (told.code, told.err) == (0, "")
    assert "100 crystals" in told.out
    assert "nothing was changed" in told.out
    assert await keeper.batches() == 0
    op_id = told.out.rpartition("--op ")[2].split("`")[0]

    made = await keeper.code(*asked, "--yes", "--op", op_id)
    again = await keeper.code(*asked, "--yes", "--op", op_id)

    assert made.code == 0
    words = [line for line in made.out.splitlines() if len(line) == 14 and line.count("-") == 2]
    assert len(set(words)) == 5
    assert again.out == made.out
    assert await keeper.batches() == 1
    [row] = await keeper.audit("economy")
    assert (row["user_id"], row["operator"], row["reason"]) == (0, "mina", "a festival")
    assert row["after"]["count"] == 5
    assert not [word for word in words if word in str(row)]
    await Codes(keeper.game).redeem(7, words[2])


async def test_words_go_into_a_file_that_only_its_owner_reads(keeper: Keeper) -> None:
    asked = ("create", "--name", "May", "--count", "3", "--quartz", "5", *WHY, "--out", "may.txt")

    made = await keeper.code(*asked, "--yes")
    again = await keeper.code(*asked, "--yes")

    file = keeper.folder / "may.txt"
    words = file.read_text().split()
    assert (made.code, len(words)) == (0, 3)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [word for word in words if word in made.out]
    assert (again.code, "is there already" in again.err) == (2, True)
    assert await keeper.batches() == 1


async def test_a_word_is_made_shown_redeemed_and_ended(keeper: Keeper) -> None:
    made = await keeper.code(
        *("create", "--name", "Night", "--word", "lantern-night", "--waifu", "1000001"),
        *("--item", "two-star-series=2", "--limit", "99", *NEW_YEAR, *WHY, "--yes", "--json"),
    )
    [row] = json.loads(made.out)
    assert row["code"] == "LANTERN-NIGHT"
    await Codes(keeper.game).redeem(7)

    shown = json.loads((await keeper.code("show", "Lantern-Night", "--json")).out)
    assert (shown["batch_id"], shown["used_of_this_code"]) == (row["batch_id"], 1)
    assert shown["gives"] == "2 × two-star-series, waifu 1000001"
    [listed] = json.loads((await keeper.code("list", "--json")).out)
    assert listed.items() <= shown.items()
    [had] = json.loads((await keeper.code("redemptions", "--user-id", "7", "--json")).out)
    assert (had["user_id"], had["name"]) == (7, "Night")

    told = await keeper.code("end", row["batch_id"], *WHY)
    assert "nothing was changed" in told.out
    assert json.loads((await keeper.code("list", "--json")).out)
    ended = await keeper.code("end", row["batch_id"], *WHY, "--yes")
    assert "is active             no" in ended.out
    assert json.loads((await keeper.code("list", "--json")).out) == []
    assert len(json.loads((await keeper.code("list", "--ended", "--json")).out)) == 1
    missing = await keeper.code("show", "NOTHING-HERE")
    assert (missing.code, "CODE_NOT_FOUND" in missing.err) == (2, True)


DAMAGED = """
[[code]]
name = "Whole"
count = 3
crystals = 100

[[code]]
name = "A key too many"
count = 3
crytals = 100

[[code]]
name = "Money as text"
count = 3
crystals = "100"

[[code]]
count = 3
crystals = 100

[[code]]
name = "Neither word nor count"
crystals = 100

[[code]]
name = "Both"
word = "LANTERN-NIGHT"
count = 3
crystals = 100

[[code]]
name = "No time zone"
count = 3
crystals = 100
ends = 2027-01-01T00:00:00

[[code]]
name = "Below nothing"
count = 3
crystals = -1

[[code]]
name = "Items as a list"
count = 3
items = ["two-star-series"]

[[code]]
name = "Waifus by name"
count = 3
waifus = ["Sae"]

[[code]]
name = "The same word"
word = "lantern-night"
crystals = 100
"""
WRONG = """
[[code]]
name = "Whole"
count = 3
crystals = 100

[[code]]
name = "Nothing to give"
count = 3

[[code]]
name = "Too much"
count = 3
crystals = 100000000

[[code]]
name = "Too many"
count = 3000
crystals = 100

[[code]]
name = "Nobody"
count = 3
waifus = [5]

[[code]]
name = "By hand, without limit and end"
word = "LANTERN-NIGHT"
crystals = 100

[[code]]
name = "Short"
word = "ABC"
crystals = 100
limit = 5
ends = 2027-01-01T00:00:00Z

[[code]]
name = "No word"
word = "what is this?"
crystals = 100
limit = 5
ends = 2027-01-01T00:00:00Z

[[code]]
name = "Over"
count = 3
crystals = 100
ends = 2020-01-01T00:00:00Z

[[code]]
name = "Backwards"
count = 3
crystals = 100
starts = 2028-01-01T00:00:00Z
ends = 2027-01-01T00:00:00Z

[[code]]
name = "No item"
count = 3
items = { "No Item" = 1 }
"""


@pytest.mark.parametrize("text", [DAMAGED, WRONG])
@pytest.mark.parametrize("yes", [(), ("--yes",)])
async def test_ten_kinds_of_damage_are_all_named_and_nothing_is_written(
    keeper: Keeper, text: str, yes: tuple[str, ...]
) -> None:
    (keeper.folder / "codes.toml").write_text(text)

    said = await keeper.code("create", "--file", "codes.toml", *WHY, *yes)

    lines = [number for number, line in enumerate(text.split("\n"), 1) if line == "[[code]]"]
    named = [line for line in said.err.splitlines() if line.startswith("codes.toml:")]
    assert said.code == 1
    assert [int(line.split(":")[1]) for line in named] == lines[1:], said.err
    assert "10 problems; nothing was written" in said.err
    assert await keeper.batches() == 0


async def test_a_file_of_several_batches_is_made_once(keeper: Keeper) -> None:
    (keeper.folder / "codes.toml").write_text(
        """
        [[code]]
        name = "Stream"
        count = 20
        crystals = 100
        items = { two-star-series = 1 }
        limit = 1

        [[code]]
        name = "Night"
        word = "LANTERN-NIGHT"
        waifus = [1000001]
        limit = 99
        ends = 2027-01-01T00:00:00+07:00
        """
    )
    asked = ("create", "--file", "codes.toml", *WHY)
    told = await keeper.code(*asked)
    op_id = told.out.rpartition("--op ")[2].split("`")[0]

    first = await keeper.code(*asked, "--yes", "--op", op_id, "--json")
    again = await keeper.code(*asked, "--yes", "--op", op_id, "--json")

    assert (first.code, again.out) == (0, first.out)
    assert len(json.loads(first.out)) == 21
    assert await keeper.batches() == 2


@pytest.mark.parametrize(
    "words",
    [
        ("create", *WHY),
        ("create", "--name", "x", "--file", "codes.toml", *WHY),
        ("create", "--file", "nowhere.toml", *WHY),
        ("create", "--name", "x", "--crystals", "5", "--waifu", "Nobody at all", *WHY),
        ("create", "--name", "x", "--item", "a=b", *WHY),
        ("create", "--name", "x", *WHY),
        ("create", "--name", "x", "--crystals", "5", "--reason", "x"),
        ("create", "--name", "x", "--word", "A", "--crystals", "5", *WHY, "--yes"),
        ("end", "no-id", *WHY),
        ("end", "no-id", *WHY, "--yes"),
        ("redemptions", "--batch", "x"),
        ("redemptions", "5", "--user-id", "7"),
        ("show", "?"),
    ],
)
async def test_what_cannot_be_is_one_sentence(keeper: Keeper, words: tuple[str, ...]) -> None:
    said = await keeper.code(*words)

    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert await keeper.batches() == 0
