"""Where parties can go: what is open this week, and one place from close up."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import knows, say
from gateway_bot.views.affinities import SERIES, affinity_name
from gateway_bot.views.parts import Piece, View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.party import PARTY, Plan, suggest_button
from gateway_bot.views.words import EMPTY_STAR, FULL_STAR, ago, clip, number, plain, stat_names
from geminya.expeditions.v1.atlas_pb2 import Affinity, GetRotationResponse, Template

LIST = "xlist"
PLACE = "xplace"
PLACES = 12
"""On one page of the list."""
TIERS = 5
NAME_LETTERS = 80
VALUES = 12
"""The most affinities of a category that are named."""
CATEGORIES = ("elemental", "archetype", "genre", SERIES)
KEY_BYTES = 6


def key_of(template_id: str) -> str:
    """Eight letters that stand for a place in a custom id, where its own id would not fit."""
    return urlsafe_b64encode(hashlib.sha256(template_id.encode()).digest()[:KEY_BYTES]).decode()


def tier_stars(tier: int) -> str:
    """The stars of a difficulty."""
    return FULL_STAR * min(tier, TIERS) + EMPTY_STAR * max(0, TIERS - tier)


# What is open.


def places_view(
    rotation: GetRotationResponse, visited: Collection[str], *, page: int, desk: Desk
) -> View:
    """A page of the places of this week; `visited` are those with a party of the player."""
    templates = sorted(rotation.templates, key=lambda place: (place.difficulty, place.name))
    if not templates:
        return sheet([text(say("places.title"), say("places.none"))])
    page = min(page, (len(templates) - 1) // PLACES)
    first = page * PLACES
    shown = templates[first : first + PLACES]
    until = say("places.until", time=ago(rotation.close_time))
    lines = [_line(place, is_visited=place.template_id in visited) for place in shown]
    options = [option(place.name, place.template_id, plain_facts(place)) for place in shown]
    return sheet(
        [
            text(say("places.title"), until),
            line(),
            text(*lines, letters=3500),
            offer_select(desk.sign(PLACE), say("places.menu"), options),
        ],
        buttons=turner(
            desk,
            LIST,
            page=page,
            has_more=first + PLACES < len(templates),
            back=say("places.previous"),
            on=say("places.next"),
        ),
    )


def plain_facts(place: Template) -> str:
    """Stars, hours and stats, as plain words."""
    return say(
        "places.facts",
        stars=tier_stars(place.tier),
        hours=place.duration_hours,
        stats=stat_names(place.dominant_stats),
    )


def _line(place: Template, *, is_visited: bool) -> str:
    return say(
        "places.line",
        name=clip(place.name, NAME_LETTERS),
        facts=plain_facts(place),
        mark=say("places.visited") if is_visited else "",
    )


# One place.


def place_view(
    place: Template, counts: Mapping[str, int], series: Mapping[str, str], desk: Desk
) -> View:
    """Everything a party should know before it leaves; `series` are names by number."""
    plan = Plan(key_of(place.template_id))
    start = offer_button(
        desk.sign(PARTY, plan.packed()),
        say("places.start"),
        style=discord.ButtonStyle.primary,
        is_disabled=not place.is_open,
    )
    return sheet(
        [
            text(
                say("places.place", name=clip(place.name, NAME_LETTERS)),
                plain_facts(place),
                None if place.is_open else say("places.closed"),
            ),
            line(),
            text(
                say("places.difficulty", difficulty=number(place.difficulty)),
                say("places.expected", count=place.expected_encounters, kinds=_kinds(counts)),
            ),
            _affinities("places.likes", place.favored_count, place.favored, series),
            _affinities("places.dislikes", place.disfavored_count, place.disfavored, series),
            _tags(place.tags),
        ],
        buttons=[
            start,
            *([suggest_button(plan, desk)] if place.is_open else []),
            list_button(desk),
        ],
    )


def list_button(desk: Desk) -> Piece:
    """Back to all places."""
    return offer_button(desk.sign(LIST, "0~"), say("places.back"))


def _kinds(counts: Mapping[str, int]) -> str:
    """How many encounters of each type there are to meet."""
    told = [
        say(f"encounter_type.{kind}", count=count)
        for kind, count in sorted(counts.items())
        if knows(f"encounter_type.{kind}")
    ]
    return " · ".join(told)


def _affinities(
    key: str, count: int, affinities: Sequence[Affinity], series: Mapping[str, str]
) -> Piece | None:
    if not affinities:
        return None
    lines = [
        say(f"affinity.{category}", values=_values(category, affinities, series))
        for category in CATEGORIES
        if any(one.category == category for one in affinities)
    ]
    return text(say(key, count=count), *lines, letters=900)


def _values(category: str, affinities: Sequence[Affinity], series: Mapping[str, str]) -> str:
    values = [one.value for one in affinities if one.category == category]
    named = [affinity_name(category, value, series) for value in values[:VALUES]]
    more = [say("places.more", count=len(values) - VALUES)] if len(values) > VALUES else []
    return ", ".join([*named, *more])


def _tags(tags: Sequence[str]) -> Piece | None:
    if not tags:
        return None
    return text(say("places.tags", tags=plain(", ".join(tags))), letters=400)
