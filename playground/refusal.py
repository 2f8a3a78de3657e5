"""How Discord says no to a bot: a status, a code, a text, and what is wrong with each field."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playground.world import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request, and where."""

    path: tuple[str | int, ...]
    code: str
    message: str


class DiscordError(Exception):
    """An answer other than yes, in Discord's own shape."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """The JSON of the answer."""
        said: Json = {"message": self.message, "code": self.code}
        return said | {"errors": self.errors} if self.errors else said


def refuse_any(problems: Iterable[Problem], under: tuple[str, ...] = ()) -> None:
    """Refuses the request when there is any problem with it, or with the part of it named."""
    errors: Json = {}
    for problem in problems:
        node: Any = errors
        for part in (*under, *problem.path):
            node = node.setdefault(str(part), {})
        entry = {"code": problem.code, "message": problem.message}
        node.setdefault("_errors", []).append(entry)
    if errors:
        raise DiscordError(400, 50035, "Invalid Form Body", errors)


def unauthorized() -> DiscordError:
    """The token is not the bot's."""
    return DiscordError(401, 0, "401: Unauthorized")


def not_found() -> DiscordError:
    """The box has no such route."""
    return DiscordError(404, 0, "404: Not Found")


def missing_access() -> DiscordError:
    """The bot may not write there."""
    return DiscordError(403, 50001, "Missing Access")


def unknown_channel() -> DiscordError:
    """No channel has this id."""
    return DiscordError(404, 10003, "Unknown Channel")


def unknown_guild() -> DiscordError:
    """No guild has this id."""
    return DiscordError(404, 10004, "Unknown Guild")


def unknown_message() -> DiscordError:
    """No message has this id."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_user() -> DiscordError:
    """No user has this id."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_webhook() -> DiscordError:
    """The token belongs to no interaction that was acknowledged."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> DiscordError:
    """The interaction does not exist, or three seconds have passed."""
    return DiscordError(404, 10062, "Unknown interaction")


def already_acknowledged() -> DiscordError:
    """Somebody acknowledged the interaction before."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def token_expired() -> DiscordError:
    """The interaction is older than fifteen minutes."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def empty_message() -> DiscordError:
    """There is nothing in the message."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def too_large() -> DiscordError:
    """A file is larger than a guild may receive."""
    return DiscordError(413, 40005, "Request entity too large")
