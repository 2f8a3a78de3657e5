"""What visitors do: type commands, press, choose, fill in forms; each becomes an interaction."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from playground import shapes
from playground.commands import Commands, Leaf, UnacceptableError
from playground.components import Kind, children, find
from playground.gateway import Gateway
from playground.interaction import Asked, Interaction, Patience, SilentBotError, Told
from playground.limits import EPHEMERAL
from playground.options import Form
from playground.world import (
    BOT_ID,
    Guild,
    Json,
    Message,
    User,
    World,
)

log = structlog.get_logger()

ATTACHMENT_BYTES = 10 * 2**20


class Visitors:
    """Carries the wishes of visitors to the bot and waits for its answer."""

    def __init__(
        self, world: World, commands: Commands, gateway: Gateway, patience: Patience
    ) -> None:
        self.world = world
        self.commands = commands
        self.gateway = gateway
        self.patience = patience

    async def command(
        self,
        user: User,
        typed: str,
        options: Mapping[str, Any],
        interaction_id: str | None = None,
        guild: Guild | None = None,
    ) -> Interaction:
        """Sends a slash command, in the first guild unless another one is named."""
        leaf = self._find(typed)
        data = Form(leaf, self.world).fill(options)
        label = " ".join([f"/{leaf.name}", *map(_typed, options.items())])
        said = {"data": data} | _place(guild or self.world.guilds[0])
        return await self._send(Asked.COMMAND, user, label, said, interaction_id)

    async def complete(
        self, user: User, typed: str, options: Mapping[str, Any], option: str, value: str
    ) -> Interaction:
        """Asks the bot how an option could go on."""
        leaf = self._find(typed)
        data = Form(leaf, self.world).complete(options, option, value)
        return await self._send(Asked.AUTOCOMPLETE, user, f"/{leaf.name} …", {"data": data})

    async def press(
        self,
        user: User,
        message_id: str,
        custom_id: str,
        values: Sequence[str] | None,
        interaction_id: str | None = None,
    ) -> Interaction:
        """Presses a button, or chooses from a menu when there are values."""
        message = self.world.messages.get(message_id)
        if message is None or not message.is_visible_to(user):
            raise UnacceptableError(f"{user.name} sees no message {message_id}")
        component = find(message.body["components"], custom_id)
        if component is None:
            raise UnacceptableError(f"the message has no component {custom_id}")
        data = self._pressed(component, values)
        label = component.get("label") or component.get("placeholder") or custom_id
        said = {"message": message.body, "data": data} | self._place_of(message)
        return await self._send(Asked.COMPONENT, user, str(label), said, interaction_id)

    async def submit(
        self,
        user: User,
        custom_id: str,
        values: Mapping[str, Any],
        interaction_id: str | None = None,
    ) -> Interaction:
        """Sends a modal that the bot opened for this user."""
        opened_by = self.world.modals.get((user.id, custom_id))
        if opened_by is None:
            raise UnacceptableError(f"no modal {custom_id} is open for {user.name}")
        modal = opened_by.data
        parts = [_filled_part(part, values) for part in modal["components"]]
        said: Json = {"data": {"custom_id": custom_id, "components": parts}}
        message: Message | None = None
        if pressed := opened_by.payload.get("message"):
            message = self.world.messages.get(pressed["id"])
        if message is not None:
            said["message"] = message.body
        said |= _place(self.world.guild(opened_by.guild_id) or self.world.guilds[0])
        return await self._send(Asked.MODAL, user, modal["title"], said, interaction_id)

    def _find(self, typed: str) -> Leaf:
        if not self.commands.leaves():
            raise SilentBotError("no bot has brought any commands yet")
        return self.commands.find(typed)

    def _pressed(self, component: Json, values: Sequence[str] | None) -> Json:
        if component.get("disabled"):
            raise UnacceptableError("the component is disabled")
        data: Json = {"custom_id": component["custom_id"], "id": component["id"]}
        data["component_type"] = component["type"]
        if component["type"] == Kind.BUTTON:
            return data
        chosen = list(values or ())
        least, most = component["min_values"], component["max_values"]
        if not least <= len(chosen) <= most:
            raise UnacceptableError(f"choose {least} to {most} of the menu")
        if component["type"] == Kind.STRING_SELECT:
            _refuse_unlisted(component, chosen)
            return data | {"values": chosen}
        if component["type"] == Kind.USER_SELECT:
            return data | self._chosen_users(chosen)
        raise UnacceptableError("the box has menus of texts and of users only")

    def _chosen_users(self, names: Sequence[str]) -> Json:
        users = [self.world.user_by_id(name) or self.world.user(name) for name in names]
        resolved = {"users": {user.id: shapes.user(user) for user in users}}
        return {"values": [user.id for user in users], "resolved": resolved}

    async def _send(
        self, asked: Asked, user: User, label: str, said: Json, interaction_id: str | None = None
    ) -> Interaction:
        """Tells the bot and waits for its final answer."""
        first = _place(self.world.guilds[0])
        payload = self._envelope(asked, user, interaction_id) | first | said
        self._refuse_another(payload)
        interaction = Interaction(payload, user, label, self.patience)
        self.world.begin(interaction)
        await self.gateway.dispatch("INTERACTION_CREATE", payload, interaction.guild_id)
        try:
            await interaction.final()
        except SilentBotError as silent:
            log.warning("interaction.unanswered", interaction_id=interaction.id, why=str(silent))
            if not self.gateway.connected:
                raise SilentBotError("no bot is connected") from silent
            raise
        if asked is not Asked.AUTOCOMPLETE:
            told = interaction.told.name.lower() if interaction.told else None
            log.info("interaction.answered", interaction_id=interaction.id, told=told)
        return interaction

    def _refuse_another(self, payload: Json) -> None:
        """The same interaction may come again, but it stays the same."""
        for earlier in self.world.deliveries(payload["id"]):
            same = earlier.payload["data"] == payload["data"]
            if not same or earlier.payload["type"] != payload["type"]:
                raise UnacceptableError(f"the interaction {payload['id']} was another one")

    def _envelope(self, asked: Asked, user: User, interaction_id: str | None) -> Json:
        return {
            "id": interaction_id or self.world.new_id(),
            "application_id": BOT_ID,
            "type": asked.value,
            "token": secrets.token_urlsafe(96),
            "version": 1,
            "guild_locale": "en-US",
            "locale": "en-US",
            "member": shapes.member(user),
            "app_permissions": shapes.ALL_PERMISSIONS,
            "entitlements": [],
            "context": 0,
            "attachment_size_limit": ATTACHMENT_BYTES,
        }

    def _place_of(self, message: Message) -> Json:
        """Where a message is: what is done to it is done there."""
        return _place(self.world.guild_of(message.body["channel_id"]) or self.world.guilds[0])


def _place(guild: Guild) -> Json:
    """Where something is asked. A bot that resumed was never told of its guilds, so the channel comes whole."""
    return {
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": "en-US", "features": []},
        "channel_id": guild.channel_id,
        "channel": shapes.channel(guild) | {"permissions": shapes.ALL_PERMISSIONS},
        "authorizing_integration_owners": {"0": guild.id},
    }


def _typed(option: tuple[str, Any]) -> str:
    name, value = option
    return f"{name}:{str(value).lower() if isinstance(value, bool) else value}"


def _refuse_unlisted(select: Json, chosen: Sequence[str]) -> None:
    listed = {option["value"] for option in select["options"]}
    for value in chosen:
        if value not in listed:
            raise UnacceptableError(f"the menu has no choice {value}")


def _filled_part(part: Json, values: Mapping[str, Any]) -> Json:
    """A part of a modal as it is sent: which field it is, and what was written."""
    filled: Json = {"type": part["type"]} | ({"id": part["id"]} if part.get("id") else {})
    inside = [_filled_field(field, values.get(field["custom_id"])) for field in children(part)]
    if part["type"] == Kind.LABEL:
        return filled | {"component": inside[0]}
    return filled | {"components": inside} if inside else filled


def _filled_field(field: Json, given: Any) -> Json:
    name = field["custom_id"]
    filled: Json = {"type": field["type"], "custom_id": name}
    if field["type"] != Kind.TEXT_INPUT:
        chosen = [given] if isinstance(given, str) else list(given or ())
        if field.get("required", True) and not chosen:
            raise UnacceptableError(f"the field {name} must be filled in")
        return filled | {"values": chosen}
    written = str(given if given is not None else field.get("value") or "")
    least, most = field.get("min_length") or 0, field.get("max_length") or 4_000
    if field.get("required", True) and not written:
        raise UnacceptableError(f"the field {name} must be filled in")
    if written and not least <= len(written) <= most:
        raise UnacceptableError(f"the field {name} needs {least} to {most} letters")
    return filled | {"value": written}


def is_ephemeral(message: Message) -> bool:
    """Whether only one user sees it, and only for now."""
    return bool(message.body["flags"] & EPHEMERAL)


def opened_modal(interaction: Interaction) -> Json | None:
    """The modal an interaction was answered with."""
    return interaction.data if interaction.told is Told.MODAL else None
