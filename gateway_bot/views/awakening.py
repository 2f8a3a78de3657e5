"""The one awakening of a waifu, before and after."""

from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.bond import Her
from gateway_bot.views.confirm import confirm_view
from gateway_bot.views.parts import View, colour, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.waifu import profile_button
from geminya.collection.v1.roster_pb2 import AwakenResponse
from geminya.common.v1.money_pb2 import Money

AWAKE = "awakengo"


def awaken_view(her: Her, price: Money, desk: Desk) -> View:
    """What it takes and what it does; the button does it."""
    return confirm_view(
        say("awaken.title", name=her.name),
        [say("awaken.price", price=words.money(price)), say("awaken.effect")],
        desk.sign(AWAKE, str(her.waifu.waifu_id)),
        say("awaken.button", price=words.short_money(price)),
        ways_back=[profile_button(her.waifu.waifu_id, desk)],
    )


def awakened_view(her: Her, awakened: AwakenResponse, desk: Desk) -> View:
    """She is awake."""
    return sheet(
        [
            text(say("awaken.done", name=her.name), say("awaken.done_text"), letters=700),
            text(say("awaken.left", balances=words.many(awakened.balances))),
        ],
        buttons=[profile_button(her.waifu.waifu_id, desk)],
        accent=colour(her.waifu.rarity),
    )
