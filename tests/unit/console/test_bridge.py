"""TLS for programs that have none: what is checked on the way to the server, and that all of it arrives."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from console import authority, certs
from console.bridge import ASK_FOR_TLS, without_tls

LONG = b"a page of the ledger " * 50_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Certificates of a server that is called localhost."""
    monkeypatch.setattr(authority, "host_of", lambda _: "localhost")
    certs.make(tmp_path)
    return tmp_path / "users"


@contextlib.asynccontextmanager
async def a_server(folder: Path, answer: bytes = b"S") -> AsyncIterator[int]:
    """Says back whatever comes, once TLS was asked for as PostgreSQL's clients do."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "tls.crt", folder / "tls.key")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            assert await reader.readexactly(len(ASK_FOR_TLS)) == ASK_FOR_TLS
            writer.write(answer)
            await writer.start_tls(tls)
            while piece := await reader.read(4096):
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def address(port: int, **query: str | Path) -> str:
    asked = "&".join(f"{name}={text}" for name, text in query.items())
    return f"postgresql://geminya:pw%40@localhost:{port}/geminya?{asked}"


async def echo_of(url: str, text: bytes) -> bytes:
    """What comes back of a text, or nothing where the bridge hangs up."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(text)
    try:
        return await reader.readexactly(len(text))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    finally:
        writer.close()


async def test_all_of_it_arrives_at_a_server_that_proves_its_name(folder: Path) -> None:
    async with a_server(folder) as port:
        url = address(
            port, sslmode="verify-full", sslrootcert=folder / "ca.crt", options="-cjit=off"
        )
        async with without_tls(url) as plain:
            assert await echo_of(plain, LONG) == LONG

    parts = urlsplit(plain)
    assert (parts.hostname, parts.username, parts.password) == ("127.0.0.1", "geminya", "pw%40")
    assert parse_qs(parts.query) == {"sslmode": ["disable"], "options": ["-cjit=off"]}


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
async def test_a_server_of_another_authority_hears_nothing(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, mode: str
) -> None:
    other = tmp_path_factory.mktemp("other")
    certs.make(other)
    async with a_server(folder) as port:
        url = address(port, sslmode=mode, sslrootcert=other / "users" / "ca.crt")
        async with without_tls(url) as plain:
            assert await echo_of(plain, b"a password") == b""


async def test_a_server_of_another_name_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "host_of", lambda _: "db.example.org")
    certs.make(tmp_path)
    folder = tmp_path / "users"
    async with a_server(folder) as port:
        full = address(port, sslmode="verify-full", sslrootcert=folder / "ca.crt")
        async with without_tls(full) as plain:
            assert await echo_of(plain, b"a password") == b""
        named = address(port, sslmode="verify-ca", sslrootcert=folder / "ca.crt")
        async with without_tls(named) as plain:
            assert await echo_of(plain, b"a password") == b"a password"


async def test_a_server_without_tls_hears_nothing(folder: Path) -> None:
    async with a_server(folder, answer=b"N") as port:
        url = address(port, sslmode="verify-full", sslrootcert=folder / "ca.crt")
        async with without_tls(url) as plain:
            assert await echo_of(plain, b"a password") == b""


@pytest.mark.parametrize("query", ["", "?sslmode=disable", "?sslmode=prefer"])
async def test_an_address_that_asks_for_nothing_stays_as_it_is(query: str) -> None:
    url = f"postgresql://geminya:pw@localhost:5432/geminya{query}"

    async with without_tls(url) as same:
        assert same == url


async def test_a_way_to_prove_oneself_by_tls_is_not_offered_to_who_has_none(folder: Path) -> None:
    offer = b"\x00\x00\x00\x0aSCRAM-SHA-256-PLUS\x00SCRAM-SHA-256\x00\x00"
    kept = b"\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"
    async with a_server(folder) as port:
        url = address(port, sslmode="verify-full", sslrootcert=folder / "ca.crt")
        async with without_tls(url) as near:
            parts = urlsplit(near)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            # The server says back what it hears.
            writer.write(b"R" + (len(offer) + 4).to_bytes(4, "big") + offer + b"and on")

            said = await reader.readexactly(5 + len(kept) + len(b"and on"))
            writer.close()
            await writer.wait_closed()

    assert said == b"R" + (len(kept) + 4).to_bytes(4, "big") + kept + b"and on"
