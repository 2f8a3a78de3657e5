"""Certificates that change while processes run, and those that are not taken."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from cryptography import x509

from chassis.process import Running
from chassis.rpc import channel
from chassis.rpc.certificates import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    Certificates,
    certificates_of,
    is_near,
    name_of_peer,
)
from chassis.rpc.channel import dial
from chassis.settings import SettingsError
from console.authority import Authority, Issued, now
from console.certs import AUTHORITY_DIR, make
from tests.support.calls import until
from tests.support.house import GivenSettings, service_named

WHO = "/test/Who"
CALL_S = 20.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Certificates of a test's own, which a channel looks at before each call."""
    monkeypatch.setattr(channel, "LOOK_S", 0.0)
    make(tmp_path / "certs")
    return tmp_path / "certs"


class Desk:
    """A service that says with which certificate it is called, over which connection."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: list[tuple[str, bytes, str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def who(self, _: bytes, context: Any) -> bytes:
        known = context.auth_context()
        self.seen.append((name_of_peer(known), known["x509_pem_cert"][0], context.peer()))
        await self.may_answer.wait()
        return b"answered"


@asynccontextmanager
async def a_desk(certificates: Certificates) -> AsyncIterator[Desk]:
    desk, server = Desk(), grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handlers = {"Who": grpc.unary_unary_rpc_method_handler(desk.who)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
    desk.port = server.add_secure_port("127.0.0.1:0", certificates.to_serve())
    await server.start()
    try:
        yield desk
    finally:
        desk.may_answer.set()
        await server.stop(None)


def users(folder: Path) -> Certificates:
    return Certificates(folder / "users", "users")


def caller(folder: Path, desk: Desk, **options: Any) -> channel.Channel:
    return dial(
        f"127.0.0.1:{desk.port}",
        caller="bot",
        default_timeout_s=CALL_S,
        server="users",
        certificates=Certificates(folder / "bot", "bot"),
        **options,
    )


def shown_by(port: int) -> int:
    """The number of the certificate that a new connection is shown."""
    return x509.load_pem_x509_certificate(
        ssl.get_server_certificate(("127.0.0.1", port), timeout=CALL_S).encode()
    ).serial_number


def number_in(folder: Path, name: str) -> int:
    return x509.load_pem_x509_certificate((folder / name / CERTIFICATE).read_bytes()).serial_number


def put(folder: Path, made: Issued, authority: Authority) -> Path:
    """Plain files, one after the other, as somebody's script may write them."""
    folder.mkdir(exist_ok=True)
    files = {KEY: made.key, CERTIFICATE: made.certificate, AUTHORITY: authority.kept.certificate}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


# What changes while everything runs


async def test_a_service_shows_its_new_certificate_to_new_connections_only(folder: Path) -> None:
    before = number_in(folder, "users")
    async with a_desk(users(folder)) as desk, caller(folder, desk) as old:
        ask = old.unary_unary(WHO)
        await ask(b"")
        assert await asyncio.to_thread(shown_by, desk.port) == before

        shutil.rmtree(folder / "users")
        make(folder)

        await ask(b"")
        after = await asyncio.to_thread(shown_by, desk.port)
        async with caller(folder, desk) as new:
            await new.unary_unary(WHO)(b"")

    assert after == number_in(folder, "users") != before
    # The old connection went on; the new caller came over one of its own.
    assert desk.seen[0][2] == desk.seen[1][2] != desk.seen[2][2]


async def test_a_caller_takes_its_new_certificate_and_loses_no_call(folder: Path) -> None:
    async with a_desk(users(folder)) as desk, caller(folder, desk) as wire:
        ask = wire.unary_unary(WHO)
        desk.may_answer.clear()
        under_way = asyncio.create_task(ask(b""))
        await until(lambda: _is(len(desk.seen) == 1))

        make(folder, renews_all=True)
        another = asyncio.create_task(ask(b""))
        await until(lambda: _is(len(desk.seen) == 2))
        desk.may_answer.set()

        assert await under_way == await another == b"answered"
    (who, old, there), (also, new, elsewhere) = desk.seen
    assert who == also == "bot"
    assert old != new
    assert there != elsewhere
    assert x509.load_pem_x509_certificate(new).serial_number == number_in(folder, "bot")


async def test_a_channel_that_is_closed_ends_what_began_with_old_certificates(folder: Path) -> None:
    async with a_desk(users(folder)) as desk:
        wire = caller(folder, desk)
        ask = wire.unary_unary(WHO)
        desk.may_answer.clear()
        under_way = asyncio.create_task(ask(b""))
        await until(lambda: _is(len(desk.seen) == 1))
        make(folder, renews_all=True)
        another = asyncio.create_task(ask(b""))
        await until(lambda: _is(len(desk.seen) == 2))

        async with asyncio.timeout(CALL_S):
            await wire.close()
            ends = await asyncio.gather(under_way, another, return_exceptions=True)

    assert all(isinstance(end, asyncio.CancelledError | grpc.aio.AioRpcError) for end in ends)


async def test_a_channel_looks_at_its_files_now_and_then_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "LOOK_S", 3600.0)
    async with a_desk(users(folder)) as desk, caller(folder, desk) as wire:
        ask = wire.unary_unary(WHO)
        await ask(b"")
        make(folder, renews_all=True)
        await ask(b"")

    assert desk.seen[0] == desk.seen[1]


