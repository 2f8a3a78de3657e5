"""What a player has set, with a button to turn each thing around and a menu for the choices."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from geminya.users.v1.account_pb2 import (
    NOTICES_CHANNEL,
    NOTICES_DIRECT,
    NOTICES_OFF,
    Notices,
    Settings,
    UpdateSettingsRequest,
)

ACTION = "set"


class Choice(NamedTuple):
    """A line of a menu."""

    number: "Notices.ValueType"
    told: str
    """The words for who has chosen it."""
    picked: str
    """The words for who may."""


PICTURES, HIDING, TELLING = "text", "hide", "tell"
CHOICES: Mapping[str, Choice] = {
    "off": Choice(NOTICES_OFF, "settings.notices_off", "settings.pick_off"),
    "channel": Choice(NOTICES_CHANNEL, "settings.notices_channel", "settings.pick_channel"),
    "direct": Choice(NOTICES_DIRECT, "settings.notices_direct", "settings.pick_direct"),
}
"""Where a player may hear that a party is back."""


def settings_view(settings: Settings, desk: Desk) -> View:
    """All settings, what they mean, and what can be changed."""
    words_only = say("settings.words" if settings.prefers_text else "settings.pictures")
    hidden = say("settings.hidden" if settings.is_collection_hidden else "settings.shown")
    return sheet(
        [
            text(say("settings.title")),
            line(),
            text(words_only),
            text(hidden),
            text(say(CHOICES[_choice(settings)].told)),
        ],
        buttons=[
            _turn(
                desk,
                PICTURES,
                say("settings.want_pictures" if settings.prefers_text else "settings.want_words"),
                is_on=not settings.prefers_text,
            ),
            _turn(
                desk,
                HIDING,
                say("settings.show" if settings.is_collection_hidden else "settings.hide"),
                is_on=not settings.is_collection_hidden,
            ),
        ],
        menus=[_telling(settings, desk)],
    )


def wish(data: str, picked: str = "") -> UpdateSettingsRequest:
    """What a pressed button asks for, or a choice from the menu."""
    name, _, is_on = data.partition("~")
    if name == TELLING:
        return UpdateSettingsRequest(notices=CHOICES.get(picked, CHOICES["off"]).number)
    if name == PICTURES:
        return UpdateSettingsRequest(prefers_text=is_on == "1")
    return UpdateSettingsRequest(is_collection_hidden=is_on == "1")


def _turn(desk: Desk, name: str, label: str, *, is_on: bool) -> Piece:
    return offer_button(desk.sign(ACTION, f"{name}~{int(is_on)}"), label)


def _telling(settings: Settings, desk: Desk) -> discord.ui.ActionRow[Any]:
    now = _choice(settings)
    lines = [
        option(say(choice.picked), name, is_default=name == now) for name, choice in CHOICES.items()
    ]
    return offer_select(desk.sign(ACTION, TELLING), say("settings.pick"), lines)


def _choice(settings: Settings) -> str:
    """The name of what was chosen; nothing was is off."""
    named = {choice.number: name for name, choice in CHOICES.items()}
    return named.get(settings.notices, "off")
