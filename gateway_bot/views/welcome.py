"""The first words to a new player."""

from gateway_bot.text import say
from gateway_bot.views.parts import View, sheet, words
from gateway_bot.views.words import plain


def welcome_view(academy_name: str) -> View:
    """A private greeting below the first answer."""
    text = say("welcome.text", academy=plain(academy_name))
    return sheet([words(say("welcome.title"), text)])
