"""Guild, channels, users, messages and interactions: plain state, all of it bounded."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from playground.snowflake import account_id, snowflake

if TYPE_CHECKING:
    from playground.interaction import Interaction

Json = dict[str, Any]

GUILD_ID = "360000000000000001"
CHANNEL_ID = "360000000000000002"
BOT_ID = "360000000000000003"
GUILD_NAME = "Geminya Academy"
CHANNEL_NAME = "academy"
SHARD_SHIFT = 22
"""A guild belongs to the shard `(guild_id >> 22) % shards`."""

KEPT_MESSAGES = 500
KEPT_INTERACTIONS = 5_000
KEPT_USERS = 10_000
NAME_LETTERS = 32


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in the guild: a visitor, or the bot."""

    id: str
    name: str
    is_bot: bool = False


BOT = User(BOT_ID, "Geminya", is_bot=True)


@dataclass(frozen=True, slots=True)
class Guild:
    """A guild with its one text channel."""

    id: str
    channel_id: str
    name: str


def guild_number(number: int) -> Guild:
    """The guilds follow each other, so that each belongs to the next shard, however many there are."""
    further = number << SHARD_SHIFT
    name = f"{GUILD_NAME} {number + 1}" if number else GUILD_NAME
    return Guild(str(int(GUILD_ID) + further), str(int(CHANNEL_ID) + further), name)


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of an attachment."""

    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Message:
    """A message as Discord would send it, and what only the box knows about it."""

    body: Json
    reader: str | None = None
    """The only user who sees it; everybody does when there is none."""
    written_by: list["Interaction"] = field(default_factory=list)
    """The interactions that wrote or changed it, oldest first."""

    @property
    def id(self) -> str:
        """The snowflake of the message."""
        return self.body["id"]

    def is_visible_to(self, user: User) -> bool:
        """Whether this user may see it."""
        return self.reader in (None, user.id)


def _now() -> datetime:
    return datetime.now(UTC)


class World:
    """Everything the box remembers."""

    def __init__(self, now: Callable[[], datetime] = _now, guilds: int = 1) -> None:
        self.now = now
        self.guilds = [guild_number(number) for number in range(guilds)]
        self.base_url = ""
        self.bot_url = ""
        self.users: dict[str, User] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, File] = {}
        self.modals: dict[tuple[str, str], Interaction] = {}
        """The interaction that opened a modal, by user id and custom id."""
        self._by_token: dict[str, Interaction] = {}
        self._numbers = itertools.count()

    def new_id(self) -> str:
        """A snowflake of this moment that nothing else has."""
        return snowflake(self.now(), next(self._numbers))

    def user(self, name: str) -> User:
        """The visitor of that name, who is made when nobody has it yet."""
        name = name.strip()
        if not 1 <= len(name) <= NAME_LETTERS:
            raise ValueError(f"a name has 1 to {NAME_LETTERS} letters")
        if name not in self.users:
            if len(self.users) >= KEPT_USERS:
                raise ValueError("the guild is full")
            self.users[name] = User(account_id(name, self.now()), name)
        return self.users[name]

    def user_by_id(self, user_id: str) -> User | None:
        """The user with this snowflake, when there is one."""
        everybody = (BOT, *self.users.values())
        return next((user for user in everybody if user.id == user_id), None)

    def guild(self, guild_id: str) -> Guild | None:
        """The guild with this id, when there is one."""
        return next((guild for guild in self.guilds if guild.id == guild_id), None)

    def guild_of(self, channel_id: str) -> Guild | None:
        """The guild of a text channel; none for a private one."""
        return next((guild for guild in self.guilds if guild.channel_id == channel_id), None)

    def visible_to(self, user: User) -> Iterator[Message]:
        """What this user sees, oldest first."""
        return (message for message in self.messages.values() if message.is_visible_to(user))

    def keep(self, message: Message) -> None:
        """Remembers a message; the oldest one leaves with its files when there are too many."""
        self.messages[message.id] = message
        while len(self.messages) > KEPT_MESSAGES:
            self.forget(next(iter(self.messages)))

    def forget(self, message_id: str) -> None:
        """Removes a message and its files."""
        message = self.messages.pop(message_id)
        for attachment in message.body["attachments"]:
            self.files.pop(attachment["id"], None)

    def begin(self, interaction: "Interaction") -> None:
        """Remembers an interaction by its token."""
        self._by_token[interaction.token] = interaction
        if len(self._by_token) > KEPT_INTERACTIONS:
            del self._by_token[next(iter(self._by_token))]

    def interaction(self, token: str) -> "Interaction | None":
        """The interaction that was sent with this token."""
        return self._by_token.get(token)

    def deliveries(self, interaction_id: str) -> list["Interaction"]:
        """Every time this interaction was sent, oldest first."""
        return [known for known in self._by_token.values() if known.id == interaction_id]
