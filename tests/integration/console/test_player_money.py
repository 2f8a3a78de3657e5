"""Ledger, two persons, and the end of an academy, as an operator calls them."""

import json
import uuid
from pathlib import Path

import pytest

from tests.support.console import Operator
from tests.support.game import Game, a_summon

WHY = ("--reason", "lost in an outage")
DISCORD = str(10**15 + 7)
MANY = ("--daphine", "21")


@pytest.fixture
async def operator(game: Game, tmp_path: Path) -> Operator:
    await game.has(7, crystals=300)
    return Operator(game, tmp_path)


async def test_the_ledger_is_listed_whole_and_by_operation(operator: Operator) -> None:
    wish = a_summon()
    await operator.game.summon(wish)

    rows = json.loads((await operator.player("ledger", DISCORD, "--json")).out)
    some = json.loads((await operator.player("ledger", DISCORD, "--json", "--limit", "1")).out)
    of_one = await operator.player("ledger", "--user-id", "7", "--op", wish.op.op_id)

    assert rows[-1]["reason"] == "mint.start"
    assert {row["reason"] for row in rows} >= {"sink.gacha", "mint.summon"}
    assert some == rows[:1]
    assert "sink.gacha" in of_one.out
    assert "mint.start" not in of_one.out


async def test_a_second_person_is_asked_and_does_it(operator: Operator) -> None:
    said = await operator.player("adjust", DISCORD, *MANY, *WHY, "--yes")

    assert said.code == 2
    assert "geminya player approve" in said.err
    [waiting] = json.loads((await operator.player("proposals", "--json")).out)
    named = waiting["proposal_id"]
    assert (waiting["daphine"], waiting["proposed_by"]) == (21, "mina")
    own = await operator.player("approve", named, *WHY, "--yes")
    assert (own.code, "SAME_PERSON" in own.err) == (2, True)
    told = await operator.player("approve", named, *WHY, "--operator", "ann")
    assert "user 7: +21 daphine" in told.out
    assert (await operator.game.users.balances(7))["daphine"] == 0

    done = await operator.player("approve", named, *WHY, "--operator", "ann", "--yes")

    assert (done.code, "approved" in done.out) == (0, True)
    assert (await operator.game.users.balances(7))["daphine"] == 21
    late = await operator.player("reject", named, *WHY, "--yes")
    assert (late.code, "PROPOSAL_SETTLED" in late.err) == (2, True)
    assert "nothing waits" in (await operator.player("proposals")).out
    await operator.game.invariants_hold()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("approve", "nonsense", *WHY), "not the id of a proposal"),
        (("reject", str(uuid.UUID(int=9)), *WHY, "--yes"), "nobody has proposed"),
        (("ledger", DISCORD, "--op", "nonsense"), "op_id"),
        (("ledger", "5"), "PLAYER_NOT_FOUND"),
        (("erase", "5", *WHY), "PLAYER_NOT_FOUND"),
        (("erase", DISCORD, *WHY, "--yes"), "say whom: --confirm"),
        (("erase", DISCORD, *WHY, "--yes", "--confirm", "academy 7"), "say whom: --confirm"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    said = await operator.player(*words)

    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert await operator.audit() == []


async def test_an_academy_is_erased_after_it_was_told_what_goes(operator: Operator) -> None:
    game = operator.game
    await game.summon(a_summon())
    told = await operator.player("erase", DISCORD, *WHY)
    assert "economy.summons" in told.out
    assert "nothing was changed" in told.out
    assert await game.house.value("SELECT state FROM users.users WHERE id = 7") == "active"
    words = ("erase", *WHY, "--confirm", "Academy 7", "--yes", "--op", told.op_id)

    done = await operator.player(*words, "--user-id", "7")
    again = await operator.player(*words, "--user-id", "7")

    assert (done.code, again.code) == (0, 0)
    assert "erased" in done.out
    assert await game.house.value("SELECT state FROM users.users WHERE id = 7") == "closed"
    assert await game.owned(7) == {}
    [row] = await operator.audit()
    assert (row["action"], row["operator"], row["reason"]) == ("erase", "mina", WHY[1])
    assert "Academy" not in json.dumps(row, default=str)
    await game.invariants_hold()
