"""`geminya features`, `freeze`, `unfreeze` and `acts` as an operator calls them."""

import json
from pathlib import Path

import pytest

from tests.support.calls import refused
from tests.support.console import Operator
from tests.support.game import Game, a_summon
from tests.support.players import a_ban

WHY = ("--reason", "odds look wrong")


@pytest.fixture
async def operator(game: Game, tmp_path: Path) -> Operator:
    await game.has(7, crystals=300)
    return Operator(game, tmp_path)


async def test_a_feature_is_frozen_with_yes_and_goes_on_again(operator: Operator) -> None:
    game = operator.game
    told = await operator.says("freeze", "summon", *WHY)
    assert (told.code, told.err) == (0, "")
    assert "summon (economy): open → frozen: odds look wrong" in told.out
    assert "nothing was changed" in told.out

    done = await operator.says("freeze", "summon", *WHY, "--yes", "--op", told.op_id)

    assert (done.code, done.op_id) == (0, told.op_id)
    with refused("FROZEN"):
        await game.summon(a_summon())
    listed = json.loads((await operator.says("features", "--json")).out)
    assert [row["feature"] for row in listed if row["is_frozen"]] == ["summon"]
    assert {row["service"] for row in listed} == {
        "users",
        "collection",
        "expeditions",
        "economy",
    }
    shown = await operator.says("features")
    assert f"1 of {len(listed)} frozen" in shown.out

    await operator.says("unfreeze", "summon", "--reason", "the odds were right", "--yes")

    await game.summon(a_summon())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("freeze", "summons", *WHY), "no feature is called summons; there are academy"),
        (("freeze", "summon", "--reason", "no", "--yes"), "reason is shorter than 3"),
        (("unfreeze", "é\udc80", *WHY), "no feature is called"),
    ],
)
async def test_what_cannot_be_frozen_is_one_sentence(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    said = await operator.says(*words)

    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert await operator.audit("economy") == []


async def test_the_acts_of_all_services_stand_in_one_list(operator: Operator) -> None:
    await operator.game.users.account.AdminBan(a_ban(7))
    await operator.says("freeze", "summon", *WHY, "--yes")
    await operator.says("freeze", "talk", *WHY, "--yes", "--operator", "ann")

    rows = json.loads((await operator.says("acts", "--json")).out)
    of_mina = json.loads((await operator.says("acts", "--json", "--by", "mina")).out)
    of_seven = json.loads((await operator.says("acts", "--json", "--user-id", "7")).out)
    table = (await operator.says("acts")).out

    assert [(row["service"], row["action"]) for row in rows] == [
        ("collection", "freeze"),
        ("economy", "freeze"),
        ("users", "ban"),
    ]
    assert [row["operator"] for row in of_mina] == ["mina"]
    assert [row["user_id"] for row in of_seven] == [7]
    assert "is_frozen: False → True" in table
