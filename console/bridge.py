"""TLS for programs that have none: the PostgreSQL programs of the wheel reach a server through a port of loopback.

From this process to the server it is TLS as the address asks for, names and authorities checked. What is plain never
leaves the machine, and a password is still needed to come in.
"""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

MODES = ("require", "verify-ca", "verify-full")
"""Values of sslmode that want TLS for sure; whoever leaves it open is served without."""
ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)
PIECE = 1 << 16
_HEAD = struct.Struct("!ci")
"""Before each message of the server: its kind, and its length with that of the length."""
_SASL = struct.pack("!i", 10)
_BOUND_TO_TLS = b"SCRAM-SHA-256-PLUS\0"
"""A program without TLS takes the offer for an attack and goes away."""


@contextlib.asynccontextmanager
async def without_tls(url: str) -> AsyncIterator[str]:
    """An address that a program without TLS can use, for as long as it is needed."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    if asked.get("sslmode") not in MODES:
        yield url
        return
    tls = _context(asked)
    host, port = parts.hostname or "localhost", parts.port or 5432
    pipes: set[asyncio.Task[None]] = set()

    async def accept(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        pipes.add(task)
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await _connect(near, back, host, port, tls)
        back.close()
        pipes.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield _moved(url, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for pipe in [*pipes]:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)


async def _connect(
    near: asyncio.StreamReader,
    back: asyncio.StreamWriter,
    host: str,
    port: int,
    tls: ssl.SSLContext,
) -> None:
    far, forth = await asyncio.open_connection(host, port)
    try:
        forth.write(ASK_FOR_TLS)
        if await far.readexactly(1) != b"S":
            return
        await forth.start_tls(tls, server_hostname=host)
        await asyncio.gather(_pump(near, forth), _answer(far, back))
    finally:
        forth.close()


async def _answer(far: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
    """What comes back. First the ways to prove oneself: none by TLS, which the program does not see."""
    head = await far.readexactly(_HEAD.size)
    kind, length = _HEAD.unpack(head)
    if kind == b"R":
        body = await far.readexactly(length - 4)
        body = body.replace(_BOUND_TO_TLS, b"") if body.startswith(_SASL) else body
        head = _HEAD.pack(kind, len(body) + 4) + body
    back.write(head)
    await _pump(far, back)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Hands on what comes, at the pace of the slower side, until one of them ends."""
    while piece := await source.read(PIECE):
        sink.write(piece)
        await sink.drain()
    sink.close()


def _context(asked: dict[str, str]) -> ssl.SSLContext:
    """What sslmode, sslrootcert, sslcert and sslkey mean to PostgreSQL's own library."""
    root = asked.get("sslrootcert")
    context = ssl.create_default_context(cafile=root if root not in (None, "system") else None)
    if asked["sslmode"] != "verify-full":
        context.check_hostname = False
    if asked["sslmode"] == "require" and root is None:
        context.verify_mode = ssl.CERT_NONE
    if "sslcert" in asked:
        context.load_cert_chain(asked["sslcert"], asked.get("sslkey"))
    return context


def _moved(url: str, port: int) -> str:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    asked = {name: text for name, text in parse_qsl(parts.query) if not name.startswith("ssl")}
    query = urlencode(asked | {"sslmode": "disable"}, quote_via=quote)
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=query))
