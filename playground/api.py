"""The players' door: the JSON interface behind the page and the robots."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from playground.commands import Commands, UnacceptableError
from playground.feed import Feed
from playground.interaction import Interaction, SilentBotError
from playground.limits import LOADING
from playground.traces import Traces
from playground.visitors import Visitors, is_ephemeral, opened_modal
from playground.world import Guild, Json, Message, User, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SHOWN_MESSAGES = 100


class Api:
    """What visitors can ask for, as one application below `/api`."""

    def __init__(
        self, world: World, commands: Commands, visitors: Visitors, traces: Traces, feed: Feed
    ) -> None:
        self.world = world
        self.commands = commands
        self.visitors = visitors
        self.traces = traces
        self.feed = feed

    def routes(self) -> list[web.RouteDef]:
        """Every route of the players' door."""
        return [
            web.post("/api/commands", explained(self.command)),
            web.post("/api/components", explained(self.component)),
            web.post("/api/modals", explained(self.modal)),
            web.post("/api/autocomplete", explained(self.autocomplete)),
            web.get("/api/commands", self.list_commands),
            web.get("/api/users", self.list_users),
            web.post("/api/users", explained(self.add_user)),
            web.get("/api/messages", explained(self.list_messages)),
            web.get("/api/interactions/{interaction}/trace", self.trace),
            web.get("/api/traces/{trace}", self.traces.show),
            web.get("/api/events", self.feed.handle),
            web.get("/cdn/{file}/{name}", self.file),
        ]

    async def command(self, request: web.Request) -> web.Response:
        """`{user, command, options, guild}`: a slash command; without a guild, in the first one."""
        asked = await Asked.of(request, self.world)
        typed, options = asked.text("command"), asked.mapping("options")
        given_id = asked.snowflake("interaction_id")
        sent = self.visitors.command(asked.user, typed, options, given_id, asked.guild())
        return await self._answered(sent)

    async def component(self, request: web.Request) -> web.Response:
        """`{user, message_id, custom_id, values}`: a button or a menu."""
        asked = await Asked.of(request, self.world)
        message_id, custom_id = asked.text("message_id"), asked.text("custom_id")
        given_id = asked.snowflake("interaction_id")
        values = asked.texts("values")
        sent = self.visitors.press(asked.user, message_id, custom_id, values, given_id)
        return await self._answered(sent)

    async def modal(self, request: web.Request) -> web.Response:
        """`{user, custom_id, values}`: a form that the bot opened."""
        asked = await Asked.of(request, self.world)
        custom_id, values = asked.text("custom_id"), asked.mapping("values")
        given_id = asked.snowflake("interaction_id")
        return await self._answered(self.visitors.submit(asked.user, custom_id, values, given_id))

    async def autocomplete(self, request: web.Request) -> web.Response:
        """`{user, command, options, option, value}`: how an option could go on."""
        asked = await Asked.of(request, self.world)
        typed, option = asked.text("command"), asked.text("option")
        options, value = asked.mapping("options"), str(asked.body.get("value") or "")
        interaction = await self.visitors.complete(asked.user, typed, options, option, value)
        return web.json_response({"choices": interaction.data.get("choices") or []})

    async def list_commands(self, _: web.Request) -> web.Response:
        """Everything that can be typed."""
        shown = [
            {
                "name": leaf.name,
                "description": leaf.node.get("description", ""),
                "options": leaf.options,
            }
            for leaf in self.commands.leaves()
        ]
        return web.json_response({"commands": sorted(shown, key=lambda leaf: leaf["name"])})

    async def list_users(self, _: web.Request) -> web.Response:
        """Every visitor."""
        users = [{"id": user.id, "name": user.name} for user in self.world.users.values()]
        return web.json_response({"users": users})

    async def add_user(self, request: web.Request) -> web.Response:
        """`{user}`: a visitor of that name, made when there is none."""
        user = (await Asked.of(request, self.world)).user
        self.feed.tell("users")
        return web.json_response({"id": user.id, "name": user.name})

    async def list_messages(self, request: web.Request) -> web.Response:
        """What a visitor sees, oldest first."""
        user = _user(self.world, request.query.get("user"))
        seen = list(self.world.visible_to(user))[-SHOWN_MESSAGES:]
        return web.json_response({"messages": [self._detailed(message) for message in seen]})

    async def trace(self, request: web.Request) -> web.Response:
        """The trace of an interaction, or null while none has arrived."""
        interaction_id = request.match_info["interaction"]
        return web.json_response({"trace_id": self._trace_id(interaction_id)})

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of an attachment."""
        file = self.world.files.get(request.match_info["file"])
        if file is None:
            return _error(404, "no such file")
        # What the bot sends is shown, never run.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=file.content, content_type=file.content_type, headers=headers)

    async def _answered(self, sent: Awaitable[Interaction]) -> web.Response:
        interaction = await sent
        answer: Json = {"trace_id": await self._named_trace(interaction)}
        answer["messages"] = [brief(message) for message in interaction.answers]
        answer["interaction_id"] = interaction.id
        if modal := opened_modal(interaction):
            answer["modal"] = {key: modal[key] for key in ("custom_id", "title", "components")}
        return web.json_response(answer)

    async def _named_trace(self, interaction: Interaction) -> str | None:
        if interaction.trace_id is None:
            seconds = interaction.patience.trace_s
            interaction.trace_id = await self.traces.wait_for(interaction.id, seconds)
        return interaction.trace_id

    def _trace_id(self, interaction_id: str) -> str | None:
        named = (sent.trace_id for sent in self.world.deliveries(interaction_id))
        return next(filter(None, named), None) or self.traces.of_interaction(interaction_id)

    def _detailed(self, message: Message) -> Json:
        body = message.body
        wishes = [
            {"id": sent.id, "label": sent.label, "user": sent.user.name}
            for sent in message.written_by
        ]
        return brief(message) | {
            "author": body["author"]["username"],
            "time": body["timestamp"],
            "edited": body["edited_timestamp"],
            "thinking": bool(body["flags"] & LOADING),
            "private": message.reader is not None and not is_ephemeral(message),
            "interactions": wishes,
        }


class Asked:
    """The JSON a visitor sent, read with care."""

    def __init__(self, body: Json, user: User, world: World) -> None:
        self.body = body
        self.user = user
        self._world = world

    @classmethod
    async def of(cls, request: web.Request, world: World) -> "Asked":
        """Reads a request, which names its visitor."""
        try:
            body = await request.json()
        except (ValueError, RecursionError) as wrong:
            raise UnacceptableError("the request is not JSON") from wrong
        if not isinstance(body, dict):
            raise UnacceptableError("the request is not a JSON object")
        return cls(body, _user(world, body.get("user")), world)

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise UnacceptableError(f"{name} is missing")
        return value

    def texts(self, name: str) -> list[str] | None:
        """A list of texts that may be missing."""
        values = self.body.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise UnacceptableError(f"{name} is a list of texts")
        return values

    def mapping(self, name: str) -> dict[str, Any]:
        """Names and values, none when missing."""
        values = self.body.get(name) or {}
        if not isinstance(values, dict):
            raise UnacceptableError(f"{name} is an object of names and values")
        return values

    def guild(self) -> Guild | None:
        """The guild it is asked in, when one is named."""
        guild_id = self.snowflake("guild")
        if guild_id is None:
            return None
        guild = self._world.guild(guild_id)
        if guild is None:
            raise UnacceptableError(f"there is no guild {guild_id}")
        return guild

    def snowflake(self, name: str) -> str | None:
        """An id that may be missing."""
        value = self.body.get(name)
        if value is not None and not (isinstance(value, str) and value.isdecimal()):
            raise UnacceptableError(f"{name} is a snowflake, as a text")
        return value


def brief(message: Message) -> Json:
    """A message as the JSON interface shows it."""
    body = message.body
    files = [
        {"filename": a["filename"], "url": a["url"], "description": a.get("description")}
        for a in body["attachments"]
    ]
    return {
        "id": message.id,
        "content": body["content"],
        "embeds": body["embeds"],
        "components": body["components"],
        "attachments": files,
        "ephemeral": is_ephemeral(message),
    }


def explained(handler: Handler) -> Handler:
    """Turns what Discord would not accept, and a silent bot, into a status and a reason."""

    async def explain(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except UnacceptableError as no:
            return _error(400, str(no))
        except SilentBotError as silent:
            return _error(504, str(silent))

    return explain


def _user(world: World, name: Any) -> User:
    if not isinstance(name, str):
        raise UnacceptableError("user is missing")
    try:
        return world.user(name)
    except ValueError as wrong:
        raise UnacceptableError(f"user {name!r}: {wrong}") from wrong


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
