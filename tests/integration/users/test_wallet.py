"""The wallet keeps its word: changes, the ledger that proves them, and its pages."""

import asyncio
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.rpc import page
from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from tests.support.calls import an_op, bad_request, insist, refused
from tests.support.house import UsersHouse
from tests.support.players import an_apply
from tests.support.races import race

FULL = 2**53 - 1
COLUMNS = {"crystals": "sakura_crystals", "quartzs": "quartzs", "daphine": "daphine"}


async def test_a_change_of_several_currencies_is_one_version_with_a_line_each(
    users: UsersHouse,
) -> None:
    await users.has(7, crystals=100)

    answer = await users.wallet.Apply(an_apply(crystals=-30, quartzs=10, daphine=1))

    assert [money.amount for money in answer.balances] == [70, 10, 1]
    lines = (await users.ledger(7))[1:]
    assert [
        (line["version"], line["currency"], line["amount"], line["balance_after"], line["reason"])
        for line in lines
    ] == [
        (2, "daphine", 1, 1, "mint.mission"),
        (2, "quartzs", 10, 10, "mint.mission"),
        (2, "sakura_crystals", -30, 70, "sink.gacha"),
    ]


async def test_a_debit_over_the_balance_is_refused_with_the_numbers(users: UsersHouse) -> None:
    await users.has(7, crystals=20)

    with refused("INSUFFICIENT_FUNDS", currency="sakura_crystals", price="30", balance="20"):
        await users.wallet.Apply(an_apply(crystals=-30))

    assert len(await users.ledger(7)) == 1


async def test_a_change_is_all_or_nothing(users: UsersHouse) -> None:
    await users.has(7, crystals=100)

    with refused("INSUFFICIENT_FUNDS", currency="quartzs"):
        await users.wallet.Apply(an_apply(crystals=-30, quartzs=-1))

    assert (await users.balances(7))["sakura_crystals"] == 100
    assert len(await users.ledger(7)) == 1


async def test_a_credit_over_the_highest_balance_is_refused_and_not_clipped(
    users: UsersHouse,
) -> None:
    await users.has(7, crystals=FULL - 5)

    with refused("WALLET_FULL", currency="sakura_crystals"):
        await users.wallet.Apply(an_apply(crystals=6))
    await users.wallet.Apply(an_apply(crystals=5))

    assert (await users.balances(7))["sakura_crystals"] == FULL


async def test_a_repeated_debit_takes_the_money_once(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    debit = an_apply(crystals=-30)

    answers = await asyncio.gather(*(insist(lambda: users.wallet.Apply(debit)) for _ in range(8)))

    assert [answer.balances[0].amount for answer in answers] == [70] * 8


async def test_a_refused_debit_stays_refused_when_money_comes(users: UsersHouse) -> None:
    await users.has(7, crystals=20)
    debit = an_apply(crystals=-30)
    with refused("INSUFFICIENT_FUNDS"):
        await users.wallet.Apply(debit)
    await users.wallet.Apply(an_apply(crystals=500))

    with refused("INSUFFICIENT_FUNDS", balance="20"):
        await users.wallet.Apply(debit)

    assert (await users.balances(7))["sakura_crystals"] == 520


async def test_the_same_op_with_another_amount_is_refused(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    op_id = an_op().op_id
    await users.wallet.Apply(an_apply(crystals=-30, op_id=op_id))

    with refused("OP_REUSED"):
        await users.wallet.Apply(an_apply(crystals=-31, op_id=op_id))

    assert (await users.balances(7))["sakura_crystals"] == 70


async def test_a_change_of_nobody_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.wallet.Apply(an_apply(404, crystals=1))


@pytest.mark.parametrize(("rank", "after"), [(0, 4), (3, 4), (4, 4), (5, 5)])
async def test_a_rank_never_falls(users: UsersHouse, rank: int, after: int) -> None:
    await users.has(7, rank=4)

    await users.wallet.Apply(an_apply(quartzs=1, rank=rank))

    assert await users.house.value("SELECT collector_rank FROM users.users") == after


async def test_a_rank_alone_changes_no_balance_and_writes_no_line(users: UsersHouse) -> None:
    await users.has(7, crystals=10)

    await users.wallet.Apply(an_apply(rank=2))
    await users.wallet.Apply(an_apply(crystals=1))

    assert [line["version"] for line in await users.ledger(7)] == [1, 2]


@pytest.mark.parametrize(
    ("caller", "reason", "amount"),
    [
        ("economy", "mint.loot", 1),
        ("economy", "mint.start", 1),
        ("expeditions", "sink.gacha", -1),
        ("collection", "mint.code", 1),
        ("economy", "mint.code", -1),
        ("economy", "sink.shop", 1),
        ("economy", "mint.code", 10_000_001),
    ],
)
async def test_a_change_that_is_not_the_callers_is_refused_and_not_remembered(
    users: UsersHouse, caller: str, reason: str, amount: int
) -> None:
    await users.has(7, crystals=100)
    stub = users.house.stub(WalletServiceStub, "users", caller)

    with refused("CHANGE_NOT_ALLOWED", code=grpc.StatusCode.PERMISSION_DENIED):
        await stub.Apply(an_apply(crystals=amount, reason=reason))

    assert (await users.balances(7))["sakura_crystals"] == 100
    assert await users.house.value("SELECT count(*) FROM users.applied_step") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": 0}, "changes[0].currency"),
        ({"currency": 9}, "changes[0].currency"),
        ({"amount": 0}, "changes[0].amount"),
        ({"amount": -(2**53)}, "changes[0].amount"),
        ({"amount": 2**63 - 1}, "changes[0].amount"),
        ({"reason": ""}, "changes[0].reason"),
        ({"reason": "x" * 33}, "changes[0].reason"),
        ({"reason": "a\0b"}, "changes[0].reason"),
    ],
)
async def test_a_change_of_bad_form_is_a_bad_request(
    users: UsersHouse, change: dict[str, Any], field: str
) -> None:
    request = an_apply(crystals=1)
    for name, value in change.items():
        setattr(request.changes[0], name, value)

    with bad_request(field):
        await users.wallet.Apply(request)


