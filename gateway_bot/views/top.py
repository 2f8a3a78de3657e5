"""The strongest collections."""

from collections.abc import Mapping, Sequence

from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.parts import View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import cut, number, plain
from geminya.collection.v1.roster_pb2 import GetPlaceResponse, TopEntry
from geminya.users.v1.account_pb2 import AccountBrief

ACTION = "top"
ENTRIES = 10
NAME_LETTERS = 60
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def top_view(
    entries: Sequence[TopEntry],
    accounts: Mapping[int, AccountBrief],
    own: GetPlaceResponse,
    user_id: int,
    *,
    page: int,
    has_more: bool,
    desk: Desk,
) -> View:
    """One page of them, and the player's own place."""
    if not entries:
        return sheet([text(say("top.title"), say("top.empty"))])
    pages = turner(
        desk,
        ACTION,
        page=page,
        has_more=has_more,
        back=say("collection.previous"),
        on=say("collection.next"),
    )
    rows = [_row(entry, accounts.get(entry.user_id), entry.user_id == user_id) for entry in entries]
    return sheet([text(say("top.title")), line(), text(*rows), text(own_place(own))], buttons=pages)


def own_place(own: GetPlaceResponse) -> str:
    """Where the player stands among all."""
    if not own.place:
        return say("top.no_place", count=number(own.collector_count))
    return say("top.place", place=number(own.place), count=number(own.collector_count))


def _row(entry: TopEntry, account: AccountBrief | None, is_own: bool) -> str:
    return say(
        "top.row",
        place=MEDALS.get(entry.place, f"**{number(entry.place)}.**"),
        academy=_name(account),
        power=number(entry.power),
        owned=number(entry.owned_count),
        mark=say("top.own") if is_own else "",
    )


def _name(account: AccountBrief | None) -> str:
    """Nobody is named who has hidden the collection, or who is just leaving."""
    if account is None or account.is_collection_hidden or not account.academy_name:
        return say("top.hidden")
    return f"**{plain(cut(account.academy_name, NAME_LETTERS))}**"
