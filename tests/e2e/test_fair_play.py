"""Pools, records, many summons at once and fair dice, as a player sees them."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway_bot.cogs import summon_super
from geminya.common.v1 import money_pb2
from geminya.common.v1.operator_pb2 import Operator
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.users.v1 import wallet_pb2
from tests.support.calls import Code, an_op, until
from tests.support.evening import Evening, note, readable
from tests.support.faults import broken

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_summon.py"
STRANGER = "sora"


async def has_left(evening: Evening, player: int, crystals: int) -> None:
    """A new purse of 2 000 crystals, down to so many."""
    adjustment = wallet_pb2.Adjustment(
        currency=money_pb2.CURRENCY_SAKURA_CRYSTALS, amount=crystals - 2_000
    )
    request = wallet_pb2.AdminAdjustRequest(
        op=an_op(player),
        operator=Operator(name="mika", reason="a poor evening"),
        adjustments=[adjustment],
    )
    await evening.game.users.wallet.AdminAdjust(request)


async def made(evening: Evening, player: int) -> int:
    return await evening.house.value(
        "SELECT count(*) FROM economy.summons WHERE user_id = $1", player
    )


async def proof_in(evening: Evening, said: Any) -> dict[str, Any]:
    return json.loads(await evening.picture(said.message))


# Pools and records.


async def test_a_pool_is_turned_and_names_everybody(evening: Evening) -> None:
    await evening.player("mira")
    mira = evening.robot("mira")

    first = await mira.slash("banner pool", banner="captains-table")
    typed = await mira.slash("banner pool", banner="Every Lamp")
    second = await mira.press(typed.message, "Further")
    await evening.restart_bot()
    back = await mira.press(second.message, "Back")

    assert "Who answers on The Captain's Table" in readable(first)
    assert "12 waifus" in readable(first)
    assert readable(first).count("◂ featured") == 12
    assert "Page 2" in readable(second)
    assert back.text == typed.text


async def test_a_record_tells_pity_and_only_of_the_banner_that_is_named(evening: Evening) -> None:
    player = await evening.player("mira")
    mira = evening.robot("mira")
    empty = await mira.slash("banner history")
    for banner in ("standard", "high-road-low-road", *["standard"] * 6):
        await mira.slash("summon one", banner=banner)

    whole = await mira.slash("banner history")
    older = await mira.press(whole.message, "Older")
    one = await mira.slash("banner history", banner="high-road-low-road")

    assert "Nothing yet" in readable(empty)
    assert readable(whole).count("Single summon") == 6
    assert readable(older).count("Single summon") == 2
    newest = (await evening.game.summons(player))[-1]
    before, after = newest["pity_before"], newest["pity_after"]
    assert f"pity {before} → {after}" in readable(whole) or before == after == 0
    assert readable(one).count("Single summon") == 1
    assert "Your summons on High Road" in readable(one)


# Many summons.


@pytest.mark.timeout(120)
async def test_a_super_summon_is_one_operation_a_ten_and_one_result(evening: Evening) -> None:
    player = await evening.player("mira")
    mira = evening.robot("mira")

    said = await mira.slash("summon super", count=7)
    last = await mira.press(said.message, "Go to page …")
    seventh = await mira.submit(last, page="7")
    far = await mira.submit(last, page="99")
    wrong = await mira.submit(last, page="none")
    await evening.restart_bot()
    sixth = await mira.press(far.message, "Back")

    assert "7 ten-summons" in readable(said)
    assert "Page 1 of 7" in readable(said)
    assert await made(evening, player) == 7
    rarities = [int(rarity) for rarity in await pulled(evening, player)]
    ranked = sorted(rarities, reverse=True)
    assert stars_of(said) == ranked[:10]
    assert stars_of(sixth) == ranked[50:60]
    assert stars_of(seventh) == ranked[60:]
    for rarity in (1, 2, 3):
        count = rarities.count(rarity)
        assert not count or f"**{count}** · {100 * count / 70:.1f} %" in readable(said)
    assert "Paid ✦ 700" in readable(said)
    assert "Page 7 of 7" in readable(seventh)
    assert far.text == seventh.text
    assert note(wrong).startswith("A page is a number")
    parents = await evening.house.value(
        "SELECT count(DISTINCT op_id) FROM users.ledger WHERE user_id = $1 AND reason = 'sink.gacha'",
        player,
    )
    assert parents == 7
    await evening.game.invariants_hold()


async def pulled(evening: Evening, player: int) -> list[str]:
    rows = await evening.house.rows(
        """
        SELECT pull ->> 'rarity' AS rarity
        FROM economy.summons, jsonb_array_elements(pulls) AS pull WHERE user_id = $1
        """,
        player,
    )
    return [row["rarity"] for row in rows]


def stars_of(said: Any) -> list[int]:
    """The rarities of the rows of a page."""
    return [len(stars) for stars in re.findall(r"`\d+` (★+)☆* ", readable(said))]


async def test_a_super_summon_stops_when_the_purse_is_empty(evening: Evening) -> None:
    player = await evening.player("mira")
    await has_left(evening, player, 350)
    mira = evening.robot("mira")

    said = await mira.slash("summon super", count=100)
    poor = await mira.slash("summon super", count=2)

    assert "3 of 100" in readable(said)
    assert "crystals" in readable(said)
    assert await made(evening, player) == 3
    balances = await evening.game.users.balances(player)
    assert balances["sakura_crystals"] == 50
    # Nothing was made: a refusal like any other.
    assert len(poor.messages) == 1
    assert poor.message.ephemeral
    await evening.game.invariants_hold()


async def test_the_same_super_summon_again_makes_no_more(evening: Evening) -> None:
    player = await evening.player("mira")
    mira = evening.robot("mira")

    first = await mira.slash("summon super", count=4)
    await evening.restart_bot()
    again = await mira.slash("summon super", count=4, interaction_id=first.interaction_id)

    assert await made(evening, player) == 4
    assert again.text == first.text
    await evening.game.invariants_hold()


@pytest.mark.timeout(120)
async def test_a_bot_that_died_in_the_middle_goes_on_with_a_repeat(evening: Evening) -> None:
    player = await evening.player("mira")
    mira, known = evening.robot("mira"), evening.box.world.new_id()
    first = asyncio.create_task(mira.slash("summon super", count=12, interaction_id=known))

    async def has_begun() -> bool:
        return await made(evening, player) >= 2

    await until(has_begun)
    await evening.restart_bot()
    await evening.house.settles()
    between = await made(evening, player)
    whole = await mira.slash("summon super", count=12, interaction_id=known)

    assert between < 12
    assert await made(evening, player) == 12
    assert "12 ten-summons" in readable(whole)
    assert (await evening.game.users.balances(player))["sakura_crystals"] == 800
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await evening.game.invariants_hold()


@pytest.mark.timeout(120)
async def test_a_long_super_summon_tells_how_far_it_is(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summon_super, "EVERY_S", 0.0)
    told, really = list[int](), summon_super.Super.show_progress

    async def noted(cog: Any, interaction: Any, order: Any, so_far: summon_super.SoFar) -> None:
        told.append(so_far.done)
        await really(cog, interaction, order, so_far)

    monkeypatch.setattr(summon_super.Super, "show_progress", noted)
    player = await evening.player("mira")

    await evening.robot("mira").slash("summon super", count=15)

    async def is_over() -> bool:
        return await made(evening, player) == 15 and len(told) == 14

    await until(is_over)
    assert told == list(range(1, 15))


async def test_what_was_made_is_not_told_as_trouble_when_nobody_can_show_it(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Please try again" would have made them once more, and paid for them once more."""
    player = await evening.player("mira")
    mira, really = evening.robot("mira"), summon_super.rolls.outcome

    async def is_away(*_: object) -> None:
        raise broken(Code.UNAVAILABLE, "not now")

    monkeypatch.setattr(summon_super.rolls, "outcome", is_away)
    said = await mira.slash("summon super", count=2)
    monkeypatch.setattr(summon_super.rolls, "outcome", really)
    await evening.restart_bot()
    shown = await mira.press(said.message, "What came so far")

    assert "Ten-summon 2 of 2" in readable(said)
    assert "repaired" not in readable(said)
    assert "2 ten-summons" in readable(shown)
    assert await made(evening, player) == 2