async def test_more_than_three_changes_are_a_bad_request(users: UsersHouse) -> None:
    request = an_apply(crystals=1, quartzs=1, daphine=1)
    request.changes.append(request.changes[0])

    with bad_request("changes"):
        await users.wallet.Apply(request)


async def test_the_service_itself_cannot_change_a_line(users: UsersHouse) -> None:
    await users.has(7, crystals=100)

    for statement in ("UPDATE ledger SET amount = 1", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(Exception, match="permission denied"):
            await users.database.bare.run(statement)


# Races (suite T5).


async def test_300_debits_of_10_at_once_from_1000_sell_exactly_100(users: UsersHouse) -> None:
    """Reading a balance and writing back a computed value once sold 300 items for the price of 200."""
    await users.has(7, crystals=1000)
    debits = [an_apply(crystals=-10) for _ in range(300)]

    calls = [lambda d=debit: users.wallet.Apply(d) for debit in debits]
    answers, reasons = await race(users.house, "users", calls)

    assert len(answers) == 100
    assert reasons == ["INSUFFICIENT_FUNDS"] * 200
    assert sorted(answer.balances[0].amount for answer in answers) == list(range(0, 1000, 10))
    assert (await users.balances(7))["sakura_crystals"] == 0
    await chain_holds(users, 7)


async def test_debits_and_their_doubles_at_once_take_each_price_once(users: UsersHouse) -> None:
    await users.has(7, crystals=320)
    debits = [an_apply(crystals=-10) for _ in range(32)]

    calls = [lambda d=debit: users.wallet.Apply(d) for debit in [*debits, *debits]]
    answers, reasons = await race(users.house, "users", calls)

    assert reasons == []
    assert len(answers) == 64
    assert answers[:32] == answers[32:]
    assert (await users.balances(7))["sakura_crystals"] == 0


async def test_players_do_not_wait_for_each_other_and_stay_apart(users: UsersHouse) -> None:
    for player in range(1, 9):
        await users.has(player, crystals=100)

    debits = [an_apply(player, crystals=-player) for player in range(1, 9) for _ in range(8)]
    await asyncio.gather(*(insist(lambda d=debit: users.wallet.Apply(d)) for debit in debits))

    for player in range(1, 9):
        assert (await users.balances(player))["sakura_crystals"] == 100 - 8 * player
        await chain_holds(users, player)


# The wallet against a model of it.


class Purse:
    """What a wallet is: three numbers that stay in bounds, and a list of what happened."""

    def __init__(self, **balances: int) -> None:
        self.balances = {"crystals": 0, "quartzs": 0, "daphine": 0} | balances
        self.changes = 0

    def apply(self, amounts: dict[str, int]) -> str:
        after = {name: self.balances[name] + amounts.get(name, 0) for name in self.balances}
        for name in self.balances:
            if after[name] < 0:
                return "INSUFFICIENT_FUNDS"
            if after[name] > FULL:
                return "WALLET_FULL"
        self.balances = after
        self.changes += 1
        return ""


near_the_bounds = st.sampled_from([-FULL, -11, -10, -1, 1, 10, 11, 10_000])
amounts = st.dictionaries(st.sampled_from(sorted(COLUMNS)), near_the_bounds, min_size=1, max_size=3)


@given(wishes=st.lists(amounts, min_size=1, max_size=12), begin=st.sampled_from([0, 10, FULL - 10]))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_wallet_is_three_numbers_in_bounds_and_a_chain_of_lines(
    users: UsersHouse, wishes: list[dict[str, int]], begin: int
) -> None:
    player = 1 + await users.house.value("SELECT COALESCE(max(id), 0) FROM users.users")
    await users.has(player, crystals=begin)
    purse = Purse(crystals=begin)

    for wish in wishes:
        wish = {name: max(-10_000, amount) for name, amount in wish.items()}
        request = an_apply(player, **wish)
        reason = purse.apply(wish)
        for _ in range(2):
            if reason:
                with refused(reason):
                    await users.wallet.Apply(request)
            else:
                answer = await users.wallet.Apply(request)
                assert [money.amount for money in answer.balances] == list(purse.balances.values())

    assert await users.balances(player) == {
        COLUMNS[name]: amount for name, amount in purse.balances.items()
    }
    versions = {line["version"] for line in await users.ledger(player)}
    assert len(versions) == purse.changes + bool(begin)
    await chain_holds(users, player)


async def chain_holds(users: UsersHouse, player: int) -> None:
    """I1 and I2: versions without a gap, each balance follows from the one before."""
    lines = await users.ledger(player)
    versions = sorted({line["version"] for line in lines})
    assert versions == list(range(1, len(versions) + 1))
    running = dict.fromkeys(COLUMNS.values(), 0)
    for line in lines:
        running[line["currency"]] += line["amount"]
        assert line["balance_after"] == running[line["currency"]]
        assert 0 <= line["balance_after"] <= FULL
    assert await users.balances(player) == running


# Pages of the ledger.


async def pages_of(users: UsersHouse, size: int, player: int = 7) -> list[list[pb.LedgerLine]]:
    pages: list[list[pb.LedgerLine]] = []
    token = ""
    while True:
        answer = await users.wallet.ListLedger(
            pb.ListLedgerRequest(user_id=player, page_size=size, page_token=token)
        )
        pages.append(list(answer.lines))
        token = answer.next_page_token
        if not token:
            return pages


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_pages_show_every_line_once_newest_first(users: UsersHouse, size: int) -> None:
    await users.has(7, crystals=100)
    for _ in range(3):
        await users.wallet.Apply(an_apply(crystals=-1, quartzs=1))

    pages = await pages_of(users, size)

    lines = [line for page in pages for line in page]
    assert [(line.version, line.amount) for line in lines] == [
        (4, -1),
        (4, 1),
        (3, -1),
        (3, 1),
        (2, -1),
        (2, 1),
        (1, 100),
    ]
    assert all(len(page) <= size for page in pages)
    assert all(len(page) == size for page in pages[:-1])


async def test_a_line_tells_what_it_was_for(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    request = an_apply(crystals=-30)
    await users.wallet.Apply(request)

    line = (await pages_of(users, 1))[0][0]

    assert (line.op_id, line.reason, line.balance_after) == (request.op.op_id, "sink.gacha", 70)
    assert line.HasField("time")


async def test_a_page_has_25_lines_unless_asked_otherwise(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    for _ in range(29):
        await users.wallet.Apply(an_apply(crystals=-1))

    assert [len(page) for page in await pages_of(users, 0)] == [25, 5]


async def test_a_new_line_does_not_shift_the_next_page(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    await users.wallet.Apply(an_apply(crystals=-1))
    first = await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, page_size=1))
    await users.wallet.Apply(an_apply(crystals=-2))

    second = await users.wallet.ListLedger(
        pb.ListLedgerRequest(user_id=7, page_size=1, page_token=first.next_page_token)
    )

    assert [line.version for line in (*first.lines, *second.lines)] == [2, 1]


async def test_the_ledger_of_nobody_is_empty(users: UsersHouse) -> None:
    assert await pages_of(users, 10, player=404) == [[]]


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "%%%", "🌸", "x" * 500])
async def test_a_token_that_is_none_is_a_bad_request(users: UsersHouse, token: str) -> None:
    with bad_request("page_token"):
        await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, page_token=token))


