"""Pictures from the internet: https from public addresses only, small, quick, remembered."""

import asyncio
import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

DEADLINE_S = 2.0
SIZE_LIMIT = 4 * 1024 * 1024
REDIRECT_LIMIT = 2
AT_ONCE = 10
FOUND_S = 3600.0
MISSED_S = 300.0
"""A picture that failed is not asked for again for so long."""
KEPT_BYTES = 16 * 1024 * 1024
KEPT_COUNT = 2000

Shrink = Callable[[bytes], Awaitable[bytes]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """This picture is not fetched or not taken."""


def is_public(address: str) -> bool:
    """Whether an address is out in the open internet, so that asking it reveals nothing of ours."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64 or ip.sixtofour or ip.teredo:
            return False  # These carry an IPv4 address inside, which may be private.
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast


def check_url(url: URL) -> None:
    """Refuses what is not a plain https address of a public host."""
    if url.scheme != "https" or not url.host or url.user or url.password or url.port != 443:
        raise Refused("only plain https addresses are fetched")
    try:
        is_open = is_public(url.host)
    except ValueError:
        return  # A name: its addresses are checked when the socket is opened.
    if not is_open:
        raise Refused("the address is not public")


def guarded_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """A socket for a public address only.

    The check stands here, after the name was resolved, so that a name cannot point to one
    address when it is checked and to another when it is used.
    """
    family, kind, protocol, _, address = address_info
    if not is_public(address[0]):
        raise OSError("the address is not public")
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened


@dataclass(frozen=True, slots=True)
class _Kept:
    photo: bytes
    """Empty when the picture could not be had."""
    until: float


class Gallery:
    """Fetches pictures and remembers them, failures too."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        is_open: bool = True,
    ) -> None:
        self.clock = clock
        self.is_open = is_open
        """A closed gallery fetches nothing: every portrait is drawn."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._kept_bytes = 0
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def collect(self, urls: Iterable[str], shrink: Shrink, wait_s: float) -> dict[str, bytes]:
        """The pictures that are here within `wait_s`; later ones are kept for the next time."""
        wanted = set(urls) if self.is_open else set()
        tasks = [self._fetch(url, shrink) for url in wanted if not self._remembers(url)]
        if tasks:
            await asyncio.wait(tasks, timeout=wait_s)
        return {url: kept.photo for url in wanted if (kept := self._kept.get(url)) and kept.photo}

    async def close(self) -> None:
        """Stops all downloads."""
        tasks = [*self._fetching.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def _remembers(self, url: str) -> bool:
        kept = self._kept.get(url)
        if kept and kept.until > self.clock():
            self._kept.move_to_end(url)
            return True
        return False

    def _fetch(self, url: str, shrink: Shrink) -> asyncio.Task[None]:
        if url not in self._fetching:
            task = asyncio.create_task(self._fetch_and_keep(url, shrink))
            self._fetching[url] = task
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        return self._fetching[url]

    async def _fetch_and_keep(self, url: str, shrink: Shrink) -> None:
        try:
            async with self._gate, asyncio.timeout(DEADLINE_S):
                photo = await shrink(await self.load(URL(url)))
        except Exception:
            photo = b""  # Whatever a stranger's server does, we draw instead.
        self._keep(url, photo)

    def _keep(self, url: str, photo: bytes) -> None:
        if old := self._kept.pop(url, None):
            self._kept_bytes -= len(old.photo)
        self._kept[url] = _Kept(photo, self.clock() + (FOUND_S if photo else MISSED_S))
        self._kept_bytes += len(photo)
        while self._kept_bytes > KEPT_BYTES or len(self._kept) > KEPT_COUNT:
            _, gone = self._kept.popitem(last=False)
            self._kept_bytes -= len(gone.photo)

    async def load(self, url: URL) -> bytes:
        """The body behind an address; every hop of a redirect is checked like the first."""
        for _ in range(REDIRECT_LIMIT + 1):
            check_url(url)
            async with self._client().get(url, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308}:
                    url = url.join(URL(answer.headers.get("Location", "")))
                    continue
                if answer.status != 200:
                    raise Refused(f"status {answer.status}")
                return await _read(answer)
        raise Refused("too many redirects")

    def _client(self) -> aiohttp.ClientSession:
        if not self._session:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE, socket_factory=guarded_socket),
                timeout=aiohttp.ClientTimeout(total=DEADLINE_S),
                # No cookies, no proxy from the environment: a proxy would resolve names unguarded.
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers={"Accept": "image/*", "User-Agent": "Geminya"},
            )
        return self._session


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if (answer.content_length or 0) > SIZE_LIMIT:
        raise Refused("the picture is too large")
    body = bytearray()
    async for piece in answer.content.iter_chunked(65536):
        body += piece
        if len(body) > SIZE_LIMIT:
            raise Refused("the picture is too large")
    return bytes(body)
