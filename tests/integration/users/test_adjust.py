"""An operator changes a wallet by hand (flow F11): all or nothing, once, and never without its audit row."""

from typing import Any

import grpc
import pytest

from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.users.wallet.rules import CEILING
from tests.support.calls import an_op, bad_request, fails_with, refused
from tests.support.house import UsersHouse
from tests.support.players import CURRENCIES, an_adjust, an_apply
from tests.support.races import CALLS, ROUNDS, deadlocks, race

FULL = 2**53 - 1


async def audit_of(users: UsersHouse, player: int = 7) -> list[dict[str, Any]]:
    return await users.house.rows(
        "SELECT * FROM users.audit WHERE user_id = $1 ORDER BY at", player
    )


async def untouched(users: UsersHouse, player: int = 7, *, lines: int = 1) -> None:
    """Nothing of the adjustment is there."""
    assert len(await users.ledger(player)) == lines
    assert await audit_of(users, player) == []


async def test_an_adjustment_moves_balances_ledger_and_audit_together(users: UsersHouse) -> None:
    await users.has(7, crystals=300)
    request = an_adjust(daphine=5, crystals=-100, ticket="T-17")

    answer = await users.wallet.AdminAdjust(request)

    assert [money.amount for money in answer.balances] == [200, 0, 5]
    assert await users.balances(7) == {"sakura_crystals": 200, "quartzs": 0, "daphine": 5}
    lines = (await users.ledger(7))[1:]
    shown = ("version", "currency", "reason", "amount", "balance_after", "subject")
    assert [tuple(line[name] for name in shown) for line in lines] == [
        (2, "daphine", "mint.admin", 5, 5, "ticket:T-17"),
        (2, "sakura_crystals", "sink.admin", -100, 200, "ticket:T-17"),
    ]
    [row] = await audit_of(users)
    assert (row["op_id"], row["action"]) == (request.op.op_id, "adjust")
    assert (row["operator"], row["reason"], row["ticket"]) == (
        "keeper",
        "lost in an outage",
        "T-17",
    )
    assert row["before"] == {"sakura_crystals": 300, "quartzs": 0, "daphine": 0}
    assert row["after"] == {"sakura_crystals": 200, "quartzs": 0, "daphine": 5}


async def test_an_adjustment_without_a_ticket_has_no_subject(users: UsersHouse) -> None:
    await users.has(7)

    await users.wallet.AdminAdjust(an_adjust(quartzs=1))

    assert [line["subject"] for line in await users.ledger(7)] == [""]


async def test_taking_more_than_is_there_is_refused_with_the_numbers(users: UsersHouse) -> None:
    await users.has(7, crystals=20)

    with refused("INSUFFICIENT_FUNDS", currency="sakura_crystals", price="21", balance="20"):
        await users.wallet.AdminAdjust(an_adjust(crystals=-21))
    await untouched(users)
    await users.wallet.AdminAdjust(an_adjust(crystals=-20))

    assert (await users.balances(7))["sakura_crystals"] == 0


async def test_where_one_of_two_currencies_fails_nothing_happens(users: UsersHouse) -> None:
    await users.has(7, crystals=100)

    with refused("INSUFFICIENT_FUNDS", currency="quartzs", price="1", balance="0"):
        await users.wallet.AdminAdjust(an_adjust(crystals=50, quartzs=-1))

    assert (await users.balances(7))["sakura_crystals"] == 100
    await untouched(users)


async def test_a_wallet_is_filled_to_its_bound_and_not_over_it(users: UsersHouse) -> None:
    await users.has(7, daphine=FULL - 5)

    with refused("WALLET_FULL", currency="daphine"):
        await users.wallet.AdminAdjust(an_adjust(daphine=6))
    await untouched(users)
    await users.wallet.AdminAdjust(an_adjust(daphine=5))

    assert (await users.balances(7))["daphine"] == FULL


@pytest.mark.parametrize("currency", CEILING)
@pytest.mark.parametrize("sign", [1, -1])
async def test_one_call_moves_at_most_the_ceiling(
    users: UsersHouse, currency: Any, sign: int
) -> None:
    most = CEILING[currency]
    name = next(word for word, number in CURRENCIES.items() if currency.value.endswith(word))
    await users.has(7, crystals=most, quartzs=most, daphine=most)

    with refused("CHANGE_NOT_ALLOWED", code=grpc.StatusCode.PERMISSION_DENIED):
        await users.wallet.AdminAdjust(an_adjust(**{name: sign * (most + 1)}))
    await untouched(users, lines=3)
    # Up to the ceiling a second person may allow it.
    with refused("SECOND_NEEDED"):
        await users.wallet.AdminAdjust(an_adjust(**{name: sign * most}))

    assert len(await users.ledger(7)) == 3


