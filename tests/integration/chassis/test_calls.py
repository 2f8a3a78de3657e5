"""The life of one call: who may make it, what it must look like, and how it ends."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from chassis import telemetry
from chassis.operations.operation import Elsewhere, Parked, Unknown
from chassis.operations.refusals import UserGone
from chassis.postgres import DatabaseConflict, DatabaseTrouble
from chassis.rpc import channel
from chassis.rpc.channel import CALLER, Channel, dial
from chassis.rpc.interceptors import Pipeline, Shed
from geminya.common.v1 import callers_pb2
from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import (
    WalletServiceServicer,
    WalletServiceStub,
    add_WalletServiceServicer_to_server,
)
from tests.support.calls import bad_request, fails_with, refused, until
from tests.support.house import Port
from tests.support.players import an_apply

APPLY = "/geminya.users.v1.WalletService/Apply"
LIST = "/geminya.users.v1.WalletService/ListLedger"
A_READ = pb.ListLedgerRequest(user_id=7, page_size=1)
Code = grpc.StatusCode
Answer = Callable[[Any], Awaitable[Any]]


class Servicer(WalletServiceServicer):
    """A wallet that does what the test says."""

    def __init__(self) -> None:
        self.answers: Answer = self.says_yes
        self.asked = 0
        self.deadlines: list[float | None] = []
        self.callers: list[str] = []

    async def says_yes(self, _: Any) -> pb.ApplyResponse:
        return pb.ApplyResponse()

    def fails(self, error: Exception) -> None:
        async def fail(_: Any) -> Any:
            raise error

        self.answers = fail

    async def Apply(self, request: Any, context: Any) -> Any:
        self.asked += 1
        self.callers.append(channel.calling.get())
        ends = channel.deadline.get()
        self.deadlines.append(None if ends is None else ends - time.monotonic())
        return await self.answers(request)

    async def ListLedger(self, request: Any, context: Any) -> Any:
        self.asked += 1
        await self.answers(request)
        return pb.ListLedgerResponse()


class Desk:
    """A server with the whole pipeline, and ways to call it."""

    def __init__(self, servicer: Servicer, shed: Shed, port: int) -> None:
        self.servicer = servicer
        self.shed = shed
        self.address = f"127.0.0.1:{port}"
        self._channels: list[Channel] = []

    def stub(self, caller: str = "economy", **options: Any) -> Any:
        made = dial(self.address, caller=caller, **options)
        self._channels.append(made)
        return WalletServiceStub(made)

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[grpc.aio.Channel]:
        """The bare wire, without our own client."""
        async with grpc.aio.insecure_channel(self.address) as wire:
            yield wire

    async def raw(
        self,
        payload: bytes,
        method: str = APPLY,
        timeout_s: float | None = 5.0,
        metadata: tuple[tuple[str, str], ...] = ((CALLER, "economy"),),
    ) -> bytes:
        async with self.wire() as wire:
            return await wire.unary_unary(method)(payload, timeout=timeout_s, metadata=metadata)

    async def close(self) -> None:
        for made in self._channels:
            await made.close()


@asynccontextmanager
async def a_desk(
    shed: Shed, *, takes_names: bool = True, is_ready: bool = True, port: int = 0
) -> AsyncIterator[Desk]:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    servicer = Servicer()
    descriptor = pb.DESCRIPTOR.services_by_name["WalletService"]
    pipeline = Pipeline(shed, takes_names=takes_names)
    pipeline.is_ready = is_ready
    pipeline.add(servicer, add_WalletServiceServicer_to_server, descriptor, server)
    desk = Desk(servicer, shed, server.add_insecure_port(f"127.0.0.1:{port}"))
    await server.start()
    try:
        yield desk
    finally:
        await desk.close()
        await server.stop(None)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(Shed(max_changes=1000)) as desk:
        yield desk


async def test_a_process_that_is_not_ready_refuses_nothing_for_good() -> None:
    """An economy that had not read its banners yet told a player that there was no such banner."""
    async with a_desk(Shed(), is_ready=False) as desk:
        with fails_with(Code.UNAVAILABLE):
            await desk.stub("economy").Apply(an_apply(crystals=-1))

    assert desk.servicer.asked == 0


@pytest.mark.parametrize("count", [19, 100, 400])
async def test_a_request_full_of_faults_is_still_a_bad_request(desk: Desk, count: int) -> None:
    """Its faults travel in trailers: too many of them once turned into RESOURCE_EXHAUSTED."""
    request = an_apply()
    request.changes.extend(pb.Change() for _ in range(count))

    with fails_with(Code.INVALID_ARGUMENT):
        await desk.stub("economy").Apply(request)


# Who calls


async def test_an_allowed_caller_is_answered_and_known_by_name(desk: Desk) -> None:
    await desk.stub("economy").Apply(an_apply(crystals=-1))

    assert desk.servicer.callers == ["economy"]


@pytest.mark.parametrize("caller", ["bot", "users", "admin", "nobody", "ECONOMY"])
async def test_a_caller_that_the_contract_does_not_name_is_denied(desk: Desk, caller: str) -> None:
    with fails_with(Code.PERMISSION_DENIED):
        await desk.stub(caller).Apply(an_apply(crystals=-1))

    assert desk.servicer.asked == 0


@pytest.mark.parametrize("metadata", [(), ((CALLER, ""),)])
async def test_who_says_no_name_is_not_let_in(
    desk: Desk, metadata: tuple[tuple[str, str], ...]
) -> None:
    with fails_with(Code.UNAUTHENTICATED):
        await desk.raw(an_apply(crystals=-1).SerializeToString(), metadata=metadata)

    assert desk.servicer.asked == 0


async def test_names_are_not_taken_on_trust_unless_told_so() -> None:
    async with a_desk(Shed(), takes_names=False) as desk:
        with fails_with(Code.UNAUTHENTICATED):
            await desk.stub("economy").Apply(an_apply(crystals=-1))


async def test_an_unknown_method_is_unimplemented(desk: Desk) -> None:
    with fails_with(Code.UNIMPLEMENTED):
        await desk.raw(b"", method="/geminya.users.v1.WalletService/Steal")


def test_a_method_without_callers_stops_the_process_at_the_start() -> None:
    class Nameless:
        full_name = "test.Nameless"
        methods = [pb.DESCRIPTOR.services_by_name["WalletService"].methods[0]]

    class NoOptions:
        name = "Apply"

        def GetOptions(self) -> Any:
            return type("Options", (), {"Extensions": {callers_pb2.callers: []}})()

    Nameless.methods = [NoOptions()]  # type: ignore[list-item]
    with pytest.raises(RuntimeError, match="Nameless/Apply has no callers"):
        Pipeline(Shed(), takes_names=True).add(Servicer(), lambda *_: None, Nameless, None)


# What it looks like


@pytest.mark.parametrize("payload", [b"\xff", b"\x0a\xff", b"\x0a\x05abc", b"\x08", b"\xff" * 1000])
async def test_bytes_that_are_no_message_are_a_bad_request(desk: Desk, payload: bytes) -> None:
    """Plain grpc.aio answers UNKNOWN with the name of an exception."""
    with fails_with(Code.INVALID_ARGUMENT, "the bytes are not this message"):
        await desk.raw(payload)

    assert desk.servicer.asked == 0


async def test_text_that_is_no_utf8_is_a_bad_request(desk: Desk) -> None:
    with fails_with(Code.INVALID_ARGUMENT):
        await desk.raw(b"\x0a\x04\x0a\x02\xc3\x28")


async def test_a_request_of_bad_form_names_its_fields(desk: Desk) -> None:
    with bad_request("op.epoch", "is below 1"):
        await desk.stub().Apply(an_apply(crystals=-1, epoch=0))

    assert desk.servicer.asked == 0


async def test_a_call_without_a_deadline_is_a_bad_request(desk: Desk) -> None:
    with fails_with(Code.INVALID_ARGUMENT, "deadline"):
        await desk.raw(an_apply(crystals=-1).SerializeToString(), timeout_s=None)

    assert desk.servicer.asked == 0


async def test_a_request_over_64_kib_does_not_leave(desk: Desk) -> None:
    request = an_apply(crystals=-1)
    request.changes[0].reason = "x" * 70_000

    with fails_with(Code.RESOURCE_EXHAUSTED):
        await desk.stub().Apply(request)

    assert desk.servicer.asked == 0


# Deadlines


async def test_a_deadline_is_handed_on_less_the_way_home(desk: Desk) -> None:
    channel.deadline.set(time.monotonic() + 0.8)

    await desk.stub(default_timeout_s=1.5).Apply(an_apply(crystals=-1))

    [left] = desk.servicer.deadlines
    assert left is not None
    # The wire rounds a deadline up by some milliseconds.
    assert 0.2 < left < 0.78


async def test_a_call_has_its_own_limit_where_the_callers_is_longer(desk: Desk) -> None:
    channel.deadline.set(time.monotonic() + 60)

    await desk.stub(default_timeout_s=1.5).Apply(an_apply(crystals=-1))

    [left] = desk.servicer.deadlines
    assert left is not None
    assert left < 2


async def test_a_call_after_the_deadline_fails_at_once(desk: Desk) -> None:
    channel.deadline.set(time.monotonic() - 1)

    with fails_with(Code.DEADLINE_EXCEEDED):
        await desk.stub().Apply(an_apply(crystals=-1))


# How it ends


async def test_a_refusal_travels_with_reason_and_facts(desk: Desk) -> None:
    desk.servicer.fails(UserGone())

    with refused("USER_GONE", code=Code.FAILED_PRECONDITION):
        await desk.stub().Apply(an_apply(crystals=-1))


@pytest.mark.parametrize(("conflicts", "is_answered"), [(1, True), (2, True), (3, False)])
async def test_a_conflict_in_the_database_is_tried_three_times(
    desk: Desk, conflicts: int, is_answered: bool
) -> None:
    async def deadlocks_first(_: Any) -> pb.ApplyResponse:
        if desk.servicer.asked <= conflicts:
            raise DatabaseConflict("deadlock")
        return pb.ApplyResponse()

    desk.servicer.answers = deadlocks_first

    if is_answered:
        await desk.stub().Apply(an_apply(crystals=-1))
    else:
        with fails_with(Code.ABORTED):
            await desk.stub().Apply(an_apply(crystals=-1))

    assert desk.servicer.asked == min(conflicts + 1, 3)


def a_peer_that_was_stopped(details: str) -> grpc.aio.AioRpcError:
    """How a call ends whose service was stopped in the middle of it."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(Code.CANCELLED, nothing, nothing, details)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabaseTrouble("connection to 10.0.0.5 lost, password hunter2"), Code.UNAVAILABLE),
        (DatabaseConflict("deadlock on users, password hunter2"), Code.ABORTED),
        (Unknown("no answer yet, hunter2"), Code.UNAVAILABLE),
        (Parked("waits, hunter2"), Code.UNAVAILABLE),
        (Elsewhere("hunter2"), Code.UNAVAILABLE),
        (a_peer_that_was_stopped("hunter2"), Code.UNAVAILABLE),
        (RuntimeError("SELECT password FROM users: hunter2"), Code.INTERNAL),
        (KeyError("hunter2"), Code.INTERNAL),
        (AssertionError("hunter2"), Code.INTERNAL),
    ],
)
async def test_the_text_of_an_exception_never_leaves(
    desk: Desk, error: Exception, code: grpc.StatusCode
) -> None:
    desk.servicer.fails(error)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await desk.stub().Apply(an_apply(crystals=-1))

    assert caught.value.code() is code
    told = f"{caught.value.details()} {caught.value.trailing_metadata()} {caught.value.initial_metadata()}"
    assert "hunter2" not in told
    assert type(error).__name__ not in told