async def test_a_token_of_another_player_is_a_bad_request(users: UsersHouse) -> None:
    await users.has(7, crystals=100)
    await users.wallet.Apply(an_apply(crystals=-1))
    first = await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, page_size=1))

    with bad_request("page_token", "another list"):
        await users.wallet.ListLedger(
            pb.ListLedgerRequest(user_id=8, page_token=first.next_page_token)
        )


@pytest.mark.parametrize(
    "key", [("9" * 30, "quartzs"), ("1", "a\0b"), ("", ""), ("-" * 3, "x"), ("٣", "x")]
)
async def test_a_forged_token_is_a_bad_request(users: UsersHouse, key: tuple[str, str]) -> None:
    token = page.encode(("ledger", 7), key)

    with bad_request("page_token"):
        await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, page_token=token))


@pytest.mark.parametrize("size", [-1, 101])
async def test_a_page_has_at_most_100_lines(users: UsersHouse, size: int) -> None:
    with bad_request("page_size"):
        await users.wallet.ListLedger(pb.ListLedgerRequest(user_id=7, page_size=size))


# Several players in one go.


def several(*changes: pb.ApplyRequest) -> pb.BatchApplyRequest:
    return pb.BatchApplyRequest(requests=changes)


async def test_each_of_several_changes_is_as_if_it_were_alone(users: UsersHouse) -> None:
    for player in (7, 8, 9):
        await users.has(player, crystals=100)

    batch = several(*(an_apply(player, crystals=-player, quartzs=1) for player in (9, 7, 8)))
    answer = await users.wallet.BatchApply(batch)

    amounts = [[money.amount for money in one.response.balances] for one in answer.answers]
    assert amounts == [[91, 1, 0], [93, 1, 0], [92, 1, 0]]
    for player in (7, 8, 9):
        lines = (await users.ledger(player))[1:]
        assert [(line["currency"], line["amount"]) for line in lines] == [
            ("quartzs", 1),
            ("sakura_crystals", -player),
        ]