async def test_another_authority_comes_in_by_way_of_both(folder: Path, tmp_path: Path) -> None:
    """As the runbook says: first everybody believes both, then certificates change, then the old one goes."""
    old, new = folder, tmp_path / "new"
    make(new)
    both = b"".join((at / AUTHORITY_DIR / AUTHORITY).read_bytes() for at in (old, new))
    async with a_desk(users(old)) as desk, caller(old, desk, waits=True) as wire:
        ask = wire.unary_unary(WHO)
        await ask(b"")
        for name in ("users", "bot"):
            (old / name / AUTHORITY).write_bytes(both)
        await ask(b"")
        for name in ("bot", "users"):
            for file in (KEY, CERTIFICATE):
                (old / name / file).write_bytes((new / name / file).read_bytes())
            await ask(b"")
        for name in ("users", "bot"):
            (old / name / AUTHORITY).write_bytes((new / AUTHORITY_DIR / AUTHORITY).read_bytes())
            await ask(b"")

    assert {name for name, *_ in desk.seen} == {"bot"}
    assert len({peer for *_, peer in desk.seen}) > 1


# What is not taken


def test_half_of_a_new_pair_changes_nothing_and_is_told_once(
    folder: Path, tmp_path: Path, logs: list[structlog.typing.EventDict]
) -> None:
    authority = Authority.made(now())
    mine = put(tmp_path / "mine", authority.issue("bot", now()), authority)
    certificates = Certificates(mine, "bot")
    before, fresh = certificates.current(), authority.issue("bot", now())

    (mine / KEY).write_bytes(fresh.key)
    half = [certificates.current() for _ in range(3)]
    (mine / CERTIFICATE).write_bytes(fresh.certificate)
    whole = certificates.current()

    assert half == [before] * 3
    assert whole.certificate == fresh.certificate
    assert [entry["event"] for entry in logs] == ["certificates.unusable", "certificates.renewed"]
    assert "tls.key is not the key of tls.crt" in logs[0]["why"]


def test_files_that_are_gone_change_nothing(folder: Path) -> None:
    certificates = users(folder)
    before = certificates.current()

    os.rename(folder / "users", folder / "elsewhere")

    assert certificates.current() is before


def test_a_process_does_not_take_another_name_while_it_runs(folder: Path) -> None:
    certificates = users(folder)
    before = certificates.current()

    shutil.rmtree(folder / "users")
    shutil.copytree(folder / "admin", folder / "users")

    assert certificates.current() is before


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("no folder", "No such file"),
        ("another's", "the certificate is that of bot, not of users"),
        ("a stranger's", "the certificate is that of nobody we know, not of users"),
        ("an old one", "the certificate ended at"),
        ("no PEM", "not all files are PEM"),
    ],
)
def test_a_process_that_cannot_prove_its_name_does_not_start(
    what: str, why: str, tmp_path: Path
) -> None:
    authority, mine = Authority.made(now()), tmp_path / "mine"
    name = {"another's": "bot", "a stranger's": "mallory"}.get(what, "users")
    lasts = timedelta(seconds=-1 if what == "an old one" else 60)
    if what != "no folder":
        put(mine, authority.issue(name, now(), lasts), authority)
    if what == "no PEM":
        (mine / CERTIFICATE).write_text("a certificate")

    with pytest.raises(SettingsError, match=why) as refused:
        certificates_of(GivenSettings(tls_dir=mine), "users")
    assert str(refused.value).startswith(f"GEMINYA_TLS_DIR={mine}: ")


def test_without_certificates_there_is_only_dev_and_only_on_loopback() -> None:
    plain = {"tls_dir": None, "users_database_url": "postgresql://nobody@127.0.0.1:1/none"}

    with pytest.raises(
        SettingsError, match=r"^GEMINYA_ENV is not dev and GEMINYA_TLS_DIR is not set"
    ):
        Running(service_named("users"), GivenSettings(env="production", **plain))
    with pytest.raises(
        SettingsError, match=r"^GEMINYA_HOST is 0\.0\.0\.0 and GEMINYA_TLS_DIR is not"
    ):
        Running(service_named("users"), GivenSettings(env="dev", host="0.0.0.0", **plain))
    assert certificates_of(GivenSettings(env="dev"), "users") is None
    assert GivenSettings(tls_dir="").tls_dir is None


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.7", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(host: str, near: bool) -> None:
    assert is_near(host) is near


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1:8601", True),
        ("localhost:8601", True),
        ("[::1]:8601", True),
        ("dns:///localhost:8601", True),
        ("ipv4:127.0.0.1:8601,127.0.0.1:8611", True),
        ("ipv6:[::1]:8601", True),
        ("unix:///run/users.sock", True),
        ("users:8601", False),
        ("dns:///users:8601", False),
        ("ipv4:127.0.0.1:8601,10.0.0.7:8601", False),
        ("0.0.0.0:8601", False),
    ],
)
async def test_without_certificates_nobody_on_another_machine_is_called(
    address: str, here: bool
) -> None:
    if here:
        await dial(address, caller="bot").close()
        return
    with pytest.raises(SettingsError, match="is another machine and GEMINYA_TLS_DIR is not set"):
        dial(address, caller="bot")


@pytest.mark.parametrize(
    ("addresses", "name"),
    [
        ([b"spiffe://geminya/bot"], "bot"),
        ([b"spiffe://geminya/bot", b"spiffe://geminya/admin"], ""),
        ([b"spiffe://geminya/bot/"], ""),
        ([b"spiffe://elsewhere/bot"], ""),
        ([b"bot"], ""),
        ([b"https://geminya/bot"], ""),
        ([], ""),
    ],
)
def test_a_name_is_one_address_of_ours(addresses: list[bytes], name: str) -> None:
    assert name_of_peer({"peer_uri": addresses}) == name


async def _is(fact: bool) -> bool:
    return fact