async def test_pages_of_a_stranger_are_not_turned(evening: Evening) -> None:
    player = await evening.player("mira")
    await evening.player(STRANGER)
    said = await evening.robot("mira").slash("summon super", count=2)

    theirs = await evening.robot(STRANGER).press(said.message, "Further")

    assert theirs.message.ephemeral
    assert await made(evening, player) == 2


@pytest.mark.parametrize("count", [0, 101, -1])
async def test_a_super_summon_has_its_limits(evening: Evening, count: int) -> None:
    player = await evening.player("mira")

    with pytest.raises(Exception, match="count"):
        await evening.robot("mira").slash("summon super", count=count)

    assert await made(evening, player) == 0


# Fair dice.


async def test_a_player_sets_a_word_ends_the_seed_and_checks_alone(
    evening: Evening, tmp_path: Path
) -> None:
    player = await evening.player("mira")
    mira = evening.robot("mira")
    none = await mira.slash("summon seed")
    form = await mira.press(none.message, "Set a word and change the seed …")
    begun = await mira.submit(form, word="lucky *cat*")
    await mira.slash("summon ten")

    secret = await mira.slash("summon verify")
    seeds = await mira.press(secret.message, "Your seeds …")
    await evening.restart_bot()
    again = await mira.press(seeds.message, "Set a word and change the seed …")
    ended = await mira.submit(again, word="")
    told = await mira.slash("summon verify")

    assert "You have no seed yet" in readable(none)
    assert "lucky \\*cat\\*" in begun.text
    assert "It was fair" in readable(secret)
    assert "still secret" in readable(secret)
    assert (await proof_in(evening, secret))["server_seed"] is None
    assert "1 summons so far" in readable(seeds)
    assert "Ended, and told" in readable(ended)
    proof = await proof_in(evening, told)
    assert proof["client_seed"] == "lucky *cat*"
    assert proof["seed_hash"] in begun.text
    assert proof["server_seed"] in ended.text
    promised = re.search(r"next seed has the hash `(\w{64})`", seeds.message.text)
    assert promised
    assert f"SHA-256: `{promised[1]}`" in ended.text
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    checked = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-I", "-S", VERIFIER, file], check=False
    )
    assert checked.returncode == 0
    assert await made(evening, player) == 1


