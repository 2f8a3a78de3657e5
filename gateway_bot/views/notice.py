"""A party is back: the message that tells it, and the inbox for what could not be told."""

from collections.abc import Collection, Sequence
from typing import Any

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import HOUR_S, Desk, packed
from gateway_bot.text import say
from gateway_bot.views.expedition import COMPLETE, STATUS, status_button
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import ago, clip, number
from geminya.expeditions.v1.notice_pb2 import Notice

NAME_LETTERS = 80
SHOWN = 10
"""Of an inbox."""
LIFE_S = 7 * 24 * HOUR_S
"""Who is told at night may press in the morning, or after the holidays."""


def notice_view(notice: Notice, reader_id: int, desk: Desk) -> View:
    """Who is back from where, and what can be done about it."""
    return sheet(
        [
            text(
                say("notice.title", reader=f"<@{reader_id}>", name=_place(notice)), _members(notice)
            )
        ],
        buttons=[
            _bring_home(notice, say("notice.complete"), desk),
            offer_button(desk.sign(STATUS, life_s=LIFE_S), say("notice.status")),
        ],
    )


def inbox_view(kept: Sequence[Notice], waiting: Collection[str], desk: Desk) -> View:
    """What could not be told: first the parties that still wait, each with a button."""
    head = text(say("inbox.title"))
    if not kept:
        return sheet([head, text(say("inbox.empty"))], buttons=[status_button(desk)])
    ordered = sorted(kept, key=lambda notice: notice.expedition_id not in waiting)
    pieces: list[Piece] = [head]
    for notice in ordered[:SHOWN]:
        is_waiting = notice.expedition_id in waiting
        key = "inbox.waiting" if is_waiting else "inbox.over"
        told = say(key, name=_place(notice), ago=ago(notice.ready_time))
        pieces += [line(), text(told, _members(notice), letters=350)]
        if is_waiting:
            pieces.append(_row(_bring_home(notice, say("notice.complete"), desk)))
    if len(ordered) > SHOWN:
        pieces += [line(), text(say("inbox.more", count=number(len(ordered) - SHOWN)))]
    return sheet(pieces, buttons=[status_button(desk)])


def _bring_home(notice: Notice, label: str, desk: Desk) -> Piece:
    custom_id = desk.sign(COMPLETE, packed(notice.expedition_id), life_s=LIFE_S)
    return offer_button(custom_id, label, style=discord.ButtonStyle.success)


def _row(button: Piece) -> Piece:
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    return row.add_item(button)


def _place(notice: Notice) -> str:
    return clip(notice.name, NAME_LETTERS)


def _members(notice: Notice) -> str:
    names = ", ".join(clip(name, NAME_LETTERS) for name in notice.members)
    return say("notice.members", names=names)
