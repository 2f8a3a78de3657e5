"""What the bot writes becomes a message: checked, numbered, its files kept and linked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from playground import shapes
from playground.components import completed, media, walk
from playground.interaction import Asked, Interaction
from playground.limits import (
    EPHEMERAL,
    LOADING,
    V2,
    check_message,
    check_uploads,
    nonce_problems,
)
from playground.refusal import Problem, refuse_any
from playground.world import BOT, BOT_ID, CHANNEL_ID, File, Json, Message, World

PLAIN, REPLY, COMMAND_ANSWER = 0, 19, 20
SUPPRESS_EMBEDS, SILENT = 1 << 2, 1 << 12
WRITABLE_FLAGS = SUPPRESS_EMBEDS | EPHEMERAL | SILENT | V2
EDITABLE_FLAGS = SUPPRESS_EMBEDS | V2
EMBED_PICTURES = ("image", "thumbnail")
NONCE_LIFE = timedelta(minutes=3)
"""Discord speaks of the past few minutes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The JSON the bot sent for a message, and the files that came with it."""

    data: Json
    files: Sequence[File] = ()
    under: tuple[str, ...] = field(default=())
    """Where the message stands in the request: below `data` in a callback."""


def nonce_of(data: Json) -> str:
    """The nonce that Discord is asked to enforce; empty when there is none."""
    nonce = data.get("nonce")
    refuse_any(nonce_problems(nonce))
    return str(nonce or "") if data.get("enforce_nonce") else ""


def made_with(world: World, nonce: str, channel_id: str) -> Message | None:
    """The message of the bot in a channel that was made with a nonce a short while ago."""
    since = shapes.timestamp(world.now() - NONCE_LIFE)
    for message in world.messages.values():
        body = message.body
        is_here = body["channel_id"] == channel_id and body["timestamp"] > since
        if is_here and body.get("nonce") == nonce:
            return message
    return None


def write(world: World, draft: Draft, *, channel_id: str = CHANNEL_ID, nonce: str = "") -> Message:
    """A new message of the bot in a channel."""
    body = _blank(world, channel_id) | ({"nonce": nonce} if nonce else {})
    body["flags"] = (draft.data.get("flags") or 0) & WRITABLE_FLAGS
    message = Message(body, reader=None if world.guild_of(channel_id) else channel_id)
    _fill(world, message, draft)
    world.keep(message)
    return message


def answer(world: World, draft: Draft, interaction: Interaction) -> Message:
    """A new message of the bot as an answer to an interaction."""
    body = _blank(world, interaction.channel_id) | _origin(interaction)
    body["flags"] = (draft.data.get("flags") or 0) & WRITABLE_FLAGS
    message = Message(body)
    _fill(world, message, draft)
    _file_under(world, message, interaction)
    return message


def placeholder(world: World, data: Json, interaction: Interaction) -> Message:
    """The "thinking …" of a deferral."""
    body = _blank(world, interaction.channel_id) | _origin(interaction)
    body["flags"] = (data.get("flags") or 0) & EPHEMERAL | LOADING
    message = Message(body)
    _file_under(world, message, interaction)
    message.written_by.append(interaction)
    return message


def edit(world: World, message: Message, draft: Draft) -> None:
    """Changes a message; who may read it never changes."""
    was_loading = message.body["flags"] & LOADING
    _fill(world, message, draft)
    if not was_loading:
        message.body["edited_timestamp"] = shapes.timestamp(world.now())


def _blank(world: World, channel_id: str) -> Json:
    return {
        "id": world.new_id(),
        "channel_id": channel_id,
        "author": shapes.user(BOT),
        "type": PLAIN,
        "content": "",
        "timestamp": shapes.timestamp(world.now()),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
        "application_id": BOT_ID,
    }


def _origin(interaction: Interaction) -> Json:
    payload = interaction.payload
    origin: Json = {
        "id": interaction.id,
        "type": payload["type"],
        "user": shapes.user(interaction.user),
        "authorizing_integration_owners": {"0": interaction.guild_id},
    }
    if interaction.asked is Asked.COMPONENT:
        origin["interacted_message_id"] = payload["message"]["id"]
    elif interaction.asked is Asked.MODAL:
        origin["triggering_interaction_metadata"] = origin | {"type": Asked.COMMAND}
    kind = COMMAND_ANSWER if interaction.asked is Asked.COMMAND else REPLY
    return {"webhook_id": BOT_ID, "type": kind, "interaction_metadata": origin}


def _file_under(world: World, message: Message, interaction: Interaction) -> None:
    if message.body["flags"] & EPHEMERAL:
        message.reader = interaction.user.id
    world.keep(message)


def _fill(world: World, message: Message, draft: Draft) -> None:
    """Checks what comes of the draft before anything is changed."""
    check_uploads(draft.files)
    changed = _merged(message.body, draft)
    attachments, files = _attachments(world, changed, draft)
    changed["attachments"] = attachments
    check_message(changed, draft.under)
    _link(changed)
    for gone in {old["id"] for old in message.body["attachments"]}:
        if gone not in {kept["id"] for kept in attachments}:
            world.files.pop(gone, None)
    world.files.update(files)
    message.body.update(changed)


def _merged(body: Json, draft: Draft) -> Json:
    data = draft.data
    merged = {part: body[part] for part in ("content", "embeds", "components", "attachments")}
    if "content" in data:
        merged["content"] = data["content"] or ""
    if "embeds" in data:
        merged["embeds"] = [{"type": "rich", **embed} for embed in data["embeds"] or ()]
    if "components" in data:
        _refuse_typeless(data["components"] or (), draft.under)
        merged["components"] = data["components"] or []
    flags = body["flags"] & ~LOADING
    merged["flags"] = flags | (data.get("flags") or 0) & EDITABLE_FLAGS
    return merged


def _refuse_typeless(components: Sequence[Json], under: tuple[str, ...]) -> None:
    if not all(isinstance(part.get("type"), int) for part in walk(components)):
        required = Problem(("components",), "BASE_TYPE_REQUIRED", "This field is required")
        refuse_any([required], under)


def _attachments(world: World, merged: Json, draft: Draft) -> tuple[list[Json], dict[str, File]]:
    """The attachments afterwards: those the draft keeps, and its files."""
    described: dict[str, Json] = {}
    kept = merged["attachments"]
    if draft.data.get("attachments") is not None:
        described = {str(said["id"]): said for said in draft.data["attachments"]}
        kept = [old for old in kept if old["id"] in described]
    files = {world.new_id(): file for file in draft.files}
    new = []
    for index, (file_id, file) in enumerate(files.items()):
        said = described.get(str(index), {})
        new.append(_attachment(world, file_id, file, said.get("description")))
    return kept + new, files


def _attachment(world: World, file_id: str, file: File, description: str | None) -> Json:
    url = f"{world.base_url}/cdn/{file_id}/{quote(file.filename)}"
    shown: Json = {
        "id": file_id,
        "filename": file.filename,
        "size": len(file.content),
        "content_type": file.content_type,
        "url": url,
        "proxy_url": url,
    }
    return shown | {"description": description} if description else shown


def _link(merged: Json) -> None:
    """Points every `attachment://name` at the file, and numbers the components."""
    by_name = {f"attachment://{kept['filename']}": kept for kept in merged["attachments"]}
    merged["embeds"] = [_linked_embed(embed, by_name) for embed in merged["embeds"]]
    merged["components"] = completed(merged["components"])
    for component in walk(merged["components"]):
        for shown in media(component):
            shown.update(_unfurled(shown, by_name))
            shown.setdefault("id", component["id"] and str(component["id"]))


def _linked_embed(embed: Json, by_name: dict[str, Json]) -> Json:
    pictures = {slot: _unfurled(embed[slot], by_name) for slot in EMBED_PICTURES if embed.get(slot)}
    return embed | pictures


def _unfurled(shown: Json, by_name: dict[str, Json]) -> Json:
    attachment: Any = by_name.get(shown["url"])
    if attachment is None:
        return {"proxy_url": shown["url"], **shown}
    links = {part: attachment[part] for part in ("url", "proxy_url", "content_type")}
    return shown | links