async def test_a_bug_leaves_with_an_id_that_the_log_explains(
    desk: Desk, logs: list[dict[str, Any]]
) -> None:
    desk.servicer.fails(RuntimeError("the pencil broke"))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await desk.stub().Apply(an_apply(crystals=-1))

    [line] = [line for line in logs if line["event"] == "call.failed"]
    assert caught.value.details() == f"internal error {line['error_id']}"
    assert str(line["exc_info"]) == "the pencil broke"


async def test_every_call_is_one_line_in_the_log(desk: Desk, logs: list[dict[str, Any]]) -> None:
    request = an_apply(crystals=-1)
    await desk.stub().Apply(request)
    desk.servicer.fails(UserGone())
    with refused("USER_GONE"):
        await desk.stub().Apply(request)

    lines = [line for line in logs if line["event"] == "call.answered"]
    assert [(line["method"], line["code"], line["caller"]) for line in lines] == [
        ("users.v1.WalletService/Apply", "OK", "economy"),
        ("users.v1.WalletService/Apply", "FAILED_PRECONDITION", "economy"),
    ]
    assert lines[1]["reason"] == "USER_GONE"
    assert {line["op_id"] for line in lines} == {request.op.op_id}


async def test_a_service_that_is_not_there_is_asked_three_times(desk: Desk) -> None:
    desk.servicer.fails(DatabaseTrouble("away"))

    with fails_with(Code.UNAVAILABLE):
        await desk.stub().Apply(an_apply(crystals=-1))

    assert desk.servicer.asked == 3


