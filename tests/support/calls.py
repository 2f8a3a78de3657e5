"""Calls as players and services make them, and the ways they end."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc
import pytest

from chassis.rpc.status import refusal_of, violations_of
from geminya.common.v1.op_pb2 import Op

T = TypeVar("T")
Code = grpc.StatusCode
AGAIN = {
    *(Code.UNAVAILABLE, Code.ABORTED, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED),
    Code.CANCELLED,
}
"""Codes that say nothing about the outcome: the same call is sent again.

A service that dies in the middle cancels it."""
DYING_S = 1.0
"""So long somebody asks a house again that may be dead; that what comes of it is unknown is the point."""


def an_op(player: int = 7, *, step: int = 0, epoch: int = 1, op_id: str | None = None) -> Op:
    """A new operation of a player, or one that is named."""
    return Op(op_id=op_id or str(uuid.uuid4()), step=step, user_id=player, epoch=epoch)


@contextmanager
def refused(reason: str, *, code: grpc.StatusCode | None = None, **metadata: str) -> Iterator[None]:
    """The service refuses for this reason, with at least these facts."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield
    refusal = refusal_of(caught.value)
    assert refusal is not None, f"no refusal but {caught.value.code()}: {caught.value.details()}"
    assert refusal.reason == reason
    assert code is None or caught.value.code() is code
    assert metadata.items() <= refusal.metadata.items()


@contextmanager
def fails_with(code: grpc.StatusCode, text: str = "") -> Iterator[None]:
    """The call ends with this code, and says at least this."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield
    assert caught.value.code() is code, caught.value.details()
    assert text in (caught.value.details() or "")


@contextmanager
def bad_request(field: str, description: str = "") -> Iterator[None]:
    """The service names this field as wrong."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield
    assert caught.value.code() is Code.INVALID_ARGUMENT, caught.value.details()
    found = [(violation.field, violation.description) for violation in violations_of(caught.value)]
    assert any(name == field and description in text for name, text in found), found


async def insist(call: Callable[[], Awaitable[T]], limit_s: float = 20.0) -> T:
    """Repeats a call until it is answered, as the bot does; a refusal is an answer."""
    end = time.monotonic() + limit_s
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() not in AGAIN or refusal_of(error) or time.monotonic() > end:
                raise


async def outcomes(calls: list[Awaitable[Any]]) -> tuple[list[Any], list[str]]:
    """Makes calls at the same time: their answers, and the reasons of those that were refused."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    answers = [result for result in results if not isinstance(result, BaseException)]
    reasons: list[str] = []
    for result in results:
        if isinstance(result, grpc.aio.AioRpcError) and (refusal := refusal_of(result)):
            reasons.append(refusal.reason)
        elif isinstance(result, BaseException):
            raise result
    return answers, reasons


async def until(fact: Callable[[], Awaitable[bool]], limit_s: float = 10.0) -> None:
    """Waits for a fact, and fails when it does not come true in time."""
    end = time.monotonic() + limit_s
    while not await fact():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)


def op_id_of(*words: object) -> str:
    """An op id that is the same in every run, for what chance depends on."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, words))))
