"""Puts the box together: one port for the bot, the players, the page and the traces."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from yarl import URL

from playground.api import Api
from playground.commands import Commands
from playground.faults import Faults
from playground.feed import Feed
from playground.gateway import HEARTBEAT_MS, Gateway
from playground.interaction import Patience
from playground.rest import Rest
from playground.starts import Starts
from playground.traces import Traces
from playground.visitors import Visitors
from playground.wire import Exchange
from playground.world import World

HOST = "127.0.0.1"
LOOPBACK = (HOST, "localhost", "::1")
TOKEN = "playground"  # noqa: S105 - no secret: the box lets everybody on this machine in
PAGE = Path(__file__).parent / "page"
GOODBYE_S = 1.0
POLL_S = 0.02
SENT_BYTES = 32 * 2**20
PAGE_RULES = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' https: http: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Box:
    """Discord in a box, listening while the context is open.

    `async with Box(port=0) as box:` takes any free port; `box.url` says which.
    """

    def __init__(
        self,
        port: int = 0,
        patience: Patience | None = None,
        heartbeat_ms: int = HEARTBEAT_MS,
        commands_kept_in: Path | None = None,
        host: str = HOST,
        name: str = "",
        shards: int = 1,
        guilds: int = 1,
        starts: Starts | None = None,
    ) -> None:
        """Listens at `host`. Bots on other machines know it by a `name`; the page is for this one."""
        self.port = port
        self.host = host
        self.name = name
        self.world = World(guilds=guilds)
        self.commands = Commands(commands_kept_in)
        self.feed = Feed()
        self.traces = Traces(lambda trace_id: self.feed.tell("trace", trace_id=trace_id))
        self.gateway = Gateway(self.world, TOKEN, heartbeat_ms, shards, starts)
        self.faults = Faults(self.gateway)
        self.rest = Rest(self.world, self.commands, self.gateway, self.faults, self.feed)
        patience = patience or Patience()
        self.visitors = Visitors(self.world, self.commands, self.gateway, patience)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=GOODBYE_S)

    @property
    def url(self) -> str:
        """Where the box listens; what `GEMINYA_DISCORD_URL` is set to."""
        return self.world.base_url

    @property
    def exchanges(self) -> deque[Exchange]:
        """The last requests of bots and what they were answered."""
        return self.rest.exchanges

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self.world.base_url = f"http://{HOST}:{self.port}"
        self.world.bot_url = f"http://{self.name or HOST}:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self._runner.cleanup()

    async def bot_ready(self, seconds: float = 10.0) -> None:
        """Waits until a bot is connected and its commands are synced."""
        async with asyncio.timeout(seconds):
            while not (self.gateway.connected and self.commands.leaves()):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)

    def _app(self) -> web.Application:
        api = Api(self.world, self.commands, self.visitors, self.traces, self.feed)
        app = web.Application(middlewares=[self._from_here_only], client_max_size=SENT_BYTES)
        app.add_subapp("/api/v10", self.rest.app())
        app.add_routes(
            [
                *api.routes(),
                web.get("/gateway", self.gateway.handle),
                web.get("/gateway/", self.gateway.handle),
                web.post("/v1/traces", self.traces.receive),
                web.get("/healthz", self._health),
                web.get("/", _page),
                web.static("/page", PAGE),
            ]
        )
        app.on_shutdown.append(self._say_goodbye)
        return app

    async def _say_goodbye(self, _: web.Application) -> None:
        self.feed.close()
        await self.gateway.close()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "bots": len(self.gateway.connected)})

    @web.middleware
    async def _from_here_only(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keeps pages of other sites, open in the same browser, from playing."""
        origin = request.headers.get("Origin")
        try:
            host, asking = URL(f"//{request.host}"), URL(origin) if origin is not None else None
        except ValueError:
            return web.json_response({"error": "no such host or origin"}, status=400)
        # A name that points here for a moment must not let another site in.
        is_ours = host.host in LOOPBACK or host.host == self.name
        if not is_ours or (asking is not None and asking.authority != request.host):
            shown = origin or request.host
            return web.json_response({"error": f"{shown} is not the playground"}, status=403)
        return await handler(request)


async def _page(_: web.Request) -> web.FileResponse:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": PAGE_RULES}
    return web.FileResponse(PAGE / "index.html", headers=headers)