async def test_when_everything_fails_the_retries_dry_up(desk: Desk) -> None:
    desk.servicer.fails(DatabaseTrouble("away"))
    stub, calls = desk.stub(), 60

    for _ in range(calls):
        with fails_with(Code.UNAVAILABLE):
            await stub.Apply(an_apply(crystals=-1))

    assert desk.servicer.asked < 2 * calls


# Shedding


async def wait_inside(desk: Desk) -> tuple[asyncio.Event, Callable[[], int]]:
    """Lets every call wait in the method."""
    go_on, inside = asyncio.Event(), [0]

    async def wait(_: Any) -> pb.ApplyResponse:
        inside[0] += 1
        await go_on.wait()
        return pb.ApplyResponse()

    desk.servicer.answers = wait
    return go_on, lambda: inside[0]


async def test_a_read_over_the_room_is_shed_before_any_work_and_steps_are_not() -> None:
    async with a_desk(Shed(room={"step": 5, "change": 5, "read": 2})) as desk:
        go_on, inside = await wait_inside(desk)
        bot, economy = desk.stub("bot"), desk.stub("economy")
        reads = [
            asyncio.create_task(bot.ListLedger(pb.ListLedgerRequest(user_id=7))) for _ in range(2)
        ]

        async def both_are_inside() -> bool:
            return inside() == 2

        await until(both_are_inside)
        with fails_with(Code.RESOURCE_EXHAUSTED, "no room for another read"):
            await bot.ListLedger(pb.ListLedgerRequest(user_id=7))
        step = asyncio.create_task(economy.Apply(an_apply(crystals=-1)))

        async def the_step_is_inside() -> bool:
            return inside() == 3

        await until(the_step_is_inside)
        go_on.set()
        await asyncio.gather(*reads, step)
        await bot.ListLedger(pb.ListLedgerRequest(user_id=7))


