"""`geminya mission` as an operator calls it, on a house that runs."""

import json
from pathlib import Path

import pytest

from tests.support.console import Operator, Said
from tests.support.game import Game, a_summon

WHY = ("--reason", "too easy")


class Keeper(Operator):
    """Somebody who keeps missions."""

    async def mission(self, *words: str) -> Said:
        """Runs `geminya mission …` to its end."""
        return await self.says("mission", *words)


@pytest.fixture
async def keeper(game: Game, tmp_path: Path) -> Keeper:
    return Keeper(game, tmp_path)


async def test_a_mission_is_ended_only_with_yes_and_stays_in_the_list(keeper: Keeper) -> None:
    await keeper.game.has(7, crystals=1_000)
    await keeper.game.summon(a_summon(count=10))

    told = await keeper.mission("end", "day-summon", *WHY)
    before = json.loads((await keeper.mission("list", "--json")).out)
    done = await keeper.mission("end", "day-summon", *WHY, "--yes", "--op", told.op_id)
    again = await keeper.mission("end", "day-summon", *WHY, "--yes", "--op", told.op_id)
    after = json.loads((await keeper.mission("show", "day-summon", "--json")).out)

    assert (told.code, done.code, again.code) == (0, 0, 0)
    assert "nothing was changed" in told.out
    assert again.out == done.out
    [row] = [row for row in before if row["mission_id"] == "day-summon"]
    assert (row["is_active"], row["started"], row["completed"], row["claimed"]) == (True, 1, 1, 0)
    assert after == {**row, **after, "is_active": False}
    assert after["period_ends"] == "2026-07-01T17:00:00+00:00"
    [audit] = await keeper.audit("economy")
    assert (audit["operator"], audit["reason"], audit["action"]) == ("mina", WHY[1], "end_mission")


async def test_the_list_is_a_table_or_json(keeper: Keeper) -> None:
    table = await keeper.mission("list")
    rows = json.loads((await keeper.mission("list", "--json")).out)

    assert (table.code, table.err) == (0, "")
    assert "10 missions, 10 active" in table.out
    assert "How Was Your Day?" in table.out
    assert len(rows) == 10
    assert len({tuple(row) for row in rows}) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("show", "day-dance"),
        ("end", "day-dance", *WHY),
        ("end", "day-dance", *WHY, "--yes"),
        ("show", "Wín ter"),
        ("end", "day-talk", "--reason", "x", "--yes"),
        ("end", "day-talk", *WHY, "--yes", "--op", "7"),
    ],
)
async def test_what_cannot_be_is_one_sentence(keeper: Keeper, words: tuple[str, ...]) -> None:
    said = await keeper.mission(*words)

    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
