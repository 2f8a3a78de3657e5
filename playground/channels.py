"""Channels, and the messages of the bot in them that answer nothing."""

from aiohttp import web

from playground import messages, refusal, shapes
from playground.feed import Feed
from playground.gateway import Gateway
from playground.limits import EPHEMERAL
from playground.messages import Draft
from playground.wire import exact_json, no_content, receive
from playground.world import BOT, Message, World


class Channels:
    """The text channels, and a private one for each visitor."""

    def __init__(self, world: World, gateway: Gateway, feed: Feed) -> None:
        self.world = world
        self.gateway = gateway
        self.feed = feed

    def routes(self) -> list[web.RouteDef]:
        """Every route about channels."""
        return [
            web.post("/users/@me/channels", self.open_direct),
            web.get("/channels/{channel}", self.get),
            web.post("/channels/{channel}/typing", self.type),
            web.post("/channels/{channel}/messages", self.post_message),
            web.get("/channels/{channel}/messages/{message}", self.get_message),
            web.patch("/channels/{channel}/messages/{message}", self.edit_message),
            web.delete("/channels/{channel}/messages/{message}", self.delete_message),
        ]

    async def open_direct(self, request: web.Request) -> web.Response:
        """The private channel between the bot and a user."""
        received = await receive(request)
        user = self.world.user_by_id(str(received.data.get("recipient_id")))
        if user is None or user is BOT:
            raise refusal.unknown_user()
        return exact_json(shapes.direct_channel(user))

    async def get(self, request: web.Request) -> web.Response:
        """A text channel, or a private one."""
        user = self.world.user_by_id(self._channel_id(request))
        if user is not None:
            return exact_json(shapes.direct_channel(user))
        guild = self.world.guild_of(request.match_info["channel"])
        assert guild is not None
        return exact_json(shapes.channel(guild))

    async def type(self, request: web.Request) -> web.Response:
        """The bot is typing, which nobody sees."""
        self._channel_id(request)
        return no_content()

    async def post_message(self, request: web.Request) -> web.Response:
        """A new message."""
        channel_id = self._channel_id(request)
        received = await receive(request)
        nonce = messages.nonce_of(received.data)
        if nonce and (made := messages.made_with(self.world, nonce, channel_id)):
            return exact_json(made.body)
        draft = Draft(received.data, received.files)
        message = messages.write(self.world, draft, channel_id=channel_id, nonce=nonce)
        await self._publish("MESSAGE_CREATE", message)
        return exact_json(message.body)

    async def get_message(self, request: web.Request) -> web.Response:
        """A message as it is now."""
        return exact_json(self._message(request).body)

    async def edit_message(self, request: web.Request) -> web.Response:
        """A message changes."""
        message = self._message(request)
        received = await receive(request)
        messages.edit(self.world, message, Draft(received.data, received.files))
        await self._publish("MESSAGE_UPDATE", message)
        return exact_json(message.body)

    async def delete_message(self, request: web.Request) -> web.Response:
        """A message goes."""
        message = self._message(request)
        self.world.forget(message.id)
        self.feed.tell("messages")
        gone = {"id": message.id, "channel_id": message.body["channel_id"]}
        await self.gateway.dispatch("MESSAGE_DELETE", gone, self._guild_id(message))
        return no_content()

    async def _publish(self, event: str, message: Message) -> None:
        self.feed.tell("messages")
        in_guild = {"guild_id": self._guild_id(message)} if message.reader is None else {}
        await self.gateway.dispatch(event, message.body | in_guild, self._guild_id(message))

    def _guild_id(self, message: Message) -> str:
        """The guild of a message; private ones go where shard 0 is."""
        guild = self.world.guild_of(message.body["channel_id"])
        return guild.id if guild else "0"

    def _channel_id(self, request: web.Request) -> str:
        channel_id = request.match_info["channel"]
        is_known = self.world.guild_of(channel_id) or self.world.user_by_id(channel_id)
        if is_known is None:
            raise refusal.unknown_channel()
        return channel_id

    def _message(self, request: web.Request) -> Message:
        channel_id = self._channel_id(request)
        message = self.world.messages.get(request.match_info["message"])
        if message is None or message.body["channel_id"] != channel_id:
            raise refusal.unknown_message()
        if message.body["flags"] & EPHEMERAL:
            raise refusal.unknown_message()
        return message
