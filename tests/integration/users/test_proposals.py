"""More than one person may do alone waits for a second one: once, with both names, whoever dies or races."""

import uuid
from typing import Any

import grpc
import pytest

from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.users.wallet.rules import ALONE
from tests.support.calls import an_op, bad_request, fails_with, insist, refused
from tests.support.house import UsersHouse
from tests.support.players import CURRENCIES, an_adjust, an_operator
from tests.support.races import CALLS, deadlocks, race

MANY = 21
"""Daphine over the limit of one person."""


def an_approval(
    proposal_id: str, player: int = 7, *, name: str = "ann", op_id: str | None = None
) -> pb.AdminApproveAdjustRequest:
    """A second person says yes."""
    return pb.AdminApproveAdjustRequest(
        op=an_op(player, op_id=op_id),
        operator=an_operator("seen and right", name=name),
        proposal_id=proposal_id,
    )


def a_rejection(
    proposal_id: str, player: int = 7, *, name: str = "ann"
) -> pb.AdminRejectAdjustRequest:
    """Somebody says no."""
    return pb.AdminRejectAdjustRequest(
        op=an_op(player), operator=an_operator("not so much", name=name), proposal_id=proposal_id
    )


async def proposes(users: UsersHouse, player: int = 7, **amounts: int) -> str:
    """An adjustment over the limit; the id of its proposal."""
    request = an_adjust(player, ticket="T-9", **(amounts or {"daphine": MANY}))
    with refused("SECOND_NEEDED"):
        await users.wallet.AdminAdjust(request)
    return request.op.op_id


async def proposals(users: UsersHouse, **given: Any) -> list[pb.Proposal]:
    answer = await users.wallet.AdminListProposals(pb.AdminListProposalsRequest(**given))
    return list(answer.proposals)


async def audit_of(users: UsersHouse, player: int = 7) -> list[dict[str, Any]]:
    return await users.house.rows(
        "SELECT * FROM users.audit WHERE user_id = $1 ORDER BY at", player
    )


@pytest.mark.parametrize("currency", ALONE)
@pytest.mark.parametrize("sign", [1, -1])
async def test_one_person_moves_the_limit_and_no_more(
    users: UsersHouse, currency: Any, sign: int
) -> None:
    most = ALONE[currency]
    name = next(word for word, number in CURRENCIES.items() if currency.value.endswith(word))
    await users.has(7, crystals=3 * most, quartzs=3 * most, daphine=3 * most)

    await users.wallet.AdminAdjust(an_adjust(**{name: sign * most}))
    over = (
        an_adjust(**{name: sign * (most + 1)}, quartzs=1)
        if name != "quartzs"
        else an_adjust(**{name: sign * (most + 1)})
    )
    with refused("SECOND_NEEDED", currency=currency.value, limit=str(most)):
        await users.wallet.AdminAdjust(over)

    assert (await users.balances(7))[currency.value] == 3 * most + sign * most
    [waiting] = await proposals(users)
    assert waiting.adjustments[-1 if name == "daphine" else 0].amount == sign * (most + 1)


async def test_a_second_person_does_it_once_with_both_names(users: UsersHouse) -> None:
    await users.has(7, crystals=300)
    proposal_id = await proposes(users, daphine=MANY, crystals=-100)
    assert (await users.balances(7))["daphine"] == 0
    request = an_approval(proposal_id)

    answer = await users.wallet.AdminApproveAdjust(request)

    assert [money.amount for money in answer.balances] == [200, 0, MANY]
    assert (answer.proposal.state, answer.proposal.settled_by) == ("approved", "ann")
    assert await users.balances(7) == {"sakura_crystals": 200, "quartzs": 0, "daphine": MANY}
    lines = (await users.ledger(7))[1:]
    assert {(line["reason"], line["amount"], line["subject"]) for line in lines} == {
        ("mint.admin", MANY, "ticket:T-9"),
        ("sink.admin", -100, "ticket:T-9"),
    }
    assert {line["op_id"] for line in lines} == {request.op.op_id}
    first, second = await audit_of(users)
    assert (first["action"], first["operator"], first["op_id"]) == (
        "propose_adjust",
        "keeper",
        proposal_id,
    )
    assert (second["action"], second["operator"]) == ("adjust", "ann")
    assert second["after"]["proposed_by"] == "keeper"
    assert second["after"]["approved_by"] == "ann"
    assert second["before"]["sakura_crystals"] == 300
    # The same approval again is the same; another one comes too late; and the first act stays refused.
    assert await users.wallet.AdminApproveAdjust(request) == answer
    with refused("PROPOSAL_SETTLED", proposal_id=proposal_id):
        await users.wallet.AdminApproveAdjust(an_approval(proposal_id, name="bob"))
    with refused("PROPOSAL_SETTLED"):
        await users.wallet.AdminRejectAdjust(a_rejection(proposal_id))
    assert await proposals(users) == []
    [settled] = await proposals(users, with_settled=True)
    assert settled == answer.proposal


