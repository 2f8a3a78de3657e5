"""What an encounter may bring, by its worth."""

from gateway_bot.text import say, table
from gateway_bot.views import words
from gateway_bot.views.journey import MONEY
from gateway_bot.views.parts import View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import bar, number, share
from geminya.expeditions.v1.planner_pb2 import GetLootOddsResponse

WHOLE = 10_000
ITEMS = "items"


def odds_view(difficulty: int, odds: GetLootOddsResponse) -> View:
    """The odds of one find, and how much of it there is."""
    amounts = {one.thing: one for one in odds.amounts}
    types = [
        say(
            "odds.type",
            bar=bar(one.share, WHOLE),
            thing=_thing(one.name),
            share=share(one.share, WHOLE),
            amount=say(
                "odds.amount",
                least=number(amounts[one.name].least),
                most=number(amounts[one.name].most),
            )
            if one.name in amounts
            else "",
        )
        for one in odds.types
    ]
    items = [
        say("odds.item", item=_thing(one.name), share=share(one.share, WHOLE))
        for one in sorted(odds.items, key=lambda one: -one.share)
        if one.share
    ]
    return sheet(
        [
            text(say("odds.title", difficulty=number(difficulty)), say("odds.about")),
            line(),
            text(*types, letters=1000),
            text(say("odds.items"), *items, letters=1500),
            text(say("odds.note")),
        ]
    )


def _thing(thing: str) -> str:
    if thing in MONEY:
        return words.currency(MONEY[thing])
    if thing == ITEMS:
        return say("odds.any_item")
    return table("item").get(thing, words.plain(thing))
