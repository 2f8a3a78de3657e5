"""Settings, lists of the strongest, receipts, bans, and the two ways out of an academy."""

import asyncio
import json

import pytest

from geminya.common.v1.operator_pb2 import Operator
from geminya.users.v1.account_pb2 import AdminBanRequest, AdminLiftBanRequest
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from playground.robot import Answer, Robot
from tests.support.calls import an_op
from tests.support.evening import THIN, Evening, note, readable

WAYS = [("reset", "RESET", "Begin anew …"), ("erase", "ERASE", "Close my academy …")]


async def the_form(mira: Robot, kind: str, button: str) -> Answer:
    """The form behind the warning."""
    warned = await mira.slash(f"academy {kind}")
    assert warned.message.ephemeral
    readable(warned)
    opened = await mira.press(warned.message, button)
    assert opened.modal
    return opened


# ---- reset and erase


@pytest.mark.parametrize(("kind", "word", "button"), WAYS)
async def test_without_the_word_nothing_happens(
    evening: Evening, kind: str, word: str, button: str
) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    before = await evening.fingerprint("mira")

    refused = await mira.submit(await the_form(mira, kind, button), word="yes please")

    assert word in note(refused)
    assert await evening.fingerprint("mira") == before


async def test_a_reset_begins_anew_once_though_the_bot_was_restarted_and_the_form_sent_twice(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    await mira.slash("academy rename", name="Lantern Court")
    await mira.slash("academy daily")
    await mira.slash("summon ten")
    form = await the_form(mira, "reset", "Begin anew …")
    await evening.restart_bot()

    first, again = await asyncio.gather(*(mira.submit(form, word="reset") for _ in range(2)))

    assert f"2{THIN}000" in first.text
    assert again.text == first.text
    status = await mira.slash("academy status")
    assert "Lantern Court" in status.text
    assert "0 of 156 waifus" in readable(status)
    assert "already yours" in note(await mira.slash("academy daily"))
    player = await evening.user_id("mira")
    assert await evening.house.value("SELECT epoch FROM users.users WHERE id = $1", player) == 2
    await mira.slash("summon ten")
    second_life = await evening.fingerprint("mira")
    late = await mira.submit(form, word="reset")
    assert late.text == first.text
    assert await evening.fingerprint("mira") == second_life
    await evening.house.settles()
    await evening.game.invariants_hold()


async def test_an_erase_forgets_the_player_and_a_second_delivery_opens_no_academy(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    player, discord_id = await evening.user_id("mira"), int(evening.box.world.user("mira").id)
    form = await the_form(mira, "erase", "Close my academy …")

    first, again = await asyncio.gather(*(mira.submit(form, word="Erase") for _ in range(2)))
    late = await mira.submit(form, word="Erase")

    assert late.text == again.text == first.text
    row = await evening.house.rows("SELECT * FROM users.users WHERE id = $1", player)
    assert row[0]["discord_id"] is None
    known = "SELECT count(*) FROM users.users WHERE discord_id = $1"
    assert await evening.house.value(known, discord_id) == 0
    note(await mira.slash("academy export"))
    note(await mira.slash("academy erase"))
    assert await evening.house.value(known, discord_id) == 0
    await evening.house.settles()
    await evening.game.invariants_hold()


async def test_who_comes_back_after_an_erase_has_a_new_academy(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    player = await evening.user_id("mira")
    await mira.submit(await the_form(mira, "erase", "Close my academy …"), word="ERASE")

    back = await mira.slash("academy status")

    assert "0 of 156 waifus" in readable(back)
    assert await evening.user_id("mira") == player
    await evening.house.settles()
    await evening.game.invariants_hold()


# ---- the export


async def test_the_export_tells_what_every_service_holds(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")

    told = await mira.slash("academy export")

    readable(told)
    assert told.message.ephemeral
    whole = json.loads(await evening.picture(told.message))
    assert whole["user_id"] == await evening.user_id("mira")
    assert {"users", "collection", "expeditions", "economy"} <= set(whole)
    assert str(evening.box.world.user("mira").id) in json.dumps(whole["users"])
    assert len(whole["economy"]["summons"]) == 1
    assert whole["collection"]["user_waifus"]
    assert whole["users"]["ledger"]


# ---- settings


async def test_who_prefers_words_gets_no_picture_until_they_change_their_mind(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    settings = await mira.slash("academy settings")
    turned = await mira.press(settings.message, "Only words, please")

    for command in ("summon ten", "academy status", "collection album"):
        told = await mira.slash(command)
        assert told.message.attachments == [], command
        readable(told)

    await mira.press(turned.message, "With pictures, please")
    for command in ("summon ten", "academy status", "collection album"):
        assert (await mira.slash(command)).message.attachments, command


async def test_a_hidden_collection_opens_for_nobody_else(evening: Evening) -> None:
    mira, tom = evening.robot("mira"), evening.robot("tom")
    await mira.slash("summon ten")
    discord_id = evening.box.world.user("mira").id
    looked = await tom.slash("collection list", user=discord_id)
    album = await tom.slash("collection album", user=discord_id)
    menu = "Open another series"
    await mira.press((await mira.slash("academy settings")).message, "Hide my collection")

    assert "Academy" in readable(looked)
    hidden = note(await tom.slash("collection list", user=discord_id))
    assert note(await tom.select(album.message, menu, "0")) == hidden
    assert "hidden" in hidden
    readable(await mira.slash("collection list", user=discord_id))
    await tom.slash("summon ten")
    top = await tom.slash("academy top")
    assert "a hidden academy" in readable(top)
    assert await academy_name(evening, "mira") not in top.text
    assert await academy_name(evening, "tom") in top.text


async def academy_name(evening: Evening, name: str) -> str:
    player = await evening.user_id(name)
    return await evening.house.value("SELECT academy_name FROM users.users WHERE id = $1", player)


# ---- receipts


async def test_a_line_of_the_history_leads_to_its_receipt(evening: Evening) -> None:
    mira, tom = evening.robot("mira"), evening.robot("tom")
    await mira.slash("academy daily")
    await mira.slash("summon ten")
    player = await evening.user_id("mira")
    op_id = (await evening.game.summons(player))[0]["op_id"]
    short_id = str(op_id)[:8]

    history = await mira.slash("academy history")
    receipt = await mira.slash("academy receipt", id=short_id)

    assert f"receipt `{short_id}`" in history.text
    assert receipt.message.ephemeral
    for expected in ("Summon", "Done", "✦ −100", str(op_id)):
        assert expected in readable(receipt), expected
    await tom.slash("academy status")
    assert short_id in note(await tom.slash("academy receipt", id=short_id))
    note(await mira.slash("academy receipt", id="no such id"))
    note(await mira.slash("academy receipt", id="00000000"))


# ---- bans


async def test_who_is_banned_is_kept_out_everywhere_and_let_in_again(evening: Evening) -> None:
    mira, tom = evening.robot("mira"), evening.robot("tom")
    shown = (await mira.slash("summon ten")).message
    form = await the_form(mira, "reset", "Begin anew …")
    settings = (await mira.slash("academy settings")).message
    player = await evening.user_id("mira")
    before = await evening.fingerprint("mira")
    admin = evening.house.stub(AccountServiceStub, "users", "admin")
    operator = Operator(name="ops", reason="spam in the courtyard")
    await admin.AdminBan(AdminBanRequest(op=an_op(player=player), operator=operator))

    # Even before the bot has heard of it, `users` lets nobody in.
    evening.sessions[0].clients.players.forget(int(evening.box.world.user("mira").id))
    first = note(await mira.slash("summon ten"))
    await evening.sessions[0].bot.bans.refresh()

    told = [
        note(await mira.slash("academy status")),
        note(await mira.slash("help")),
        note(await mira.press(shown, f"Summon ten again · ✦{THIN}100")),
        note(await mira.press(settings, "Hide my collection")),
        note(await mira.submit(form, word="RESET")),
    ]
    assert {*told} == {first}
    assert "spam in the courtyard" in first
    assert await mira.autocomplete("summon ten", "banner", "") == []
    assert await evening.fingerprint("mira") == before
    assert await tom.autocomplete("summon ten", "banner", "")
    readable(await tom.slash("academy status"))

    await admin.AdminLiftBan(AdminLiftBanRequest(op=an_op(player=player), operator=operator))
    await evening.sessions[0].bot.bans.refresh()
    readable(await mira.slash("academy status"))
    assert "Ten-summon" in (await mira.slash("academy history")).text