async def test_the_second_person_is_not_the_first(users: UsersHouse) -> None:
    await users.has(7)
    proposal_id = await proposes(users)

    for name in ("keeper", "Keeper", "KEEPER", "keeper ", " k eeper", "kee-per", "Keeper."):
        with refused("SAME_PERSON"):
            await users.wallet.AdminApproveAdjust(an_approval(proposal_id, name=name))

    assert (await users.balances(7))["daphine"] == 0
    assert len(await audit_of(users)) == 1


async def test_a_rejected_proposal_is_dropped_for_good(users: UsersHouse) -> None:
    await users.has(7)
    proposal_id = await proposes(users)
    request = a_rejection(proposal_id)

    answer = await users.wallet.AdminRejectAdjust(request)

    assert (answer.proposal.state, answer.proposal.settled_by) == ("rejected", "ann")
    assert await users.wallet.AdminRejectAdjust(request) == answer
    with refused("PROPOSAL_SETTLED"):
        await users.wallet.AdminApproveAdjust(an_approval(proposal_id))
    assert [row["action"] for row in await audit_of(users)] == ["propose_adjust", "reject_adjust"]
    assert (await users.balances(7))["daphine"] == 0


async def test_what_cannot_be_approved_is_refused(users: UsersHouse) -> None:
    await users.has(7, crystals=30_000)
    await users.has(8)
    nothing = str(uuid.uuid4())
    proposal_id = await proposes(users, crystals=-25_000)

    for request in (an_approval(nothing), an_approval(proposal_id, player=8)):
        with refused("PROPOSAL_NOT_FOUND", proposal_id=request.proposal_id):
            await users.wallet.AdminApproveAdjust(request)
    with refused("PROPOSAL_NOT_FOUND"):
        await users.wallet.AdminRejectAdjust(a_rejection(proposal_id, player=8))
    await users.wallet.AdminAdjust(an_adjust(crystals=-10_000))
    with refused("INSUFFICIENT_FUNDS", price="25000", balance="20000"):
        await users.wallet.AdminApproveAdjust(an_approval(proposal_id))
    with bad_request("proposal_id"):
        await users.wallet.AdminApproveAdjust(an_approval("nonsense"))

    # It still waits, for somebody who looks again.
    assert [one.state for one in await proposals(users)] == ["waiting"]
    assert len(await audit_of(users, 8)) == 0


async def test_a_repeat_of_what_was_proposed_stays_one_proposal(users: UsersHouse) -> None:
    await users.has(7)
    request = an_adjust(daphine=MANY)

    for _ in range(3):
        with refused("SECOND_NEEDED"):
            await users.wallet.AdminAdjust(request)

    assert len(await proposals(users)) == 1


async def test_what_is_not_there_is_not_proposed(users: UsersHouse) -> None:
    await users.has(7, crystals=5)

    with refused("INSUFFICIENT_FUNDS"):
        await users.wallet.AdminAdjust(an_adjust(crystals=-30_000))

    assert await proposals(users) == []