async def test_who_is_shed_is_told_when_to_come_back() -> None:
    async with a_desk(Shed(room={"step": 0, "change": 0, "read": 0})) as desk:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await desk.stub().Apply(an_apply(crystals=-1))

    trailing = dict(caught.value.trailing_metadata() or ())
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    assert int(trailing["grpc-retry-pushback-ms"]) > 0


async def test_room_comes_back_whatever_becomes_of_a_call() -> None:
    async with a_desk(Shed(room={"step": 1, "change": 1, "read": 1})) as desk:
        for error in (RuntimeError("x"), UserGone(), DatabaseTrouble("x")):
            desk.servicer.fails(error)
            with pytest.raises(grpc.aio.AioRpcError):
                await desk.stub().Apply(an_apply(crystals=-1))
        await wait_inside(desk)
        with fails_with(Code.DEADLINE_EXCEEDED):
            await desk.stub().Apply(an_apply(crystals=-1), timeout=0.1)

        async def there_is_room() -> bool:
            return desk.shed.room == {"step": 1, "change": 1, "read": 1}

        await until(there_is_room)


async def test_a_player_who_changes_too_much_in_ten_seconds_is_slowed_down() -> None:
    async with a_desk(Shed(max_changes=3)) as desk:
        stub = desk.stub()
        changes = [an_apply(crystals=-1, step=0) for _ in range(3)]
        for change in [*changes, *changes]:
            await stub.Apply(change)

        with refused("TOO_MANY", code=Code.RESOURCE_EXHAUSTED):
            await stub.Apply(an_apply(crystals=-1, step=0))

        await stub.Apply(an_apply(8, crystals=-1, step=0))
        await stub.Apply(an_apply(crystals=-1, step=1))
        assert desk.servicer.asked == 8


