"""From a place to a party on its way: who goes, what they take along, and the last look.

Every step carries all that was chosen in its own custom ids, so the bot remembers nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import DIGITS, Desk, packed, unpacked
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.affinities import affinity_words, has
from gateway_bot.views.effects import effect_words, piece_label, piece_name
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.strength import strength_lines
from gateway_bot.views.words import clip, cut, number
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.collection.v1.equipment_pb2 import Equipment
from geminya.collection.v1.roster_pb2 import RosterEntry
from geminya.expeditions.v1.atlas_pb2 import Template
from geminya.expeditions.v1.planner_pb2 import Plan as Forecast
from geminya.expeditions.v1.planner_pb2 import Suited

PARTY, JOIN, ASK, SEARCH = "xp", "xj", "xq", "xs"
SUGGEST = "xbest"
PACK, CARRY, GO = "xe", "xg", "xgo"
"""Short actions: every further letter would be taken from the query."""
QUERY = "query"
MEMBERS = 3
CANDIDATES = 25
"""On one page of the menu."""
QUERY_LETTERS = 28
"""The longest query that travels beside a party."""
LAST_PAGE = 35
"""One letter; a query finds who is further back."""
SUITED = "!"
"""Behind the page: the other order."""
NOTHING = "-"
NAME_LETTERS = 80
AFFINE_LETTERS = 200
WHOLE = 10_000
"""Shares are in hundredths of a percent."""
KEY_LETTERS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What was chosen so far."""

    place: str
    """The key of the place."""
    party: tuple[int, ...] = ()
    equipment_id: str = ""
    page: int = 0
    query: str = ""
    is_suited: bool = False
    """Whoever suits the place comes first, and not whoever is strong; a query does not go with it."""

    def packed(self) -> str:
        """As a custom id carries it."""
        party = "-".join(base36(waifu_id) for waifu_id in self.party)
        piece = packed(self.equipment_id) if self.equipment_id else ""
        order = SUITED if self.is_suited else ""
        return f"{self.place}{party}~{piece}~{base36(self.page)}{order}~{self.query}"

    @classmethod
    def unpacked(cls, data: str) -> "Plan":
        """Back from a custom id."""
        place, rest = data[:KEY_LETTERS], data[KEY_LETTERS:]
        party, piece, page, query = rest.split("~", 3)
        waifu_ids = tuple(int(letters, 36) for letters in party.split("-") if letters)
        return cls(
            place,
            waifu_ids,
            unpacked(piece) if piece else "",
            int(page.removesuffix(SUITED), 36),
            query,
            page.endswith(SUITED),
        )

    def joined(self, waifu_ids: Sequence[int]) -> "Plan":
        """With more members, nobody twice, and no more than may go."""
        together = dict.fromkeys((*self.party, *waifu_ids))
        return replace(self, party=tuple(together)[:MEMBERS])

    @property
    def is_full(self) -> bool:
        """Nobody more may go."""
        return len(self.party) >= MEMBERS


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could go, as the menu shows her."""

    waifu_id: int
    name: str
    facts: str

    @classmethod
    def strong(cls, row: RosterEntry) -> "Candidate":
        """With her power."""
        facts = say(
            "party.facts",
            stars=words.FULL_STAR * row.owned.current_star_level,
            power=number(row.owned.power),
            kind=_kind(row.waifu),
            series=row.waifu.series,
        )
        return cls(row.waifu.waifu_id, row.waifu.name, facts)

    @classmethod
    def suited(cls, one: Suited, waifu: Waifu | None) -> "Candidate":
        """With what the place likes and dislikes of her."""
        facts = say(
            "party.suits",
            liked=one.favored_count,
            disliked=one.disfavored_count,
            stars=words.FULL_STAR * one.member.star_level,
            kind=_kind(waifu) if waifu else "",
        )
        return cls(one.member.waifu_id, one.member.name, facts)


def _kind(waifu: Waifu) -> str:
    return ", ".join([*waifu.elemental_type, waifu.archetype])


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of waifus who are at home."""

    rows: Sequence[Candidate]
    has_more: bool


# Who goes.


def party_view(
    place: Template,
    plan: Plan,
    members: Mapping[int, Waifu],
    candidates: Candidates,
    desk: Desk,
) -> View:
    """The party so far, and a menu of who could join it."""
    free = [row for row in candidates.rows if row.waifu_id not in plan.party]
    menu = None if plan.is_full or not free else _candidates(plan, free, desk)
    return sheet(
        [
            text(
                say("party.title", place=_name(place)),
                say("party.about_suited" if plan.is_suited else "party.about", count=MEMBERS),
            ),
            line(),
            text(*_party(plan, members), _asked(plan)),
            None if menu or plan.is_full else text(say("party.nobody")),
            menu,
        ],
        buttons=_party_buttons(plan, candidates, desk),
    )


def _candidates(plan: Plan, free: Sequence[Candidate], desk: Desk) -> Piece:
    options = [option(row.name, str(row.waifu_id), row.facts) for row in free]
    return offer_select(
        desk.sign(JOIN, plan.packed()),
        say("party.menu"),
        options,
        most=MEMBERS - len(plan.party),
    )


def _party(plan: Plan, members: Mapping[int, Waifu]) -> list[str]:
    if not plan.party:
        return [say("party.empty")]
    return [
        say("party.member", place=place, name=_member(waifu_id, members))
        for place, waifu_id in enumerate(plan.party, 1)
    ]