@pytest.mark.parametrize("caller", ["bot", "economy"])
async def test_only_operators_settle(users: UsersHouse, caller: str) -> None:
    stub = users.house.stub(WalletServiceStub, "users", caller)
    nothing = str(uuid.uuid4())

    for call, request in (
        (stub.AdminApproveAdjust, an_approval(nothing)),
        (stub.AdminRejectAdjust, a_rejection(nothing)),
        (stub.AdminListProposals, pb.AdminListProposalsRequest()),
    ):
        with fails_with(grpc.StatusCode.PERMISSION_DENIED):
            await call(request)


@pytest.mark.timeout(180)
async def test_64_approvals_by_as_many_people_do_it_once(users: UsersHouse) -> None:
    for round_ in range(4):
        player = 100 + round_
        await users.has(player)
        proposal_id = await proposes(users, player)
        calls = [
            lambda n=n, player=player, proposal_id=proposal_id: users.wallet.AdminApproveAdjust(
                an_approval(proposal_id, player, name=f"person {n}"), timeout=20
            )
            for n in range(CALLS)
        ]

        answers, reasons = await race(users.house, "users", calls, player)

        assert len(answers) == 1
        assert reasons == ["PROPOSAL_SETTLED"] * (CALLS - 1)
        assert (await users.balances(player))["daphine"] == MANY
        assert len(await audit_of(users, player)) == 2
    assert await deadlocks(users.house) == 0


async def test_an_approval_and_a_rejection_at_once_are_one_of_both(users: UsersHouse) -> None:
    await users.has(7)
    proposal_id = await proposes(users)
    calls = [
        lambda n=n: (
            users.wallet.AdminApproveAdjust(an_approval(proposal_id, name=f"p{n}"), timeout=20)
            if n % 2
            else users.wallet.AdminRejectAdjust(a_rejection(proposal_id, name=f"p{n}"), timeout=20)
        )
        for n in range(CALLS)
    ]

    answers, reasons = await race(users.house, "users", calls)

    assert (len(answers), len(reasons)) == (1, CALLS - 1)
    is_approved = answers[0].proposal.state == "approved"
    assert (await users.balances(7))["daphine"] == (MANY if is_approved else 0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("act", ["adjust", "propose", "approve", "reject"])
async def test_an_act_survives_a_crash_at_every_moment(users: UsersHouse, act: str) -> None:
    """Each is one transaction: either all of it is there or nothing, and a repeat ends the same way."""

    async def prepared(player: int) -> Any:
        await users.has(player)
        if act == "adjust":
            return users.wallet.AdminAdjust, an_adjust(player, daphine=5)
        if act == "propose":
            return users.wallet.AdminAdjust, an_adjust(player, daphine=MANY)
        proposal_id = an_adjust(player, daphine=MANY)
        with refused("SECOND_NEEDED"):
            await insist(lambda: users.wallet.AdminAdjust(proposal_id))
        if act == "approve":
            return users.wallet.AdminApproveAdjust, an_approval(proposal_id.op.op_id, player)
        return users.wallet.AdminRejectAdjust, a_rejection(proposal_id.op.op_id, player)

    async def done(call: Any, request: Any) -> None:
        if act == "propose":
            with refused("SECOND_NEEDED"):
                await insist(lambda: call(request))
        else:
            await insist(lambda: call(request))

    call, request = await prepared(1)
    names = await users.house.moments_of(lambda: done(call, request))
    assert len(names) == 1
    for moment in range(1, len(names) + 1):
        player = 100 + moment
        call, request = await prepared(player)
        async with users.house.dies_at(moment):
            await call(request)
        assert users.house.has_died
        await users.house.start()

        await done(call, request)

        expected = {"adjust": (5, 1), "propose": (0, 1), "approve": (MANY, 2), "reject": (0, 2)}
        assert (
            (await users.balances(player))["daphine"],
            len(await audit_of(users, player)),
        ) == expected[act]


async def test_a_proposal_ends_with_the_life_and_the_audit_stays(users: UsersHouse) -> None:
    await users.has(7)
    await proposes(users)
    await users.house.run("UPDATE users.gate SET closed = true WHERE user_id = 7")

    with refused("USER_GONE"):
        await users.wallet.AdminApproveAdjust(an_approval(str(uuid.uuid4())))

    assert len(await audit_of(users)) == 1
