"""Parties on their way, and the pause before one is called back."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk, packed
from gateway_bot.text import knows, say
from gateway_bot.views.affinities import affinity_words
from gateway_bot.views.confirm import confirm_view
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.places import list_button, tier_stars
from gateway_bot.views.strength import strength_lines
from gateway_bot.views.words import FULL_STAR, ago, bar, clip, cut, on
from geminya.expeditions.v1.atlas_pb2 import Affinity
from geminya.expeditions.v1.expedition_pb2 import Expedition, Traveller

STATUS = "xstatus"
COMPLETE, COMPLETE_ALL = "xdone", "xdoneall"
CALL_BACK_ASK, CALL_BACK = "xbackask", "xback"
REPEAT = "xagain"

IN_PROGRESS = "in_progress"
NAME_LETTERS = 80
ACTING_LETTERS = 160
MOODS = ("setting_out", "finding_the_way", "halfway", "turning_home", "nearly_home")
"""Each for a fifth of the time."""


def is_ready(expedition: Expedition, now: int) -> bool:
    """Whether its time is over, by the clock of whoever looks."""
    return expedition.ready_time.seconds <= now


def status_view(
    running: Sequence[Expedition],
    desk: Desk,
    *,
    series: Mapping[str, str] | None = None,
    note: str | None = None,
) -> View:
    """Every party on its way, with what can be done about it; `series` are names by number."""
    head = text(say("expedition.title"), note)
    if not running:
        return sheet([head, text(say("expedition.none"))], buttons=[list_button(desk)])
    now = desk.occasion.time
    pieces: list[Piece] = [head]
    for expedition in running:
        told = _told(expedition, now, series or {})
        pieces += [line(), text(*told, letters=700), _row(expedition, now, desk)]
    ready = [one for one in running if is_ready(one, now)]
    every = [_complete_all(desk)] if len(ready) > 1 else []
    look = offer_button(desk.sign(STATUS), say("expedition.refresh"))
    return sheet(pieces, buttons=[*every, look, list_button(desk)])


def _complete_all(desk: Desk) -> Piece:
    return offer_button(
        desk.sign(COMPLETE_ALL),
        say("expedition.complete_all"),
        style=discord.ButtonStyle.success,
    )


def _told(expedition: Expedition, now: int, series: Mapping[str, str]) -> list[str]:
    begun, ready = expedition.start_time.seconds, expedition.ready_time.seconds
    is_over = is_ready(expedition, now)
    return [
        title(expedition),
        say(
            "expedition.ready" if is_over else "expedition.on_the_way",
            bar=bar(now - begun, ready - begun),
            ago=ago(expedition.ready_time),
            time=on(expedition.ready_time),
        ),
        say(f"on_the_way.{_mood(now - begun, ready - begun)}"),
        travellers(expedition.travellers),
        say("expedition.carries") if expedition.equipment_id else "",
        *strength_lines(expedition.strength),
        _acting("expedition.liked", expedition.favored, series),
        _acting("expedition.disliked", expedition.disfavored, series),
        "" if expedition.status == IN_PROGRESS else say("expedition.just_now"),
    ]


def _mood(past: int, whole: int) -> str:
    """How far along they feel."""
    if past >= whole:
        return "back"
    return MOODS[min(len(MOODS) - 1, max(0, past) * len(MOODS) // whole)]


def _acting(key: str, affinities: Sequence[Affinity], series: Mapping[str, str]) -> str:
    """What counts on this journey."""
    if not affinities:
        return ""
    named = affinity_words(affinities, series)
    return say(key, values=cut(named, ACTING_LETTERS))


def title(expedition: Expedition) -> str:
    """Which one it is."""
    return say(
        "expedition.heading",
        slot=expedition.slot_no,
        name=name_of(expedition),
        stars=tier_stars(expedition.tier),
    )


def name_of(expedition: Expedition) -> str:
    """Where it leads, as it shows."""
    return clip(expedition.name, NAME_LETTERS)


def travellers(party: Sequence[Traveller]) -> str:
    """The party in a line."""
    return say(
        "expedition.party",
        names=", ".join(
            say(
                "expedition.traveller",
                name=clip(one.name, NAME_LETTERS),
                stars=FULL_STAR * one.star_level_used,
            )
            for one in party
        ),
    )


def _row(expedition: Expedition, now: int, desk: Desk) -> Piece:
    key, slot = packed(expedition.expedition_id), expedition.slot_no
    complete = offer_button(
        desk.sign(COMPLETE, key),
        say("expedition.complete", slot=slot),
        style=discord.ButtonStyle.success,
    )
    call_back = offer_button(desk.sign(CALL_BACK_ASK, key), say("expedition.call_back", slot=slot))
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    return row.add_item(complete if is_ready(expedition, now) else call_back)


def call_back_view(expedition: Expedition, desk: Desk) -> View:
    """What is lost when a party is called back."""
    return confirm_view(
        say("expedition.call_back_title", name=name_of(expedition)),
        [travellers(expedition.travellers), say("expedition.call_back_told")],
        desk.sign(CALL_BACK, packed(expedition.expedition_id)),
        say("expedition.call_back_button"),
        ways_back=[status_button(desk)],
    )


def status_button(desk: Desk) -> Piece:
    """To those that are on their way."""
    return offer_button(desk.sign(STATUS), say("expedition.status"))


def label(expedition: Expedition) -> str:
    """An expedition in a list of choices, as plain words."""
    key = expedition.outcome or expedition.status
    state = say(f"outcome.{key}") if knows(f"outcome.{key}") else say("outcome.in_progress")
    party = ", ".join(one.name for one in expedition.travellers)
    return say("expedition.choice", name=expedition.name, state=state, party=party)