async def test_a_word_with_nothing_to_read_changes_nothing(evening: Evening) -> None:
    await evening.player("mira")
    mira = evening.robot("mira")
    await mira.slash("summon one")
    before = await evening.house.rows("SELECT * FROM economy.seeds")
    seeds = await mira.slash("summon seed")
    form = await mira.press(seeds.message, "Set a word and change the seed …")

    for word in ("...", "a\u200bb"):
        assert "That word does not work" in note(await mira.submit(form, word=word))

    assert await evening.house.rows("SELECT * FROM economy.seeds") == before


async def test_the_same_form_twice_ends_one_seed(evening: Evening) -> None:
    await evening.player("mira")
    mira = evening.robot("mira")
    await mira.slash("summon one")
    seeds = await mira.slash("summon seed")
    form = await mira.press(seeds.message, "Set a word and change the seed …")

    one, other = await asyncio.gather(*(mira.submit(form, word="moon") for _ in range(2)))

    assert one.text == other.text
    assert await evening.house.value("SELECT count(*) FROM economy.seeds") == 2


async def test_a_summon_is_named_by_its_receipt_or_from_the_list(evening: Evening) -> None:
    await evening.player("mira")
    await evening.player(STRANGER)
    mira = evening.robot("mira")
    nothing = await mira.slash("summon verify")
    await mira.slash("summon one")
    await mira.slash("summon ten")
    choices = await mira.autocomplete("summon verify", "summon", "")
    first = choices[-1]["value"]

    named = await mira.slash("summon verify", summon=first)
    short = await mira.slash("summon verify", summon=f"`{first[:8]}`")
    wrong = await mira.slash("summon verify", summon="zzzz")
    theirs = await evening.robot(STRANGER).slash("summon verify", summon=first)

    assert note(nothing).startswith("There is no summon of yours")
    assert len(choices) == 2
    assert first[:8] in readable(named)
    assert short.text == named.text
    assert note(wrong).startswith("No summon of yours is called")
    assert note(theirs).startswith("No summon of yours is called")


async def test_the_bot_never_calls_by_another_life(evening: Evening) -> None:
    """A player who began anew has new dice, and the old ones are gone."""
    player = await evening.player("mira")
    mira = evening.robot("mira")
    await mira.slash("summon one")
    seeds = pb.GetFairnessRequest(user_id=player)
    before = await evening.game.gacha.GetFairness(seeds)
    warned = await mira.slash("academy reset")
    form = await mira.press(warned.message, "Begin anew …")
    await mira.submit(form, word="RESET")

    assert not (await evening.game.gacha.GetFairness(seeds)).HasField("current")
    await mira.slash("summon one")

    after = await evening.game.gacha.GetFairness(seeds)
    assert after.current.seed_hash != before.current.seed_hash
    assert not after.past
