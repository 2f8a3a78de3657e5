"""Calls that go in company: alone when it is quiet, together when it is not, and nobody for another's trouble."""

# ruff: noqa: ASYNC109 - the wire has the signature of a stub

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from chassis.rpc import company
from chassis.rpc.company import Company
from geminya.users.v1 import wallet_pb2 as pb
from tests.support.calls import an_op, until
from tests.support.faults import broken


class Wire:
    """Two methods that answer when they are told to."""

    def __init__(self) -> None:
        self.parties: list[list[int]] = []
        """Who went together, in order."""
        self.gate = asyncio.Event()
        self.refused: set[int] = set()
        self.breaks_together = False
        self.left_out: set[int] = set()
        self.method = Company(self.alone, self.together, pb.BatchApplyRequest)

    async def alone(self, request: pb.ApplyRequest, *, timeout: float) -> pb.ApplyResponse:
        self.parties.append([request.op.user_id])
        async with asyncio.timeout(timeout):
            await self.gate.wait()
        if request.op.user_id in self.refused:
            raise broken(grpc.StatusCode.FAILED_PRECONDITION, "no")
        return response(request)

    async def together(self, request: Any, *, timeout: float) -> pb.BatchApplyResponse:
        self.parties.append([one.op.user_id for one in request.requests])
        async with asyncio.timeout(timeout):
            await self.gate.wait()
        if self.breaks_together:
            raise broken(grpc.StatusCode.UNAVAILABLE, "gone")
        return pb.BatchApplyResponse(answers=[self._answer(one) for one in request.requests])

    def _answer(self, request: pb.ApplyRequest) -> pb.AppliedAnswer:
        if request.op.user_id in self.left_out:
            return pb.AppliedAnswer()
        return pb.AppliedAnswer(response=response(request))

    async def ask(self, *players: int, timeout: float = 5.0) -> list[Awaitable[pb.ApplyResponse]]:
        """Everybody asks, in this order, and is on the way or waits."""
        tasks = [
            asyncio.create_task(self.method(pb.ApplyRequest(op=an_op(player)), timeout=timeout))
            for player in players
        ]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks


def response(request: pb.ApplyRequest) -> pb.ApplyResponse:
    """An answer that tells whose it is."""
    answer = pb.ApplyResponse()
    answer.balances.add(amount=request.op.user_id)
    return answer


@pytest.fixture
async def wire() -> Wire:
    return Wire()


async def whose(tasks: list[Awaitable[pb.ApplyResponse]]) -> list[int]:
    return [answer.balances[0].amount for answer in await asyncio.gather(*tasks)]


async def test_who_comes_meanwhile_goes_together_and_gets_the_own_answer(wire: Wire) -> None:
    tasks = await wire.ask(1, 2, 3, 4)
    assert wire.parties == [[1]]

    wire.gate.set()

    assert await whose(tasks) == [1, 2, 3, 4]
    assert wire.parties == [[1], [2, 3, 4]]


async def test_when_it_is_quiet_everybody_goes_alone(wire: Wire) -> None:
    wire.gate.set()

    for player in (1, 2, 3):
        await whose(await wire.ask(player))
        await asyncio.sleep(0)

    assert wire.parties == [[1], [2], [3]]


async def test_nobody_is_in_company_with_oneself(wire: Wire) -> None:
    tasks = await wire.ask(1, 2, 2, 3)

    wire.gate.set()

    assert await whose(tasks) == [1, 2, 2, 3]
    assert wire.parties == [[1], [2, 3], [2]]


async def test_no_company_is_larger_than_the_contract_allows(wire: Wire) -> None:
    tasks = await wire.ask(*range(1, company.MOST + 4))

    wire.gate.set()
    await whose(tasks)

    assert [len(party) for party in wire.parties] == [1, company.MOST, 2]


async def test_who_gets_no_answer_in_company_asks_alone(wire: Wire) -> None:
    tasks = await wire.ask(1, 2, 3)
    wire.left_out = {3}

    wire.gate.set()

    assert await whose(tasks) == [1, 2, 3]
    assert wire.parties == [[1], [2, 3], [3]]


async def test_a_refusal_is_heard_by_whom_it_is_for_alone(wire: Wire) -> None:
    tasks = await wire.ask(1, 2, 3)
    wire.left_out = wire.refused = {3}

    wire.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    refused = grpc.aio.AioRpcError
    assert [type(one) for one in found] == [pb.ApplyResponse, pb.ApplyResponse, refused]


async def test_a_company_in_trouble_is_asked_one_by_one(wire: Wire) -> None:
    tasks = await wire.ask(1, 2, 3)
    wire.breaks_together = True

    wire.gate.set()

    assert await whose(tasks) == [1, 2, 3]
    assert wire.parties == [[1], [2, 3], [2], [3]]


async def test_a_late_one_does_not_hold_up_the_others(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "PATIENCE_S", 0.01)
    tasks = await wire.ask(1, 2)

    async def have_left() -> bool:
        return len(wire.parties) == 2

    await until(have_left)

    assert not tasks[0].done()  # type: ignore[attr-defined]
    wire.gate.set()
    assert await whose(tasks) == [1, 2]


async def test_who_waits_too_long_ends_in_time(wire: Wire) -> None:
    first = await wire.ask(1)

    with pytest.raises(TimeoutError):
        await (await wire.ask(2, timeout=0.01))[0]

    wire.gate.set()
    assert await whose(first) == [1]


async def test_who_is_traced_goes_alone(wire: Wire) -> None:
    first = await wire.ask(1)
    sampled = SpanContext(1, 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    with trace.use_span(NonRecordingSpan(sampled)):
        traced = await wire.ask(2)
    others = await wire.ask(3, 4)

    wire.gate.set()
    assert await whose([*first, *traced, *others]) == [1, 2, 3, 4]
    assert wire.parties == [[1], [2], [3, 4]]
