"""From whatever went wrong to the one sentence a player reads."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import discord
import grpc
from discord import app_commands

from chassis.rpc.status import Refused, refusal_of, violations_of
from gateway_bot.bans import Banned
from gateway_bot.clients import StillUnderWay, is_trouble
from gateway_bot.offers import ForeignOffer, StaleOffer
from gateway_bot.players import TooYoung
from gateway_bot.text import knows, refusal, say
from gateway_bot.views import words
from geminya.users.v1.account_pb2 import Ban

ANSWERED_ELSEWHERE = frozenset({40060, 10062, 10015, 50027})
"""Discord: already acknowledged by another session, or too late for an acknowledgement or an answer."""

WRITTEN = {
    "academy_name": Refused("NAME_NOT_ALLOWED", "users.geminya", {}),
    "nickname": Refused("NICKNAME_NOT_ALLOWED", "collection.geminya", {}),
    "client_seed": Refused("SEED_WORD_NOT_ALLOWED", "economy.geminya", {}),
    "message": Refused("TALK_NOT_ALLOWED", "collection.geminya", {}),
    "code": Refused("CODE_INVALID", "economy.geminya", {}),
}
"""What players write freely, and how it is refused when it cannot be written at all."""


class Hint(Exception):
    """The bot itself knows what is wrong with the wish; the key is below `hints`."""

    def __init__(self, key: str, **places: str) -> None:
        super().__init__(key)
        self.key = key
        self.places = places


@dataclass(frozen=True, slots=True)
class Excuse:
    """What the player reads, and what the operator should know."""

    sentence: str
    reason: str = ""
    """The reason of a refusal."""
    error_id: str = ""
    """Names a bug in the log."""
    is_away: bool = False
    """Nobody refused; a service gave no answer in time."""

    @property
    def outcome(self) -> str:
        """What became of the wish, for the metrics."""
        return "broken" if self.error_id else "away" if self.is_away else "refused"


def unwrapped(error: BaseException) -> BaseException:
    """The error inside the library's own."""
    while isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError):
        inner = getattr(error, "original", None) or error.__cause__
        if inner is None:
            break
        error = inner
    return error


def excuse_for(error: BaseException) -> Excuse | None:
    """The one place where an error becomes a text; none when somebody else has answered."""
    match unwrapped(error):
        case Hint() as hint:
            return Excuse(say(f"hints.{hint.key}", **hint.places))
        case ForeignOffer():
            return Excuse(say("hints.foreign"), reason="FOREIGN_OFFER")
        case StaleOffer():
            return Excuse(say("hints.stale"), reason="STALE_OFFER")
        case Banned(ban=ban):
            return _gates_closed(ban)
        case TooYoung(ready_time=ready_time):
            facts = {"ready_time": str(ready_time)}
            young = Refused("ACCOUNT_TOO_YOUNG", "users.geminya", facts)
            return Excuse(sentence_for(young), young.reason)
        case StillUnderWay():
            return Excuse(say("trouble.under_way"), is_away=True)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return Excuse(say("hints.stale_command"))
        case discord.HTTPException(code=code) if code in ANSWERED_ELSEWHERE:
            return None
        case grpc.aio.AioRpcError() as failed:
            return _excuse_of_call(failed)
        case _:
            return _bug()


def is_known(error: Exception) -> bool:
    """Whether somebody refused or could not be reached; everything else is a bug, and stops the command."""
    if not isinstance(error, grpc.aio.AioRpcError):
        return isinstance(error, StillUnderWay)
    return refusal_of(error) is not None or is_trouble(error)


def _excuse_of_call(error: grpc.aio.AioRpcError) -> Excuse:
    refused = refusal_of(error)
    if refused is not None:
        return Excuse(sentence_for(refused), reason=refused.reason)
    if is_trouble(error):
        return Excuse(say("trouble.service"), is_away=True)
    for violation in violations_of(error):
        # Whatever cannot be written there is the player's to mend, and no fault of ours.
        if (reason := WRITTEN.get(violation.field)) is not None:
            return Excuse(sentence_for(reason), reason=reason.reason)
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return Excuse(say("trouble.bad_request"), error_id=_error_id())
    return _bug()


def _gates_closed(ban: Ban) -> Excuse:
    end_time = str(ban.end_time.seconds) if ban.HasField("end_time") else ""
    facts = {"ban_reason": ban.reason, "end_time": end_time}
    return Excuse(sentence_for(Refused("USER_BANNED", "users.geminya", facts)), "USER_BANNED")


def sentence_for(refused: Refused) -> str:
    """The friendly sentence of a refusal, with its facts in it."""
    places = {key: _shown(key, value) for key, value in refused.metadata.items()}
    sentence = refusal(refused.reason, refused.domain, places)
    return sentence or say("trouble.refused", reason=words.plain(refused.reason))


def _bug() -> Excuse:
    error_id = _error_id()
    return Excuse(say("trouble.bug", error_id=error_id), error_id=error_id)


def _error_id() -> str:
    return uuid.uuid4().hex[:8]


def _shown(key: str, value: str) -> str:
    """A fact of a refusal as a player reads it."""
    try:
        return _forms().get(key, words.plain)(value)
    except ValueError:
        return words.plain(value)


def _forms() -> Mapping[str, Callable[[str], str]]:
    return {
        "currency": _currency,
        "price": lambda value: words.number(int(value)),
        "balance": lambda value: words.number(int(value)),
        "rarity": lambda value: words.rarity(int(value)),
        "next_time": _moment,
        "ready_time": _moment,
        "reset_time": _moment,
        "end_time": lambda value: _moment(value) if value else say("trouble.no_end"),
    }


def _currency(value: str) -> str:
    """Whatever a service calls a currency: the contract's name or the column's."""
    name = value.upper() if value.upper().startswith("CURRENCY_") else f"CURRENCY_{value.upper()}"
    return say(f"currency.{name}.name") if knows(f"currency.{name}.name") else words.plain(value)


def _moment(value: str) -> str:
    """A time, in seconds or as ISO writes it."""
    seconds = int(value) if value.isdecimal() else int(datetime.fromisoformat(value).timestamp())
    return f"<t:{seconds}:R>"
