"""`geminya operation` as an operator calls it."""

import json
import uuid
from pathlib import Path

import pytest

from tests.chaos.test_refunds import a_parked_summon
from tests.integration.collection.bonds import a_talk
from tests.support.console import Operator
from tests.support.game import Game, a_summon

WHY = ("--reason", "cannot be mended")


@pytest.fixture
async def operator(game: Game, tmp_path: Path) -> Operator:
    await game.has(7, crystals=500)
    return Operator(game, tmp_path)


async def test_a_parked_operation_is_listed_shown_and_refunded(operator: Operator) -> None:
    wish = await a_parked_summon(operator.game)
    named = ("7", wish.op.op_id)

    listed = json.loads((await operator.says("operation", "list", "--parked", "--json")).out)
    shown = json.loads((await operator.says("operation", "show", *named, "--json")).out)
    told = await operator.says("operation", "refund", *named, *WHY)
    assert "summon of user 7 (economy): open, parked: a test" in told.out
    assert await operator.audit("economy") == []
    done = await operator.says("operation", "refund", *named, *WHY, "--yes", "--op", told.op_id)
    again = await operator.says("operation", "refund", *named, *WHY, "--yes", "--op", told.op_id)
    other = await operator.says("operation", "refund", *named, *WHY, "--yes")

    assert [(row["service"], row["op_id"]) for row in listed] == [("economy", wish.op.op_id)]
    assert shown["request"]["bannerId"] == wish.banner_id
    assert shown["kept"]["1"]["price"]["amount"] == "100"
    assert "100 crystals paid back" in done.out
    assert (done.code, again.code, other.code) == (0, 0, 2)
    assert "100 crystals paid back" in again.out
    assert "OPERATION_FINAL" in other.err
    assert (await operator.game.users.balances(7))["sakura_crystals"] == 500
    table = await operator.says("operation", "show", *named)
    assert "refunded" in table.out
    await operator.game.invariants_hold()


async def test_an_operation_is_let_go_on(operator: Operator) -> None:
    wish = await a_parked_summon(operator.game)

    said = await operator.says("operation", "retry", "7", wish.op.op_id, *WHY, "--yes")
    await operator.game.house.running["economy"].sweeper.sweep()

    assert said.code == 0
    assert len((await operator.game.summon(wish)).pulls) == 10
    [row] = await operator.audit("economy")
    assert (row["action"], row["user_id"], row["before"]["is_parked"]) == ("retry", 7, True)
    assert not row["after"]["is_parked"]


async def test_secrets_and_words_of_players_are_never_shown(operator: Operator) -> None:
    game = operator.game
    summon, talk = a_summon(), a_talk("my secret garden", 1_000_001, 7)
    await game.summon(summon)
    await game.house.run(
        """
        INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level)
        VALUES (7, 1000001, 3) ON CONFLICT DO NOTHING
        """
    )
    await game.bond.Talk(talk, timeout=8)
    await game.house.quiet()

    shown = [
        (await operator.says("operation", "show", "7", wish.op.op_id, *json_too)).out
        for wish in (summon, talk)
        for json_too in ((), ("--json",))
    ]

    kept = [one["kept"] for one in map(json.loads, shown[1::2])]
    assert kept[0]["1"]["chance"]["clientSeed"]
    assert "sealedSeed" not in kept[0]["1"]["chance"]
    assert all("secret garden" not in text and "sealedSeed" not in text for text in shown)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "7", str(uuid.UUID(int=5))), "no service leads an operation"),
        (("show", "7", "nonsense"), "op_id"),
        (("retry", "7", str(uuid.UUID(int=5)), *WHY, "--yes"), "no service leads"),
        (("refund", "7", "\udc80", *WHY), ""),
        (("list", "--kind", "x" * 65), "kind"),
        (("list", "--kind", "\udc80"), ""),
    ],
)
async def test_what_is_not_there_is_one_sentence(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    said = await operator.says("operation", *words)

    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
