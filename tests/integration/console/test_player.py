"""`geminya player` as an operator calls it, on a house that runs: what it says, what it does, and how it ends."""

import json
import uuid
from pathlib import Path

import pytest

from geminya.users.v1 import account_pb2
from tests.support.calls import an_op
from tests.support.console import Operator
from tests.support.game import Game, a_summon
from tests.support.players import a_ban, an_adjust

WHY = ("--reason", "lost in an outage")
DISCORD = 10**15 + 7


@pytest.fixture
async def operator(game: Game, tmp_path: Path) -> Operator:
    await game.has(7, crystals=300)
    return Operator(game, tmp_path)


async def test_an_adjustment_is_told_first_and_made_with_yes(operator: Operator) -> None:
    asked = ("adjust", str(DISCORD), "--daphine", "5", "--crystals", "-100", *WHY)

    told = await operator.player(*asked)

    assert (told.code, told.err) == (0, "")
    assert "crystals  300 → 200" in told.out
    assert "daphine   0 → 5" in told.out
    assert "nothing was changed" in told.out
    assert (await operator.game.users.balances(7))["daphine"] == 0
    assert await operator.audit() == []

    done = await operator.player(*asked, "--ticket", "T-17", "--yes", "--op", told.op_id)

    assert (done.code, done.op_id) == (0, told.op_id)
    assert "crystals  300 → 200" in done.out
    assert await operator.game.users.balances(7) == {
        "sakura_crystals": 200,
        "quartzs": 0,
        "daphine": 5,
    }
    [row] = await operator.audit()
    assert (row["operator"], row["reason"], row["ticket"]) == ("mina", WHY[1], "T-17")

    # The same act once more is the same act.
    again = await operator.player(*asked, "--ticket", "T-17", "--yes", "--op", told.op_id)
    assert again.out == done.out
    assert (await operator.game.users.balances(7))["daphine"] == 5


async def test_quartz_is_called_as_players_call_it(operator: Operator) -> None:
    said = await operator.player("adjust", str(DISCORD), "--quartz", "40", *WHY)
    shown = json.loads((await operator.player("show", str(DISCORD), "--json")).out)

    assert "quartz    0 → 40" in said.out
    assert shown["quartz"] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--crystals", "-301", *WHY, "--yes"),
            "users refused: 301 sakura_crystals asked, 300 there",
        ),
        (("--daphine", "10001", *WHY, "--yes"), "CHANGE_NOT_ALLOWED"),
        (("--daphine", "1", "--reason", "no", "--yes"), "operator.reason is shorter than 3"),
        (WHY, "say how much"),
        (("--daphine", "1", *WHY, "--op", "mine"), "not the id of an act"),
        (("--daphine", "1", *WHY, "--user-id", "7"), "name one player"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    said = await operator.player("adjust", str(DISCORD), *words)

    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert await operator.audit() == []


async def test_a_dry_run_says_that_too_much_is_asked(operator: Operator) -> None:
    said = await operator.player("adjust", str(DISCORD), "--crystals", "-301", *WHY)

    assert said.code == 0
    assert "crystals  300 → -1, and so refused" in said.out


async def test_a_player_who_is_not_there_is_one_sentence(operator: Operator) -> None:
    unknown = await operator.player("show", "555")
    closed = await operator.player("show", "--user-id", "404")

    assert (unknown.code, closed.code) == (2, 2)
    assert "PLAYER_NOT_FOUND" in unknown.err
    assert "USER_NOT_FOUND" in closed.err


async def test_a_house_that_is_not_there_is_one_sentence(operator: Operator) -> None:
    await operator.game.house.kill_one("users")

    said = await operator.player("show", str(DISCORD))

    assert said.code == 2
    assert "users does not answer at" in said.err
    assert "is the house running?" in said.err


async def test_a_change_whose_answer_is_lost_names_its_op(operator: Operator) -> None:
    await operator.game.house.kill_one("collection")
    op_id = str(uuid.uuid4())

    said = await operator.player("give", str(DISCORD), "--equipment", *WHY, "--yes", "--op", op_id)

    assert said.code == 2
    assert f"--op {op_id}" in said.err


async def test_a_waifu_is_given_by_name_and_by_id(operator: Operator) -> None:
    by_name = await operator.player(
        "give", str(DISCORD), "--waifu", "sae hotarubi", "--copies", "2", *WHY, "--yes"
    )
    told = await operator.player("give", "--user-id", "7", "--waifu", "1000002", *WHY)

    assert by_name.code == told.code == 0
    assert "2 × Sae Hotarubi (1000001) for Academy 7 (user 7)" in by_name.out
    assert "1 × Tomoe Ushiomi (1000002)" in told.out
    assert set(await operator.game.owned(7)) == {1000001}
    [row] = await operator.audit("collection")
    assert (row["action"], row["op_id"], row["operator"]) == ("give_waifu", by_name.op_id, "mina")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--waifu", "nobody at all"), "nobody is called like that"),
        (("--waifu", "e"), "give the id of whom you mean"),
        (("--waifu", "999999999"), "WAIFU_NOT_FOUND"),
        (("--waifu", "9" * 5000), "nobody in the catalogue"),
        ((), "say what to give"),
        (("--waifu", "1000001", "--equipment"), "say what to give"),
    ],
)
async def test_a_gift_that_is_none_is_one_sentence(
    operator: Operator, words: tuple[str, ...], sentence: str
) -> None:
    said = await operator.player("give", str(DISCORD), *words, *WHY, "--yes")

    assert said.code == 2
    assert sentence in said.err
    assert await operator.audit("collection") == []


