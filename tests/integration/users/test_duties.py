"""Who of several bots does what only one may do: taken once, renewed, given back, taken over when it is over."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from geminya.users.v1 import duty_pb2 as pb
from geminya.users.v1.duty_pb2_grpc import DutyServiceStub
from tests.support.calls import refused
from tests.support.house import UsersHouse

if TYPE_CHECKING:
    from geminya.users.v1.duty_pb2_grpc import DutyServiceAsyncStub

SHARE, IDENTIFY = pb.DUTY_KIND_SHARE, pb.DUTY_KIND_IDENTIFY


@pytest.fixture
def duties(users: UsersHouse) -> "DutyServiceAsyncStub":
    return users.house.stub(DutyServiceStub, "users")


def lease(holder: str, note: str | None = None, **other: int) -> pb.LeaseDutyRequest:
    asked = {"kind": SHARE, "number": 0, "duration_ms": 60_000} | other
    return pb.LeaseDutyRequest(holder=holder, note=note, **asked)  # type: ignore[arg-type]


def give_back(holder: str, token: int, note: str = "") -> pb.ReturnDutyRequest:
    return pb.ReturnDutyRequest(kind=SHARE, number=0, holder=holder, token=token, note=note)


async def test_one_has_it_and_the_other_is_told_for_how_long(
    duties: "DutyServiceAsyncStub",
) -> None:
    first = await duties.LeaseDuty(lease("bot-0", "mine"))
    second = await duties.LeaseDuty(lease("bot-1", duration_ms=100))

    assert (first.is_held, first.token, first.note, first.wait_ms) == (True, 1, "mine", 0)
    assert (second.is_held, second.note) == (False, "")
    assert 50_000 < second.wait_ms <= 60_000


async def test_a_repeat_is_a_renewal_that_keeps_the_token_and_the_note(
    duties: "DutyServiceAsyncStub", users: UsersHouse
) -> None:
    await duties.LeaseDuty(lease("bot-0", "before", duration_ms=100))
    again = await duties.LeaseDuty(lease("bot-0"))

    assert (again.is_held, again.token, again.note) == (True, 1, "before")
    assert await users.house.value("SELECT lease_until > now() + interval '50 s' FROM users.duties")


async def test_what_is_given_back_goes_to_the_next_with_its_note(
    duties: "DutyServiceAsyncStub",
) -> None:
    first = await duties.LeaseDuty(lease("bot-0"))
    await duties.ReturnDuty(give_back("bot-0", first.token, "where I was"))
    second = await duties.LeaseDuty(lease("bot-1"))

    assert (second.is_held, second.token, second.note) == (True, 2, "where I was")


async def test_giving_back_twice_changes_nothing(duties: "DutyServiceAsyncStub") -> None:
    token = (await duties.LeaseDuty(lease("bot-0"))).token
    for _ in range(2):
        await duties.ReturnDuty(give_back("bot-0", token, "where I was"))

    assert (await duties.LeaseDuty(lease("bot-1"))).note == "where I was"


async def test_the_duty_of_the_dead_is_taken_when_its_time_is_over(
    duties: "DutyServiceAsyncStub", users: UsersHouse
) -> None:
    await duties.LeaseDuty(lease("bot-0", "last words"))
    await users.house.run("UPDATE users.duties SET lease_until = now()")
    heir = await duties.LeaseDuty(lease("bot-1"))

    assert (heir.is_held, heir.token, heir.note) == (True, 2, "last words")


async def test_who_lost_it_can_neither_renew_it_nor_leave_a_note(
    duties: "DutyServiceAsyncStub", users: UsersHouse
) -> None:
    """A bot that slept through its lease comes late with everything it does."""
    late = await duties.LeaseDuty(lease("bot-0"))
    await users.house.run("UPDATE users.duties SET lease_until = now()")
    await duties.LeaseDuty(lease("bot-1", "mine"))

    assert not (await duties.LeaseDuty(lease("bot-0", "late"))).is_held
    with refused("DUTY_LOST"):
        await duties.ReturnDuty(give_back("bot-0", late.token, "late"))
    assert await users.house.value("SELECT note FROM users.duties") == "mine"


async def test_an_old_token_of_the_same_holder_gives_nothing_back(
    duties: "DutyServiceAsyncStub", users: UsersHouse
) -> None:
    old = await duties.LeaseDuty(lease("bot-0"))
    for holder in ("bot-1", "bot-0"):
        await users.house.run("UPDATE users.duties SET lease_until = now()")
        await duties.LeaseDuty(lease(holder))

    with refused("DUTY_LOST"):
        await duties.ReturnDuty(give_back("bot-0", old.token))


async def test_what_nobody_ever_took_cannot_be_given_back(duties: "DutyServiceAsyncStub") -> None:
    with refused("DUTY_LOST"):
        await duties.ReturnDuty(give_back("bot-0", 1))


@pytest.mark.parametrize("is_new", [True, False])
async def test_of_many_at_once_exactly_one_gets_it(
    duties: "DutyServiceAsyncStub", users: UsersHouse, is_new: bool
) -> None:
    if not is_new:
        await duties.LeaseDuty(lease("of old"))
        await users.house.run("UPDATE users.duties SET lease_until = now()")

    asked = await asyncio.gather(*(duties.LeaseDuty(lease(f"bot-{n}")) for n in range(16)))

    assert [answer.is_held for answer in asked].count(True) == 1
    assert all(answer.wait_ms > 0 for answer in asked if not answer.is_held)


async def test_duties_of_another_number_or_kind_are_others(duties: "DutyServiceAsyncStub") -> None:
    assert (await duties.LeaseDuty(lease("bot-0"))).is_held
    assert (await duties.LeaseDuty(lease("bot-1", number=1))).is_held
    assert (await duties.LeaseDuty(lease("bot-1", kind=IDENTIFY))).is_held
