"""Beginning anew, and leaving for good: two warnings and what was done."""

from dataclasses import dataclass
from typing import Self

from gateway_bot.forms import Field
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.confirm import confirm_view
from gateway_bot.views.parts import View, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import plain
from geminya.users.v1.account_pb2 import GetPlayerResponse, ResetAccountResponse

WARNED, TYPED = "warned", "typed"
RESET, ERASE = "reset", "erase"
WORD = "word"
LIFE_S = 15 * 60
"""A warning is heeded soon, or read again."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What shall end: the very life that was shown to the player, and no later one."""

    kind: str
    user_id: int
    epoch: int

    def packed(self) -> str:
        """As a custom id carries it."""
        return f"{self.kind}~{self.user_id}~{self.epoch}"

    @classmethod
    def unpacked(cls, data: str) -> Self:
        """Back from a custom id."""
        kind, user_id, epoch = data.split("~")
        return cls(kind, int(user_id), int(epoch))

    @property
    def is_reset(self) -> bool:
        """The academy begins anew, instead of closing."""
        return self.kind == RESET

    @property
    def word(self) -> str:
        """What the player has to type."""
        return say("closing.reset_word" if self.is_reset else "closing.erase_word")


def warning_view(farewell: Farewell, found: GetPlayerResponse, desk: Desk) -> View:
    """What goes, what stays, and the way to go on."""
    is_reset, name = farewell.is_reset, plain(found.academy_name)
    return confirm_view(
        say("closing.reset_title" if is_reset else "closing.erase_title", academy=name),
        [
            say("closing.reset_goes" if is_reset else "closing.erase_goes"),
            say("closing.reset_stays" if is_reset else "closing.erase_stays"),
            say("closing.export_first"),
        ],
        desk.sign(WARNED, farewell.packed(), life_s=LIFE_S),
        say("closing.reset_button" if is_reset else "closing.erase_button"),
    )


def form_title(farewell: Farewell) -> str:
    """What stands over the form."""
    return say("closing.reset_form" if farewell.is_reset else "closing.erase_form")


def form_id(farewell: Farewell, desk: Desk) -> str:
    """The custom id of the form, which names the life that ends when it is sent off."""
    return desk.sign(TYPED, farewell.packed(), life_s=LIFE_S)


def word_field(farewell: Farewell) -> Field:
    """Where the word is typed."""
    return Field(
        WORD,
        say("closing.field", word=farewell.word),
        description=say("closing.no_way_back"),
        placeholder=farewell.word,
        max_letters=20,
    )


def is_meant(farewell: Farewell, typed: str) -> bool:
    """Whether the word was typed, however it was written."""
    return typed.strip(" \"'“”").casefold() == farewell.word.casefold()


def reset_view(reset: ResetAccountResponse) -> View:
    """The first morning of the next life."""
    return sheet(
        [
            text(
                say("closing.reset_done_title"),
                say("closing.reset_done", balances=words.many(reset.balances)),
            )
        ]
    )


def erased_view() -> View:
    """A last word."""
    return sheet([text(say("closing.erase_done_title"), say("closing.erase_done"))])
