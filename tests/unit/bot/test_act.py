"""A change is asked for until somebody knows what became of it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from gateway_bot.clients import Clients, Patience, StillUnderWay
from gateway_bot.offers import Offer
from gateway_bot.players import Player
from geminya.common.v1.operation_pb2 import (
    OPERATION_STATE_DONE,
    OPERATION_STATE_OPEN,
    OPERATION_STATE_REJECTED,
    GetOperationResponse,
)
from geminya.economy.v1.gacha_pb2 import SummonRequest, SummonResponse
from geminya.users.v1.account_pb2 import EnterResponse
from tests.unit.bot.builders import refused, trouble

Answer = Any
ANSWER = SummonResponse(banner_id="standard")
QUICK = Patience(
    first_pause_s=0.001, longest_pause_s=0.001, repeat_for_s=0, ask_every_s=0.001, ask_for_s=0.5
)
UNAVAILABLE = trouble()
LATE = trouble(grpc.StatusCode.DEADLINE_EXCEEDED)
CUT_OFF = trouble(grpc.StatusCode.CANCELLED)
"""What is left of a call whose service was stopped in the middle of it."""


class Script:
    """A stub method that answers by a list; the last answer stays."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Any] = []

    async def __call__(self, request: Any, **_: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class House(Clients):
    """Clients whose services are scripts."""

    def __init__(self, *operation: Answer, epochs: tuple[int, ...] = (1,)) -> None:
        channels = {
            name: grpc.aio.insecure_channel("localhost:1")
            for name in ("users", "collection", "expeditions", "economy")
        }
        super().__init__(channels, QUICK)
        self.entered = Script(*(EnterResponse(user_id=7, epoch=epoch) for epoch in epochs))
        self.account.Enter = self.entered  # type: ignore[method-assign]
        self.asked = Script(*operation or [trouble(grpc.StatusCode.NOT_FOUND)])
        self.operations["economy"].GetOperation = self.asked  # type: ignore[method-assign]


@pytest.fixture
async def made() -> Any:
    houses: list[House] = []

    def make(*operation: Answer, epochs: tuple[int, ...] = (1,)) -> House:
        houses.append(House(*operation, epochs=epochs))
        return houses[-1]

    yield make
    for house in houses:
        await house.close()


Make = Callable[..., House]


def press(interaction_id: int = 1) -> Any:
    return SimpleNamespace(id=interaction_id, user=SimpleNamespace(id=111), extras={})


def order() -> SummonRequest:
    return SummonRequest(banner_id="standard", count=10)


async def test_a_change_carries_the_player_and_the_operation(made: Make) -> None:
    summon = Script(ANSWER)

    assert await made().act(press(), summon, order()) == ANSWER

    op = summon.requests[0].op
    assert (op.user_id, op.epoch, len(op.op_id)) == (7, 1, 36)


async def test_a_repeat_after_trouble_is_the_same_operation(made: Make) -> None:
    summon = Script(UNAVAILABLE, LATE, CUT_OFF, ANSWER)

    assert await made().act(press(), summon, order()) == ANSWER

    assert len({request.op.op_id for request in summon.requests}) == 1
    assert len(summon.requests) == 4


async def test_one_interaction_is_one_operation_and_two_are_two(made: Make) -> None:
    summon, house = Script(ANSWER), made()
    for interaction_id in (1, 1, 2):
        await house.act(press(interaction_id), summon, order())
    first, again, other = (request.op.op_id for request in summon.requests)
    assert first == again != other


async def test_two_presses_on_one_offer_are_one_operation(made: Make) -> None:
    summon, house = Script(ANSWER), made()
    for interaction_id, nonce in ((1, "n"), (2, "n"), (3, "m")):
        offer = Offer("sum", "10~standard", nonce)
        await house.act(press(interaction_id), summon, order(), offer=offer)
    first, again, other = (request.op.op_id for request in summon.requests)
    assert first == again != other


async def test_parts_of_one_command_have_names_of_their_own_and_one_parent(made: Make) -> None:
    summon, house = Script(ANSWER), made()
    offer = Offer("all", "", "n")
    for part in (0, 1, "spring", 1):
        await house.act(press(), summon, order(), offer=offer, part=part)
    await house.act(press(), summon, order(), offer=offer)

    first, second, third, again, whole = (request.op for request in summon.requests)
    assert len({first.op_id, second.op_id, third.op_id, whole.op_id}) == 4
    assert again == second
    assert {op.parent_op_id for op in (first, second, third)} == {whole.op_id}
    assert whole.parent_op_id == ""


async def test_a_service_that_is_away_for_a_moment_is_not_asked_about(made: Make) -> None:
    house = made()
    house._patience = Patience(first_pause_s=0.001, longest_pause_s=0.001, repeat_for_s=5)
    summon = Script(*[UNAVAILABLE] * 20, ANSWER)

    assert await house.act(press(), summon, order()) == ANSWER

    assert house.asked.requests == []


async def test_a_refusal_is_not_repeated(made: Make) -> None:
    summon, house = Script(refused("INSUFFICIENT_FUNDS")), made()

    with pytest.raises(grpc.aio.AioRpcError):
        await house.act(press(), summon, order())

    assert len(summon.requests) == 1
    assert house.asked.requests == []


async def test_an_open_operation_is_waited_for_and_then_answered(made: Make) -> None:
    is_open = GetOperationResponse(state=OPERATION_STATE_OPEN)
    is_done = GetOperationResponse(state=OPERATION_STATE_DONE)
    summon, house = Script(LATE, LATE, LATE, ANSWER), made(is_open, UNAVAILABLE, is_done)

    assert await house.act(press(), summon, order()) == ANSWER

    assert len(house.asked.requests) == 3
    assert house.asked.requests[0].op_id == summon.requests[0].op.op_id
    assert len({request.op.op_id for request in summon.requests}) == 1


async def test_an_operation_that_was_refused_meanwhile_says_so(made: Make) -> None:
    is_rejected = GetOperationResponse(state=OPERATION_STATE_REJECTED)
    summon = Script(LATE, LATE, LATE, refused("BANNER_CLOSED", "economy.geminya"))

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await made(is_rejected).act(press(), summon, order())

    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_what_nobody_has_heard_of_is_asked_for_again(made: Make) -> None:
    summon = Script(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, ANSWER)
    assert await made().act(press(), summon, order()) == ANSWER


async def test_trouble_without_end_is_still_no_failure(made: Make) -> None:
    is_open = GetOperationResponse(state=OPERATION_STATE_OPEN)
    with pytest.raises(StillUnderWay):
        await made(is_open).act(press(), Script(LATE), order())


async def test_shedding_is_trouble_but_a_limit_is_a_refusal(made: Make) -> None:
    shed = trouble(grpc.StatusCode.RESOURCE_EXHAUSTED)
    summon = Script(shed, ANSWER)
    assert await made().act(press(), summon, order()) == ANSWER


async def test_a_new_life_is_entered_once_and_the_wish_repeated(made: Make) -> None:
    house = made(epochs=(1, 2))
    summon = Script(refused("USER_GONE"), ANSWER)

    assert await house.act(press(), summon, order()) == ANSWER

    assert [request.op.epoch for request in summon.requests] == [1, 2]


async def test_a_life_that_stays_closed_is_refused(made: Make) -> None:
    summon = Script(refused("USER_GONE"))
    with pytest.raises(grpc.aio.AioRpcError):
        await made().act(press(), summon, order())
    assert len(summon.requests) == 2


async def test_a_change_offered_to_one_life_asks_nobody_and_takes_no_other(made: Make) -> None:
    house, summon = made(epochs=(2,)), Script(refused("USER_GONE"))
    player = Player(7, 1, "", is_new=False)

    with pytest.raises(grpc.aio.AioRpcError):
        await house.act(press(), summon, order(), player=player)

    assert [request.op.epoch for request in summon.requests] == [1]
    assert house.entered.requests == []
