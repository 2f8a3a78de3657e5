"""`/academy`: settings, the strongest, reset and erase, the export, receipts."""

import json
from typing import Any

import pytest

from gateway_bot import exports
from gateway_bot.cogs.academy import Academy
from gateway_bot.options import ShortId
from gateway_bot.refusals import Hint
from gateway_bot.views import closing
from geminya.collection.v1.catalog_pb2 import BatchGetWaifusResponse
from geminya.collection.v1.roster_pb2 import GetPlaceResponse, ListTopResponse, TopEntry
from geminya.common.v1.life_pb2 import HeldRow, ListHeldRowsResponse
from geminya.common.v1.money_pb2 import CURRENCY_DAPHINE, CURRENCY_SAKURA_CRYSTALS
from geminya.common.v1.operation_pb2 import (
    OPERATION_STATE_DONE,
    OPERATION_STATE_OPEN,
    FoundOperation,
    SearchOperationsResponse,
)
from geminya.users.v1.account_pb2 import (
    AccountBrief,
    BatchGetAccountsResponse,
    EraseAccountResponse,
    GetPlayerResponse,
    ResetAccountResponse,
    Settings,
    UpdateSettingsResponse,
)
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerResponse
from tests.unit.bot.builders import NOW, OWNER, a_waifu, at, buttons, crystals, refused, trouble
from tests.unit.bot.stage import SERVICES, Act, Stage, written
from tests.unit.bot.test_views import WILD, fits


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


def academy(stage: Stage) -> Any:
    return Academy(stage)  # type: ignore[arg-type]


async def ran(stage: Stage, name: str, *options: Any, number: int = 0) -> Act:
    cog, act = academy(stage), Act(number)
    await getattr(cog, name).callback(cog, act, *options)
    return act


# ---- reset and erase


async def warned(stage: Stage, kind: str) -> Act:
    stage.script("account", "GetPlayer", GetPlayerResponse(user_id=7, epoch=3, academy_name=WILD))
    return await ran(stage, kind)


async def form_of(stage: Stage, kind: str) -> str:
    (button,) = buttons((await warned(stage, kind)).view).values()
    act = await stage.press(button, Act(1))
    (form,) = act.forms
    assert act.deferred == []
    return form.custom_id


@pytest.mark.parametrize("kind", ["reset", "erase"])
async def test_a_warning_opens_no_academy_and_says_what_goes_and_stays(
    stage: Stage, kind: str
) -> None:
    act = await warned(stage, kind)
    fits(act.view)
    assert act.deferred == [True]
    assert "What goes" in act.text
    assert "What stays" in act.text
    assert stage.entered.requests == []


@pytest.mark.parametrize(("kind", "word"), [("reset", "RESET"), ("erase", "ERASE")])
async def test_only_the_word_ends_a_life(stage: Stage, kind: str, word: str) -> None:
    reset = stage.script("account", "ResetAccount", ResetAccountResponse())
    erase = stage.script("account", "EraseAccount", EraseAccountResponse())
    custom_id = await form_of(stage, kind)

    for typed in ("", "yes", word[:-1]):
        with pytest.raises(Hint) as raised:
            await stage.press(custom_id, Act(2, written(word=typed)))
        assert raised.value.places == {"word": word}

    assert reset.requests == erase.requests == []


async def test_a_reset_is_asked_for_in_the_name_of_the_life_that_was_shown(stage: Stage) -> None:
    answer = ResetAccountResponse(epoch=4, balances=[crystals(2000)])
    reset = stage.script("account", "ResetAccount", answer)
    custom_id = await form_of(stage, "reset")

    for number in (2, 3):
        act = await stage.press(custom_id, Act(number, written(word=" “reset” ")))

    ops = {(each.op.op_id, each.op.user_id, each.op.epoch) for each in reset.requests}
    assert len(ops) == 1
    assert next(iter(ops))[1:] == (7, 3)
    assert stage.entered.requests == []
    fits(act.view)
    assert "2\N{NARROW NO-BREAK SPACE}000" in act.text


