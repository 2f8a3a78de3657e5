"""What a player has set, with a button to turn each thing around."""

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from geminya.users.v1.account_pb2 import Settings, UpdateSettingsRequest

ACTION = "set"
PICTURES, HIDING = "text", "hide"


def settings_view(settings: Settings, desk: Desk) -> View:
    """Both settings, what they mean, and what can be changed."""
    words_only = say("settings.words" if settings.prefers_text else "settings.pictures")
    hidden = say("settings.hidden" if settings.is_collection_hidden else "settings.shown")
    return sheet(
        [text(say("settings.title")), line(), text(words_only), text(hidden)],
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
    )


def wish(data: str) -> UpdateSettingsRequest:
    """What a pressed button asks for."""
    name, _, is_on = data.partition("~")
    if name == PICTURES:
        return UpdateSettingsRequest(prefers_text=is_on == "1")
    return UpdateSettingsRequest(is_collection_hidden=is_on == "1")


def _turn(desk: Desk, name: str, label: str, *, is_on: bool) -> Piece:
    return offer_button(desk.sign(ACTION, f"{name}~{int(is_on)}"), label)