async def test_the_parts_of_one_command_count_as_one_change() -> None:
    async with a_desk(Shed(max_changes=1)) as desk:
        parent = str(uuid.uuid4())
        for _ in range(5):
            part = an_apply(crystals=-1, step=0)
            part.op.parent_op_id = parent
            await desk.stub().Apply(part)

        with refused("TOO_MANY", code=Code.RESOURCE_EXHAUSTED):
            await desk.stub().Apply(an_apply(crystals=-1, step=0))


# Who waits for a service


@pytest.fixture
def port() -> Iterator[Port]:
    """Where a service will be, and nobody is yet."""
    port = Port()
    yield port
    port.close()


async def test_a_patient_read_waits_for_a_service_that_comes_back(port: Port) -> None:
    async with dial(f"127.0.0.1:{port.number}", caller="bot", waits=True) as wire:
        stub: Any = WalletServiceStub(wire)
        reads = [asyncio.create_task(stub.ListLedger(A_READ)) for _ in range(3)]

        async def nobody_answers() -> bool:
            return wire.get_state() is grpc.ChannelConnectivity.TRANSIENT_FAILURE

        await until(nobody_answers)
        assert not any(read.done() for read in reads)
        async with a_desk(Shed(), port=port.number):
            assert await asyncio.gather(*reads) == [pb.ListLedgerResponse()] * 3


async def test_a_patient_read_waits_no_longer_than_its_deadline(port: Port) -> None:
    address = f"127.0.0.1:{port.number}"
    async with dial(address, caller="bot", default_timeout_s=0.3, waits=True) as wire:
        with fails_with(Code.DEADLINE_EXCEEDED):
            await WalletServiceStub(wire).ListLedger(A_READ)


@pytest.mark.parametrize(("waits", "given_s"), [(False, None), (True, 5.0)])
async def test_whoever_does_not_wait_hears_at_once_that_nobody_is_there(
    port: Port, waits: bool, given_s: float | None
) -> None:
    async with dial(f"127.0.0.1:{port.number}", caller="bot", waits=waits) as wire:
        with fails_with(Code.UNAVAILABLE):
            await WalletServiceStub(wire).ListLedger(A_READ, timeout=given_s)


# Traces


async def test_a_trace_goes_through_and_no_trace_costs_nothing(desk: Desk) -> None:
    seen: list[str] = []

    async def look(_: Any) -> pb.ApplyResponse:
        seen.append(telemetry.traceparent())
        return pb.ApplyResponse()

    desk.servicer.answers = look
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    request = an_apply(crystals=-1).SerializeToString()
    await desk.raw(request, metadata=((CALLER, "economy"), ("traceparent", trace)))
    await desk.raw(request)

    assert seen == [trace, ""]
