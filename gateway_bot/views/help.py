"""How to play, in one minute."""

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.academy import DAILY
from gateway_bot.views.banner import LIST, TEN
from gateway_bot.views.parts import View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.summon import summon_button


def help_view(banner_id: str, desk: Desk) -> View:
    """The first steps, with buttons for them."""
    return sheet(
        [
            text(say("help.title"), say("help.intro")),
            text(say("help.first"), say("help.steps").strip()),
            text(say("help.living"), say("help.more").strip()),
            text(say("help.search"), say("help.query").strip()),
            line(),
            text(say("help.words"), say("help.terms").strip(), say("help.end")),
        ],
        buttons=[
            offer_button(desk.sign(DAILY), say("help.daily_button")),
            offer_button(desk.sign(LIST), say("help.banners_button")),
            summon_button(
                desk,
                TEN,
                banner_id,
                say("help.summon_button"),
                style=discord.ButtonStyle.primary,
            ),
        ],
    )