async def test_a_currency_stands_in_an_adjustment_once(users: UsersHouse) -> None:
    await users.has(7)
    request = an_adjust(daphine=1)
    request.adjustments.append(request.adjustments[0])

    with refused("CHANGE_NOT_ALLOWED"):
        await users.wallet.AdminAdjust(request)

    await untouched(users, lines=0)


async def test_nobody_and_who_is_gone_cannot_be_adjusted(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.wallet.AdminAdjust(an_adjust(404, daphine=1))

    await users.has(8)
    await users.house.run(
        "UPDATE users.users SET state = 'closed', discord_id = NULL, academy_name = ''"
    )
    with refused("USER_NOT_FOUND", user_id="8"):
        await users.wallet.AdminAdjust(an_adjust(8, daphine=1))
    await users.house.run("UPDATE users.gate SET closed = true")
    with refused("USER_GONE"):
        await users.wallet.AdminAdjust(an_adjust(8, daphine=1))
    await untouched(users, 8, lines=0)


@pytest.mark.parametrize("caller", ["bot", "economy", "expeditions", "collection"])
async def test_only_an_operator_adjusts(users: UsersHouse, caller: str) -> None:
    await users.has(7)
    stub = users.house.stub(WalletServiceStub, "users", caller)

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminAdjust(an_adjust(daphine=1))

    await untouched(users, lines=0)


async def test_no_service_pays_in_the_name_of_an_operator(users: UsersHouse) -> None:
    await users.has(7)

    with refused("CHANGE_NOT_ALLOWED"):
        await users.wallet.Apply(an_apply(daphine=1, reason="mint.admin"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("operator.name", ""),
        ("operator.name", "x" * 65),
        ("operator.name", "a\nb"),
        ("operator.reason", "no"),
        ("operator.reason", "x" * 301),
        ("operator.reason", "because\0"),
        ("operator.ticket", "x" * 65),
        ("operator.ticket", "T\u202e1"),
        ("adjustments[0].amount", 0),
        ("adjustments[0].amount", -(2**53)),
        ("adjustments[0].amount", 2**63 - 1),
        ("adjustments[0].currency", 0),
        ("adjustments[0].currency", 9),
        ("op.step", 1),
        ("op.op_id", "not-one"),
        ("op.epoch", 0),
    ],
)
async def test_an_adjustment_of_bad_form_is_a_bad_request(
    users: UsersHouse, field: str, value: Any
) -> None:
    await users.has(7)
    request = an_adjust(daphine=1)
    place, name = field.split(".")
    inner: Any = request.adjustments[0] if "[" in place else getattr(request, place)
    setattr(inner, name, value)

    with bad_request(field):
        await users.wallet.AdminAdjust(request)

    await untouched(users, lines=0)


async def test_an_adjustment_of_nothing_is_a_bad_request(users: UsersHouse) -> None:
    with bad_request("adjustments"):
        await users.wallet.AdminAdjust(an_adjust())


async def test_a_repeated_adjustment_gets_the_first_answer(users: UsersHouse) -> None:
    await users.has(7)
    request = an_adjust(daphine=5)
    first = await users.wallet.AdminAdjust(request)
    await users.wallet.AdminAdjust(an_adjust(daphine=2))

    assert await users.wallet.AdminAdjust(request) == first

    assert (await users.balances(7))["daphine"] == 7
    assert len(await audit_of(users)) == 2


async def test_a_refused_adjustment_stays_refused_when_money_comes(users: UsersHouse) -> None:
    await users.has(7)
    request = an_adjust(crystals=-5)
    with refused("INSUFFICIENT_FUNDS"):
        await users.wallet.AdminAdjust(request)
    await users.wallet.AdminAdjust(an_adjust(crystals=5))

    with refused("INSUFFICIENT_FUNDS", balance="0"):
        await users.wallet.AdminAdjust(request)

    assert (await users.balances(7))["sakura_crystals"] == 5


async def test_an_op_that_was_used_does_not_adjust_something_else(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.wallet.AdminAdjust(an_adjust(daphine=1, op_id=op_id))

    with refused("OP_REUSED"):
        await users.wallet.AdminAdjust(an_adjust(daphine=2, op_id=op_id))

    # Also long after the kept outcome was forgotten.
    await users.house.run("DELETE FROM users.applied_step")
    with refused("OP_REUSED"):
        await users.wallet.AdminAdjust(an_adjust(daphine=1, op_id=op_id))
    assert (await users.balances(7))["daphine"] == 1


@pytest.mark.timeout(300)
async def test_64_adjustments_with_one_op_are_one(users: UsersHouse) -> None:
    for round_ in range(ROUNDS):
        player = 100 + round_
        await users.has(player)
        request = an_adjust(player, daphine=5)
        calls = [lambda r=request: users.wallet.AdminAdjust(r, timeout=20)] * CALLS

        answers, reasons = await race(users.house, "users", calls, player)

        assert reasons == []
        assert [answer.balances[2].amount for answer in answers] == [5] * CALLS
        assert (await users.balances(player))["daphine"] == 5
        assert len(await users.ledger(player)) == len(await audit_of(users, player)) == 1
    assert await deadlocks(users.house) == 0


async def test_adjustments_at_once_take_what_is_there_and_no_more(users: UsersHouse) -> None:
    await users.has(7, daphine=10)
    calls = [
        lambda one=one: users.wallet.AdminAdjust(one, timeout=20)
        for one in [an_adjust(daphine=-1) for _ in range(CALLS)]
    ]

    answers, reasons = await race(users.house, "users", calls)

    assert sorted(answer.balances[2].amount for answer in answers) == list(range(10))
    assert reasons == ["INSUFFICIENT_FUNDS"] * (CALLS - 10)
    assert len(await audit_of(users)) == 10


async def test_an_adjustment_changes_nothing_of_another_player(users: UsersHouse) -> None:
    await users.has(7, daphine=1)
    await users.has(8, daphine=1)
    before = await users.house.rows("SELECT * FROM users.users WHERE id = 8")
    request = an_adjust(7, daphine=5)
    await users.wallet.AdminAdjust(request)

    # The same op for somebody else is another operation, and shows nothing of the first.
    answer = await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=8, op_id=request.op.op_id))

    assert list(answer.lines) == []
    assert await users.house.rows("SELECT * FROM users.users WHERE id = 8") == before
    assert len(await users.ledger(8)) == 1
    assert await audit_of(users, 8) == []