async def test_an_erase_enters_nothing_and_forgets_the_player(stage: Stage) -> None:
    await stage.clients.players.glance(OWNER)
    erase = stage.script("account", "EraseAccount", EraseAccountResponse())
    custom_id = await form_of(stage, "erase")

    act = await stage.press(custom_id, Act(2, written(word="ERASE")))

    assert [request.op.epoch for request in erase.requests] == [3]
    assert len(stage.entered.requests) == 1
    await stage.clients.players.glance(OWNER)
    assert len(stage.entered.requests) == 2
    fits(act.view)


async def test_a_refused_reset_forgets_the_player_too(stage: Stage) -> None:
    await stage.clients.players.glance(OWNER)
    stage.script("account", "ResetAccount", refused("OPERATIONS_OPEN"))
    custom_id = await form_of(stage, "reset")
    with pytest.raises(Exception, match="no"):
        await stage.press(custom_id, Act(2, written(word="RESET")))
    await stage.clients.players.glance(OWNER)
    assert len(stage.entered.requests) == 2


def test_a_farewell_travels_in_a_custom_id() -> None:
    farewell = closing.Farewell("erase", 2**63 - 1, 2**31 - 1)
    assert closing.Farewell.unpacked(farewell.packed()) == farewell


# ---- the export


def held(*rows: tuple[str, dict[str, Any]], token: str = "") -> ListHeldRowsResponse:
    told = [HeldRow(table=table, json=json.dumps(row)) for table, row in rows]
    return ListHeldRowsResponse(rows=told, next_page_token=token)


async def test_the_export_is_every_row_of_every_service(stage: Stage) -> None:
    stage.script("account", "GetPlayer", GetPlayerResponse(user_id=7))
    for name in SERVICES:
        pages = [held(("ledger", {"n": 1}), token="2"), held(("ledger", {"n": 2}), ("x", {}))]
        stage.clients.exports[name].ListHeldRows = _pages(*pages)  # type: ignore[method-assign]

    act = await ran(stage, "export")

    (file,) = act.files
    whole = json.loads(file.fp.read())
    assert whole["user_id"] == 7
    assert {*SERVICES} <= {*whole}
    assert whole["users"] == {"ledger": [{"n": 1}, {"n": 2}], "x": [{}]}
    assert act.deferred == [True]
    assert stage.entered.requests == []
    fits(act.view)


async def test_an_export_that_discord_would_not_take_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "LIMIT_BYTES", 10)
    stage.script("account", "GetPlayer", GetPlayerResponse(user_id=7))
    for name in SERVICES:
        page = held(("ledger", {"name": "x" * 20}))
        stage.clients.exports[name].ListHeldRows = _pages(page)  # type: ignore[method-assign]
    act = await ran(stage, "export")
    assert act.files == []
    assert "Ask the keepers" in act.text


def _pages(*pages: Any) -> Any:
    rest = [*pages]

    async def call(_: Any) -> Any:
        return rest.pop(0)

    return call


# ---- settings


async def test_a_setting_is_turned_around_and_known_at_once(stage: Stage) -> None:
    changed = UpdateSettingsResponse(settings=Settings(prefers_text=True))
    update = stage.script("account", "UpdateSettings", changed)
    act = await ran(stage, "settings")
    fits(act.view)
    assert act.deferred == [True]

    act = await stage.press(buttons(act.view)["Only words, please"], Act(1))

    (request,) = update.requests
    assert request.prefers_text is True
    assert not request.HasField("is_collection_hidden")
    assert "With pictures, please" in buttons(act.view)
    await stage.clients.players.glance(OWNER)
    assert len(stage.entered.requests) == 2