def _member(waifu_id: int, members: Mapping[int, Waifu]) -> str:
    waifu = members.get(waifu_id)
    return clip(waifu.name, NAME_LETTERS) if waifu else say("party.nameless", waifu_id=waifu_id)


def _asked(plan: Plan) -> str | None:
    return say("party.asked", query=plan.query.replace("`", "ˋ")) if plan.query else None


def _party_buttons(plan: Plan, candidates: Candidates, desk: Desk) -> list[Piece]:
    on = offer_button(
        desk.sign(PACK, replace(plan, page=0, query="").packed()),
        say("party.next"),
        style=discord.ButtonStyle.primary,
        is_disabled=not plan.party,
    )
    search = offer_button(desk.sign(ASK, plan.packed()), say("party.search"))
    best = [] if plan.party else [suggest_button(plan, desk)]
    return [on, search, *best, *_turns(plan, candidates, desk)]


def suggest_button(plan: Plan, desk: Desk) -> Piece:
    """To the party with the best chances there, with the same piece."""
    asked = Plan(plan.place, equipment_id=plan.equipment_id)
    return offer_button(desk.sign(SUGGEST, asked.packed()), say("plan.suggest"))


def _turns(plan: Plan, candidates: Candidates, desk: Desk) -> list[Piece]:
    """The same step once more, with something else in it."""
    other = replace(plan, page=0, query="", is_suited=not plan.is_suited)
    before = replace(plan, page=plan.page - 1) if plan.page else None
    is_last = not candidates.has_more or plan.page >= LAST_PAGE
    after = None if is_last else replace(plan, page=plan.page + 1)
    if plan.is_suited:
        turns = {"party.strongest": other, "party.better": before, "party.worse": after}
    else:
        turns = {"party.suited": other, "party.previous": before, "party.more": after}
    ways = turns | {
        "party.clear": replace(plan, party=()) if plan.party else None,
        "party.everybody": replace(plan, page=0, query="") if plan.query else None,
    }
    return [
        offer_button(desk.sign(PARTY, way.packed()), say(key))
        for key, way in ways.items()
        if way is not None
    ]


# What they take along.


def pack_view(place: Template, plan: Plan, pieces: Sequence[Equipment], desk: Desk) -> View:
    """One piece of equipment, or none."""
    options = [option(say("party.nothing"), NOTHING)]
    options += [option(piece_label(piece), piece.equipment_id, _subs(piece)) for piece in pieces]
    menu = offer_select(desk.sign(CARRY, plan.packed()), say("party.pack_menu"), options)
    return sheet(
        [text(say("party.pack_title", place=_name(place)), say("party.pack")), menu],
        buttons=[_other_party(plan, desk)],
    )


def _subs(piece: Equipment) -> str:
    return ", ".join(effect_words(slot.effect) for slot in piece.sub_slots)


# The last look.


def leave_view(
    place: Template,
    plan: Plan,
    members: Mapping[int, Waifu],
    piece: Equipment | None,
    desk: Desk,
    *,
    series: Mapping[str, str] | None = None,
    expected: Forecast | None = None,
) -> View:
    """Who goes where with what, and what may be expected of it; the button sends them."""
    carried = clip(piece_name(piece), NAME_LETTERS) if piece else say("party.nothing")
    go = offer_button(
        desk.sign(GO, plan.packed()), say("party.go"), style=discord.ButtonStyle.success
    )
    other = offer_button(
        desk.sign(PACK, replace(plan, equipment_id="").packed()), say("party.other_piece")
    )
    return sheet(
        [
            text(say("party.leave_title", place=_name(place))),
            line(),
            text(
                *_affine(place, plan, members, series or {}),
                say("party.carried", piece=carried),
                *(_expected(expected) if expected else ()),
                say("party.hours", hours=place.duration_hours),
                say("party.frozen"),
            ),
        ],
        buttons=[go, other, _other_party(plan, desk)],
    )


def _affine(
    place: Template, plan: Plan, members: Mapping[int, Waifu], series: Mapping[str, str]
) -> list[str]:
    """Each of the party, with what of hers is liked and disliked there."""
    lines: list[str] = []
    for place_no, waifu_id in enumerate(plan.party, 1):
        lines.append(say("party.member", place=place_no, name=_member(waifu_id, members)))
        if (waifu := members.get(waifu_id)) is not None:
            lines += [
                say(key, values=cut(affinity_words(met, series), AFFINE_LETTERS))
                for key, wanted in (
                    ("party.liked", place.favored),
                    ("party.disliked", place.disfavored),
                )
                if (met := [one for one in wanted if has(waifu, one)])
            ]
    return lines


def _expected(plan: Forecast) -> list[str]:
    share = plan.mean_success
    return [
        say("party.chance", bar=words.bar(share, WHOLE), percent=f"{share / 100:.1f}{words.THIN}%"),
        *strength_lines(plan.strength),
    ]


def _other_party(plan: Plan, desk: Desk) -> Piece:
    again = replace(plan, equipment_id="", page=0, query="")
    return offer_button(desk.sign(PARTY, again.packed()), say("party.other_party"))


def _name(place: Template) -> str:
    return clip(place.name, NAME_LETTERS)


def base36(value: int) -> str:
    """A number in as few letters as there are."""
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
