"""A player in code: `await robot.slash("summon ten", banner="spring")`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from playground.components import Kind, walk
from playground.interaction import SilentBotError
from playground.world import Json

PATIENCE = aiohttp.ClientTimeout(total=60)
OK, SILENT = 200, 504


class RefusedError(Exception):
    """Discord would not have accepted this; the text says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot."""

    id: str
    content: str
    embeds: Sequence[Json]
    components: Sequence[Json]
    attachments: Sequence[Json]
    ephemeral: bool

    @property
    def text(self) -> str:
        """Everything there is to read in it, line by line."""
        lines = [self.content]
        for embed in self.embeds:
            lines += [embed.get("title"), embed.get("description")]
            for field in embed.get("fields") or ():
                lines += [field["name"], field["value"]]
            lines.append((embed.get("footer") or {}).get("text"))
        lines += [c.get("content") for c in walk(self.components) if c["type"] == Kind.TEXT]
        return "\n".join(line for line in lines if line)

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons."""
        buttons = (c for c in walk(self.components) if c["type"] == Kind.BUTTON)
        return [button.get("label") or "" for button in buttons]

    def custom_id(self, name: str) -> str:
        """The custom id of the component with this label, placeholder or custom id."""
        for component in walk(self.components):
            known = (component.get(key) for key in ("custom_id", "label", "placeholder"))
            if component.get("custom_id") and name in known:
                return component["custom_id"]
        raise LookupError(f"no component {name!r}; there are {self.labels}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the bot said to one wish."""

    interaction_id: str
    trace_id: str | None
    messages: Sequence[Said]
    modal: Json | None = None

    @property
    def message(self) -> Said:
        """The first message."""
        return self.messages[0]

    @property
    def text(self) -> str:
        """Everything there is to read in it."""
        return "\n".join(message.text for message in self.messages)


class Robot:
    """A visitor of the playground who is a program."""

    def __init__(self, base_url: str, user: str, guild_id: str | None = None) -> None:
        """A visitor of the first guild, or of another one."""
        self.base_url = base_url.rstrip("/")
        self.user = user
        self.guild_id = guild_id

    async def slash(
        self, command: str, /, *, interaction_id: str | None = None, **options: Any
    ) -> Answer:
        """Sends a command; with an interaction id, that very interaction once more."""
        body = {"command": command, "options": options, "interaction_id": interaction_id}
        body |= {"guild": self.guild_id}
        return _answer(await self._post("/api/commands", body))

    async def press(
        self, message: Said | str, name: str, /, *, interaction_id: str | None = None
    ) -> Answer:
        """Presses the button with this label or custom id."""
        return await self._use(message, name, None, interaction_id)

    async def select(
        self, message: Said | str, name: str, /, *values: str, interaction_id: str | None = None
    ) -> Answer:
        """Chooses from the menu with this placeholder or custom id."""
        return await self._use(message, name, values, interaction_id)

    async def submit(self, modal: Answer | Mapping[str, Any] | str, /, **values: Any) -> Answer:
        """Fills in a modal: what is written into which custom id."""
        form = modal.modal or {} if isinstance(modal, Answer) else modal
        custom_id = form if isinstance(form, str) else form["custom_id"]
        body = {"custom_id": custom_id, "values": values}
        return _answer(await self._post("/api/modals", body))

    async def autocomplete(
        self, command: str, option: str, value: str = "", /, **options: Any
    ) -> list[Json]:
        """The choices, each with name and value, while an option is being typed."""
        body = {"command": command, "option": option, "value": value, "options": options}
        return (await self._post("/api/autocomplete", body))["choices"]

    async def trace(self, trace_id: str) -> list[Json]:
        """The spans of a trace that arrived so far; none when there is no such trace."""
        async with self._session() as http, http.get(f"/api/traces/{trace_id}") as answer:
            return (await answer.json())["spans"] if answer.status == OK else []

    async def _use(
        self,
        message: Said | str,
        name: str,
        values: Sequence[str] | None,
        interaction_id: str | None,
    ) -> Answer:
        is_known = isinstance(message, Said)
        body = {
            "message_id": message.id if is_known else message,
            "custom_id": message.custom_id(name) if is_known else name,
            "values": None if values is None else list(values),
            "interaction_id": interaction_id,
        }
        return _answer(await self._post("/api/components", body))

    async def _post(self, path: str, body: Json) -> Json:
        said_by_me = {"user": self.user, **body}
        async with self._session() as http, http.post(path, json=said_by_me) as answer:
            said = await answer.json()
        if answer.status == SILENT:
            raise SilentBotError(said["error"])
        if answer.status != OK:
            raise RefusedError(said["error"])
        return said

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(self.base_url, timeout=PATIENCE)


def _answer(said: Json) -> Answer:
    messages = [Said(**message) for message in said["messages"]]
    return Answer(said["interaction_id"], said["trace_id"], messages, said.get("modal"))