async def test_a_button_pressed_twice_asks_for_the_same(stage: Stage) -> None:
    update = stage.script("account", "UpdateSettings", UpdateSettingsResponse())
    button = buttons((await ran(stage, "settings")).view)["Hide my collection"]
    for number in (1, 2):
        await stage.press(button, Act(number))
    first, again = update.requests
    assert first.op.op_id == again.op.op_id
    assert first.is_collection_hidden is again.is_collection_hidden is True


# ---- the strongest


async def test_the_strongest_are_named_unless_they_hide(stage: Stage) -> None:
    places = [TopEntry(place=n, user_id=n, power=10 - n, owned_count=n) for n in (1, 2, 3, 7)]
    accounts = [
        AccountBrief(user_id=1, academy_name=WILD * 5),
        AccountBrief(user_id=2, academy_name="Secret", is_collection_hidden=True),
        AccountBrief(user_id=7, academy_name="Moon Hall"),
    ]
    stage.script("roster", "ListTop", ListTopResponse(entries=places))
    stage.script("roster", "GetPlace", GetPlaceResponse(place=7, collector_count=90))
    stage.script("account", "BatchGetAccounts", BatchGetAccountsResponse(accounts=accounts))

    act = await ran(stage, "top")

    fits(act.view)
    assert "Secret" not in act.text
    assert act.text.count("a hidden academy") == 2
    assert "Moon Hall" in act.text
    assert act.text.count("◂ you") == 1
    assert "place **7** of 90" in act.text


async def test_a_page_that_is_gone_meanwhile_is_the_first_one(stage: Stage) -> None:
    def top(count: int) -> ListTopResponse:
        places = range(1, count + 1)
        entries = [TopEntry(place=n, user_id=n, power=99 - n, owned_count=1) for n in places]
        return ListTopResponse(entries=entries)

    def ledger(count: int) -> ListLedgerResponse:
        facts: dict[str, Any] = {"currency": 1, "amount": 1, "reason": "mint.daily", "time": at()}
        lines = [LedgerLine(version=n, op_id=f"op-{n}", **facts) for n in range(count, 0, -1)]
        return ListLedgerResponse(lines=lines)

    stage.script("roster", "ListTop", top(11), top(3))
    stage.script("roster", "GetPlace", GetPlaceResponse(place=7, collector_count=90))
    stage.script("account", "BatchGetAccounts", BatchGetAccountsResponse())
    stage.script("wallet", "ListLedger", ledger(9), ledger(3))

    for command, button, told in (("top", "Next", "🥇"), ("history", "Older", "Daily reward")):
        act = await ran(stage, command)
        act = await stage.press(buttons(act.view)[button], Act(1))
        assert told in act.text


async def test_a_world_without_collections_says_so(stage: Stage) -> None:
    stage.script("roster", "ListTop", ListTopResponse())
    stage.script("roster", "GetPlace", GetPlaceResponse())
    assert "/summon ten" in (await ran(stage, "top")).text


# ---- receipts


def found(**facts: Any) -> FoundOperation:
    usual: dict[str, Any] = {
        "op_id": "0123abcd-0000-5000-8000-000000000000",
        "kind": "awaken",
        "state": OPERATION_STATE_DONE,
        "create_time": at(NOW),
        "update_time": at(NOW + 2),
    }
    return FoundOperation(**usual | facts)


def remembering(stage: Stage, **services: FoundOperation) -> None:
    for name in SERVICES:
        mine = [services[name]] if name in services else []
        answer = SearchOperationsResponse(operations=mine)
        stage.clients.operations[name].SearchOperations = _always(answer)  # type: ignore[method-assign]


def _always(answer: Any) -> Any:
    async def call(request: Any) -> Any:
        assert (request.user_id, request.short_id) == (7, "0123abcd")
        return answer

    return call