async def test_a_rolled_piece_is_given(operator: Operator) -> None:
    said = await operator.player("give", str(DISCORD), "--equipment", *WHY, "--yes")

    assert said.code == 0
    assert "in place 1" in said.out
    assert await operator.game.house.value("SELECT count(*) FROM collection.equipment") == 1
    assert (await operator.audit("collection"))[0]["action"] == "give_equipment"


async def test_a_ban_is_told_made_listed_and_lifted(operator: Operator) -> None:
    asked = ("ban", str(DISCORD), "--reason", "sold waifus", "--until", "2999-12-31T18:00")
    told = await operator.player(*asked)
    assert "banned until 2999-12-31T18:00:00+00:00: sold waifus" in told.out
    assert json.loads((await operator.player("bans", "--json")).out) == []

    await operator.player(*asked, "--yes")

    [ban] = json.loads((await operator.player("bans", "--json")).out)
    assert (ban["user_id"], ban["discord_id"], ban["reason"], ban["until"]) == (
        7,
        DISCORD,
        "sold waifus",
        "2999-12-31T18:00:00+00:00",
    )
    assert "sold waifus" in (await operator.player("bans")).out
    shown = json.loads((await operator.player("show", "--user-id", "7", "--json")).out)
    assert shown["ban"] == ban

    lifted = await operator.player("unban", "--user-id", "7", "--reason", "said sorry", "--yes")

    assert "the ban is lifted" in lifted.out
    assert "nobody is banned" in (await operator.player("bans")).out
    assert [row["action"] for row in await operator.audit()] == ["ban", "lift_ban"]


async def test_who_was_erased_can_still_be_let_in_again(operator: Operator) -> None:
    await operator.game.users.account.AdminBan(a_ban(7))
    await operator.game.users.account.EraseAccount(account_pb2.EraseAccountRequest(op=an_op(7)))

    said = await operator.player("unban", "--user-id", "7", "--reason", "said sorry", "--yes")

    assert said.code == 0
    assert "a closed academy (user 7): banned: sold waifus for money" in said.out
    assert "the ban is lifted" in said.out


async def test_an_end_that_is_over_is_one_sentence(operator: Operator) -> None:
    said = await operator.player(
        "ban", str(DISCORD), "--reason", "sold waifus", "--until", "2020-01-01", "--yes"
    )

    assert said.code == 2
    assert "end_time is over already" in said.err


async def test_a_player_is_shown_with_what_all_services_know(operator: Operator) -> None:
    await operator.game.users.wallet.AdminAdjust(an_adjust(daphine=5, ticket="T-17"))
    await operator.game.summon(a_summon(7))

    shown = json.loads((await operator.player("show", str(DISCORD), "--json")).out)
    told = await operator.player("show", str(DISCORD))

    assert (shown["user_id"], shown["epoch"], shown["academy_name"]) == (7, 1, "Academy 7")
    assert shown["crystals"] == 200
    assert shown["owned_count"] == len(await operator.game.owned(7))
    assert [line["subject"] for line in shown["ledger"]][-4:] == [
        "banner:standard",
        "banner:standard",
        "ticket:T-17",
        "",
    ]
    assert "Academy 7" in told.out
    assert "ticket:T-17" in told.out


async def test_an_export_holds_what_the_four_services_hold(
    operator: Operator, tmp_path: Path
) -> None:
    await operator.game.has(8, crystals=1)
    await operator.game.summon(a_summon(7))
    await operator.game.house.quiet()
    file = tmp_path / "mine.json"

    said = await operator.player("export", str(DISCORD), "--out", str(file))

    assert said.code == 0
    whole = json.loads(file.read_text())
    assert whole["user_id"] == 7
    assert list(whole)[2:] == ["users", "collection", "expeditions", "economy"]
    assert whole["users"]["users"][0]["discord_id"] == DISCORD
    assert len(whole["users"]["ledger"]) == len(await operator.game.users.ledger(7))
    assert len(whole["collection"]["user_waifus"]) == len(await operator.game.owned(7))
    assert len(whole["economy"]["summons"]) == 1
    assert "sealed_seed" not in whole["economy"]["seeds"][0]
    assert not any(
        row.get("user_id", 7) != 7
        for service in ("users", "collection", "expeditions", "economy")
        for rows in whole[service].values()
        for row in rows
    )
    on_screen = json.loads((await operator.player("export", str(DISCORD))).out)
    assert on_screen["users"] == whole["users"]


async def test_an_export_of_nobody_and_to_nowhere_is_one_sentence(operator: Operator) -> None:
    nobody = await operator.player("export", "--user-id", "404")
    nowhere = await operator.player("export", str(DISCORD), "--out", "no/such/place.json")

    assert (nobody.code, nowhere.code) == (2, 2)
    assert "hold nothing" in nobody.err
    assert "cannot write no/such/place.json" in nowhere.err


async def test_waifus_are_found_with_the_query_language_of_the_players(operator: Operator) -> None:
    await operator.game.summon(a_summon(count=1))
    [row] = await operator.game.house.rows("SELECT waifu_id FROM collection.user_waifus")

    own = await operator.player("waifus", "--user-id", "7", "--json")
    others = await operator.player(
        "waifus", "--user-id", "7", "--query", "owned:no rarity:3", "--limit", "5"
    )
    wrong = await operator.player("waifus", "--user-id", "7", "--query", "rarty:2")

    assert [one["waifu_id"] for one in json.loads(own.out)] == [row["waifu_id"]]
    assert others.out.startswith("5 of ")
    assert (wrong.code, "did you mean rarity" in wrong.err) == (2, True)
    assert 'at 0: expected a key, found "rarty"' in wrong.err
