"""Every method of every service, called by everybody there is, and by those who are nobody.

The table is that of tests/contract/test_callers.py. The methods come from the descriptors, so that a new one
cannot be forgotten here.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
import structlog
from grpc_health.v1 import health_pb2

from chassis.rpc.certificates import AUTHORITY, IDENTITIES, Certificates, host_of, to_call
from chassis.rpc.channel import CALLER
from chassis.settings import SERVICES
from console.authority import Authority, Issued, now
from console.certs import AUTHORITY_DIR, AUTHORITY_KEY
from tests.contract.contracts import methods
from tests.contract.test_callers import TABLE
from tests.support.house import House, Houses, Port

Code = grpc.StatusCode
DENIED = Code.PERMISSION_DENIED
Wire = grpc.aio.Channel
CALL_S = 20.0
ELSEWHERE = {("users", "common.ClosingService")}
"""A life ends by a flow of this service, so nobody ends it there by a call."""


@pytest.fixture
async def house(houses: Houses, certs: Path) -> House:
    """All services, with certificates."""
    return await houses(certs=certs)


def served() -> list[tuple[str, str]]:
    """Every service with every method it serves; what is of the kit is served by all of them."""
    found = []
    for name in methods():
        package, kind = name.split("/")[0].split(".")
        at = SERVICES if package == "common" else (package,)
        found += [(s, name) for s in at if (s, f"{package}.{kind}") not in ELSEWHERE]
    return found


def path_of(name: str) -> str:
    method = methods()[name]
    return f"/{method.containing_service.full_name}/{method.name}"


async def answer(wire: Wire, name: str) -> tuple[grpc.StatusCode, str]:
    """How an empty request of this method ends."""
    # A name in the metadata, as processes without certificates say it, is to count for nothing.
    said = ((CALLER, "admin"),)
    # On the wire a stream of one message is no different.
    call = wire.unary_unary(path_of(name))(b"", timeout=CALL_S, metadata=said)
    return await call.code(), await call.details() or ""


async def answers(ways: dict[str, Wire]) -> dict[tuple[str, str], tuple[grpc.StatusCode, str]]:
    """How every method of every service ends."""
    found = {(at, name): await answer(ways[at], name) for at, name in served()}
    await asyncio.gather(*(wire.close() for wire in ways.values()))
    return found


def wires(house: House, credentials: grpc.ChannelCredentials | None) -> dict[str, Wire]:
    """A connection to each service, with these credentials or in plain text."""
    found = {}
    for service in SERVICES:
        address = house.address_of(service)
        options = [("grpc.ssl_target_name_override", host_of(service)), ("grpc.enable_retries", 0)]
        found[service] = (
            grpc.aio.secure_channel(address, credentials, options=options)
            if credentials
            else grpc.aio.insecure_channel(address)
        )
    return found


@pytest.mark.parametrize("caller", IDENTITIES)
async def test_every_method_answers_exactly_whom_the_table_names(
    caller: str, house: House, certs: Path
) -> None:
    ways = wires(house, to_call(Certificates(certs / caller, caller).current()))

    found = await answers(ways)

    assert {where: text for where, (code, text) in found.items() if code is DENIED} == {
        (at, name): f"{caller} may not call this"
        for at, name in served()
        if caller not in TABLE[name]
    }
    # Whoever is let in gets as far as the form of the request.
    odd = {Code.UNAUTHENTICATED, Code.UNIMPLEMENTED, Code.UNAVAILABLE, Code.INTERNAL, Code.UNKNOWN}
    assert not {where: end for where, end in found.items() if end[0] in odd}


def _with(made: Issued, authority: bytes) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(authority, made.key, made.certificate)


def _kept(certs: Path) -> Authority:
    files = (certs / AUTHORITY_DIR / name for name in (AUTHORITY_KEY, AUTHORITY))
    return Authority.read(*(file.read_bytes() for file in files))


def without_one(certs: Path) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(_kept(certs).kept.certificate)


def expired(certs: Path) -> grpc.ChannelCredentials:
    ours = _kept(certs)
    return _with(ours.issue("admin", now(), timedelta(seconds=-1)), ours.kept.certificate)


def of_another_authority(certs: Path) -> grpc.ChannelCredentials:
    made = Authority.made(now()).issue("admin", now())
    return _with(made, _kept(certs).kept.certificate)


def in_plain_text(_: Path) -> None:
    return None


OUTSIDERS = (without_one, expired, of_another_authority, in_plain_text)


@pytest.mark.parametrize("kind", OUTSIDERS, ids=lambda kind: kind.__name__)
async def test_no_method_is_reached_without_a_good_certificate(
    kind: Callable[[Path], grpc.ChannelCredentials | None],
    house: House,
    certs: Path,
    logs: list[structlog.typing.EventDict],
) -> None:
    logs.clear()
    ways = wires(house, kind(certs))

    found = await answers(ways)

    assert {code for code, _ in found.values()} == {Code.UNAVAILABLE}
    assert not [entry for entry in logs if entry["event"] == "call.answered"]


@pytest.mark.parametrize("name", ["mallory", "admin/x"])
async def test_a_name_that_nobody_has_is_no_identity(name: str, house: House, certs: Path) -> None:
    ours = _kept(certs)
    ways = wires(house, _with(ours.issue(name, now()), ours.kept.certificate))

    found = await answers(ways)

    assert {code for code, _ in found.values()} == {Code.UNAUTHENTICATED}


async def test_a_service_in_anothers_place_is_not_believed(house: House, certs: Path) -> None:
    """Economy calls collection where users is: nobody pays into the wrong purse."""
    credentials = to_call(Certificates(certs / "economy", "economy").current())
    options = [("grpc.ssl_target_name_override", host_of("users"))]
    address = house.address_of("collection")
    async with grpc.aio.secure_channel(address, credentials, options=options) as wire:
        code, _ = await answer(wire, "collection.RosterService/Grant")

    assert code is Code.UNAVAILABLE


async def test_the_port_for_probes_tells_of_health_and_of_nothing_else(
    houses: Houses, certs: Path
) -> None:
    port = Port()
    house = await houses("users", certs=certs, health_port=port.number)
    health = "/grpc.health.v1.Health/Check"
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port.number}") as wire:
        said = await wire.unary_unary(health)(b"", timeout=CALL_S)
        found = {(await answer(wire, name))[0] for at, name in served() if at == "users"}
    reflected = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    ways = wires(house, to_call(Certificates(certs / "admin", "admin").current()))
    with pytest.raises(grpc.aio.AioRpcError) as hidden:
        await ways["users"].unary_unary(reflected)(b"", timeout=CALL_S)
    also = await ways["users"].unary_unary(health)(b"", timeout=CALL_S)

    await asyncio.gather(*(wire.close() for wire in ways.values()))
    port.close()
    serving = health_pb2.HealthCheckResponse.SERVING
    assert health_pb2.HealthCheckResponse.FromString(said).status == serving
    assert health_pb2.HealthCheckResponse.FromString(also).status == serving
    assert found == {Code.UNIMPLEMENTED}
    assert hidden.value.code() is Code.UNIMPLEMENTED