async def test_a_poor_player_fails_alone_among_several(users: UsersHouse) -> None:
    for player, crystals in ((7, 100), (8, 5), (9, 100)):
        await users.has(player, crystals=crystals)
    batch = several(*(an_apply(player, crystals=-30) for player in (7, 8, 404, 9)))

    answer = await users.wallet.BatchApply(batch)

    assert [one.HasField("response") for one in answer.answers] == [True, False, False, True]
    assert [(await users.balances(p))["sakura_crystals"] for p in (7, 8, 9)] == [70, 5, 70]
    # Asked alone, each hears why.
    with refused("INSUFFICIENT_FUNDS", balance="5"):
        await users.wallet.Apply(batch.requests[1])
    with refused("USER_NOT_FOUND"):
        await users.wallet.Apply(batch.requests[2])


async def test_repeats_of_several_take_the_money_once_however_they_are_sent(
    users: UsersHouse,
) -> None:
    for player in (7, 8):
        await users.has(player, crystals=100)
    batch = several(an_apply(7, crystals=-30), an_apply(8, crystals=-30))
    backwards = several(*reversed(batch.requests))

    await asyncio.gather(
        *(insist(lambda one=one: users.wallet.BatchApply(one)) for one in [batch] * 3),
        *(insist(lambda: users.wallet.BatchApply(backwards)) for _ in range(3)),
        *(insist(lambda one=one: users.wallet.Apply(one)) for one in batch.requests),
    )

    again = await users.wallet.BatchApply(batch)
    assert [one.response.balances[0].amount for one in again.answers] == [70, 70]
    assert [(await users.balances(player))["sakura_crystals"] for player in (7, 8)] == [70, 70]


async def test_other_content_under_a_known_op_has_no_answer_among_several(
    users: UsersHouse,
) -> None:
    await users.has(7, crystals=100)
    change = an_apply(7, crystals=-30)
    await users.wallet.Apply(change)
    other = an_apply(7, crystals=-31, op_id=change.op.op_id)

    answer = await users.wallet.BatchApply(several(other))

    assert not answer.answers[0].HasField("response")
    assert (await users.balances(7))["sakura_crystals"] == 70