async def test_a_receipt_tells_kind_state_times_and_moves(stage: Stage) -> None:
    remembering(stage, collection=found(), users=found(kind="", step=1))
    paid = LedgerLine(
        version=4,
        currency=CURRENCY_DAPHINE,
        amount=-1,
        balance_after=0,
        reason="sink.awaken",
        subject="waifu:5",
        op_id=found().op_id,
    )
    ledger = stage.script("wallet", "ListLedger", ListLedgerResponse(lines=[paid]))
    known = BatchGetWaifusResponse(waifus=[a_waifu(5, name="Lin")])
    stage.script("catalog", "BatchGetWaifus", known)

    act = await ran(stage, "receipt", "0123abcd")

    fits(act.view)
    assert ledger.requests[0].short_id == "0123abcd"
    for expected in ("Awakening", "Done", "Lin", "❖ −1", f"<t:{NOW}:f>", f"<t:{NOW + 2}:f>"):
        assert expected in act.text, expected


async def test_a_change_of_one_statement_is_named_by_what_it_moved(stage: Stage) -> None:
    remembering(stage, users=found(kind=""))
    paid = LedgerLine(
        version=4,
        currency=CURRENCY_SAKURA_CRYSTALS,
        amount=500,
        balance_after=500,
        reason="mint.daily",
        op_id=found().op_id,
    )
    stage.script("wallet", "ListLedger", ListLedgerResponse(lines=[paid]))
    assert "### Daily reward" in (await ran(stage, "receipt", "0123abcd")).text


async def test_a_wish_stands_where_it_stands_itself_and_not_its_steps(stage: Stage) -> None:
    wish = found(state=OPERATION_STATE_OPEN)
    remembering(stage, collection=wish, users=found(kind="", step=1, create_time=at(NOW + 5)))
    stage.script("wallet", "ListLedger", ListLedgerResponse())

    act = await ran(stage, "receipt", "0123abcd")

    assert "Under way" in act.text
    assert f"<t:{NOW}:f>" in act.text


async def test_what_only_the_ledger_still_knows_has_a_receipt_too(stage: Stage) -> None:
    remembering(stage)
    opened = LedgerLine(
        version=1,
        currency=CURRENCY_SAKURA_CRYSTALS,
        amount=2000,
        balance_after=2000,
        reason="mint.start",
        op_id=found().op_id,
        time=at(NOW),
    )
    stage.script("wallet", "ListLedger", ListLedgerResponse(lines=[opened]))

    act = await ran(stage, "receipt", "0123abcd")

    for expected in ("### Gift to a new academy", "Done", f"<t:{NOW}:f>", "✦ +2"):
        assert expected in act.text, expected
    assert "settled" not in act.text


async def test_a_wish_that_nobody_remembers_is_said(stage: Stage) -> None:
    remembering(stage)
    stage.script("wallet", "ListLedger", ListLedgerResponse())
    with pytest.raises(Hint) as raised:
        await ran(stage, "receipt", "0123abcd")
    assert raised.value.key == "no_receipt"


async def test_a_service_that_is_away_is_no_missing_receipt(stage: Stage) -> None:
    remembering(stage)
    stage.script("wallet", "ListLedger", ListLedgerResponse())
    stage.clients.operations["economy"].SearchOperations = _broken  # type: ignore[method-assign]
    with pytest.raises(Exception, match="gone"):
        await ran(stage, "receipt", "0123abcd")


async def _broken(_: Any) -> Any:
    raise trouble()


@pytest.mark.parametrize("typed", ["0123ABCD", " `0123abcd` ", "#0123abcd"])
async def test_a_short_id_is_read_however_it_was_copied(typed: str) -> None:
    assert await ShortId().transform(None, typed) == "0123abcd"  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["", "0123abc", "0123abcde", "0123abcg", "名前名前名前名前"])
async def test_what_is_no_short_id_is_a_hint(typed: str) -> None:
    with pytest.raises(Hint):
        await ShortId().transform(None, typed)  # type: ignore[arg-type]
