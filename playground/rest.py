"""The part of Discord's REST interface that a bot uses, and what every request of it meets."""

import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

import structlog
from aiohttp import web

from playground import refusal, shapes
from playground.answers import Answers
from playground.channels import Channels
from playground.commands import Commands
from playground.faults import Fault, Faults
from playground.feed import Feed
from playground.gateway import Gateway
from playground.limits import command_problems
from playground.refusal import DiscordError, refuse_any
from playground.wire import RECEIVED, Exchange, Received, exact_json, rate_limited, receive
from playground.world import World

log = structlog.get_logger()

KEPT_EXCHANGES = 5_000
RATE_LIMIT_S = 0.2
UPLOAD_BYTES = 128 * 2**20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Rest:
    """Discord's REST interface, as one application below `/api/v10`."""

    def __init__(
        self, world: World, commands: Commands, gateway: Gateway, faults: Faults, feed: Feed
    ) -> None:
        self.world = world
        self.commands = commands
        self.gateway = gateway
        self.faults = faults
        self.feed = feed
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)

    def app(self) -> web.Application:
        """The application with every route the box knows."""
        app = web.Application(middlewares=[self._meet], client_max_size=UPLOAD_BYTES)
        app.add_routes(self._routes())
        app.add_routes(Channels(self.world, self.gateway, self.feed).routes())
        app.add_routes(Answers(self.world, self.feed).routes())
        app.router.add_route("*", "/{tail:.*}", self.unknown)
        return app

    def _routes(self) -> list[web.RouteDef]:
        everywhere = "/applications/{app}/commands"
        in_guild = "/applications/{app}/guilds/{guild}/commands"
        return [
            web.get("/gateway", self.get_gateway),
            web.get("/gateway/bot", self.get_gateway),
            web.get("/users/@me", self.get_me),
            web.get("/users/{user}", self.get_user),
            web.get("/guilds/{guild}", self.get_guild),
            web.get("/applications/@me", self.get_application),
            web.get("/oauth2/applications/@me", self.get_application),
            web.get("/applications/{app}/emojis", self.list_emojis),
            *(web.put(path, self.put_commands) for path in (everywhere, in_guild)),
            *(web.get(path, self.list_commands) for path in (everywhere, in_guild)),
        ]

    @web.middleware
    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request meets the planned faults, and holds the answer it belongs to open."""
        fault = self.faults.strike(request.path)
        if fault is Fault.RATE_LIMITED:
            return rate_limited(RATE_LIMIT_S)
        if fault is Fault.FORBIDDEN:
            return exact_json(refusal.missing_access().body(), 403)
        if fault is Fault.SERVER_ERROR:
            return exact_json({"message": "500: Internal Server Error", "code": 0}, 500)
        interaction = self.world.interaction(request.match_info.get("token", ""))
        with interaction.request() if interaction else nullcontext():
            answer = await self._answer(request, handler)
        if fault is Fault.LOST_ANSWER and request.transport is not None:
            request.transport.close()
        return answer

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._authorize(request)
            answer = await handler(request)
        except DiscordError as no:
            path = request.path.replace(request.match_info.get("token", "\0"), "…")
            log.info("request.refused", path=path, code=no.code, why=no.message, errors=no.errors)
            answer = exact_json(no.body(), no.status)
        self._record(request, answer)
        return answer

    def _authorize(self, request: web.Request) -> None:
        if "token" in request.match_info:
            return  # Requests about interactions carry their secret in the path.
        if request.headers.get("Authorization") != f"Bot {self.gateway.token}":
            raise refusal.unauthorized()

    def _record(self, request: web.Request, answer: web.StreamResponse) -> None:
        received = request.get(RECEIVED) or Received()
        body = answer.body if isinstance(answer, web.Response) else None
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.path,
                body=received.data,
                content_type=request.content_type if request.body_exists else None,
                files=[file.filename for file in received.files],
                status=answer.status,
                response=json.loads(body) if isinstance(body, bytes) and body else None,
            )
        )

    async def get_gateway(self, _: web.Request) -> web.Response:
        """Where to connect, and how often that is allowed."""
        gateway = self.gateway
        starts = gateway.starts.limit()
        shown = {"url": gateway.url, "shards": gateway.shards, "session_start_limit": starts}
        return exact_json(shown)

    async def get_me(self, _: web.Request) -> web.Response:
        """The bot itself."""
        return exact_json(shapes.me())

    async def get_user(self, request: web.Request) -> web.Response:
        """A user by snowflake."""
        user = self.world.user_by_id(request.match_info["user"])
        if user is None:
            raise refusal.unknown_user()
        return exact_json(shapes.user(user))

    async def get_guild(self, request: web.Request) -> web.Response:
        """A guild."""
        guild = self.world.guild(request.match_info["guild"])
        if guild is None:
            raise refusal.unknown_guild()
        return exact_json(shapes.guild(guild))

    async def get_application(self, _: web.Request) -> web.Response:
        """The bot's application."""
        return exact_json(shapes.application())

    async def list_emojis(self, _: web.Request) -> web.Response:
        """The application's own emojis: none."""
        return exact_json({"items": []})

    async def put_commands(self, request: web.Request) -> web.Response:
        """Replaces all commands of a scope."""
        received = await receive(request)
        refuse_any(command_problems(received.data))
        scope = request.match_info.get("guild")
        synced = self.commands.sync(scope, received.data, self.world)
        self.feed.tell("commands")
        log.info("commands.synced", count=len(synced), scope=scope)
        return exact_json(synced)

    async def list_commands(self, request: web.Request) -> web.Response:
        """The commands of a scope."""
        return exact_json(self.commands.of(request.match_info.get("guild")))

    async def unknown(self, request: web.Request) -> web.Response:
        """Whatever the box does not know."""
        log.warning("route.unknown", method=request.method, path=request.path)
        raise refusal.not_found()