# Subjects of the ledger.


async def test_a_line_tells_what_exactly_it_was_for(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    await users.wallet.Apply(an_apply(crystals=-1, quartzs=1, subject="banner:standard"))

    lines = (await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7))).lines

    assert [line.subject for line in lines] == ["banner:standard"] * 2 + [""]


@pytest.mark.parametrize("subject", ["x" * 97, "a\nb", "a\0b", "\u200b"])
async def test_a_subject_of_bad_form_is_a_bad_request(users: UsersHouse, subject: str) -> None:
    with bad_request("changes[0].subject"):
        await users.wallet.Apply(an_apply(crystals=1, subject=subject))


async def test_the_same_op_with_another_subject_is_refused(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.wallet.Apply(an_apply(crystals=1, subject="code:a", op_id=op_id))

    with refused("OP_REUSED"):
        await users.wallet.Apply(an_apply(crystals=1, subject="code:b", op_id=op_id))


async def test_a_process_of_the_version_before_still_pays(users: UsersHouse) -> None:
    """Between migration and restart the older shape of the function is called."""
    await users.has(7, crystals=10)

    await users.database.bare.run(
        """
        -- apply_of_before
        SELECT how FROM apply(7, gen_random_uuid(), 1, 1, ''::bytea, -3, 0, 0,
            '{"sakura_crystals": "sink.gacha"}', 0)
        """
    )

    assert (await users.balances(7))["sakura_crystals"] == 7
    assert [line["subject"] for line in await users.ledger(7)] == ["", ""]


async def test_the_lines_of_one_operation_can_be_asked_for(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    asked = an_apply(crystals=-1, quartzs=1)
    for request in (an_apply(crystals=-2), asked, an_apply(crystals=-3)):
        await users.wallet.Apply(request)
    pages: list[pb.ListLedgerResponse] = []
    for _ in range(2):
        token = pages[-1].next_page_token if pages else ""
        pages.append(
            await users.wallet.ListLedger(
                pb.ListLedgerRequest(user_id=7, op_id=asked.op.op_id, page_size=1, page_token=token)
            )
        )

    assert [line.amount for page in pages for line in page.lines] == [-1, 1]
    assert pages[1].next_page_token == ""
    with bad_request("page_token", "another list"):
        await users.wallet.ListLedger(
            pb.ListLedgerRequest(user_id=7, page_token=pages[0].next_page_token)
        )


async def test_the_lines_of_a_receipt_are_found_by_eight_letters(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    asked = an_apply(crystals=-1, quartzs=1)
    for request in (an_apply(crystals=-2), asked):
        await users.wallet.Apply(request)

    short = pb.ListLedgerRequest(user_id=7, short_id=asked.op.op_id[:8])
    found = (await users.wallet.ListLedger(short)).lines
    short.user_id = 8

    assert {line.op_id for line in found} == {asked.op.op_id}
    assert [line.amount for line in found] == [-1, 1]
    assert not (await users.wallet.ListLedger(short)).lines
    for bad in ("0123abc", "0123abcg", "0123-abc"):
        with bad_request("short_id"):
            await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, short_id=bad))


@pytest.mark.parametrize("op_id", ["x", "0" * 36, "0" * 32])
async def test_an_op_id_that_is_none_is_a_bad_request(users: UsersHouse, op_id: str) -> None:
    with bad_request("op_id"):
        await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, op_id=op_id))
