"""What a party may expect: chances as bars, loot in bad and good runs, and what helps how much."""

from collections.abc import Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import knows, say, table
from gateway_bot.views import words
from gateway_bot.views.journey import MONEY
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.party import GO, PARTY, Plan, suggest_button
from gateway_bot.views.places import affinity_name, key_of, list_button, plain_facts
from gateway_bot.views.strength import strength_lines
from gateway_bot.views.words import FULL_STAR, MINUS, bar, clip, number, stat_names
from geminya.expeditions.v1 import planner_pb2 as pb
from geminya.expeditions.v1.atlas_pb2 import Template

WHOLE = 10_000
MILLI = 1_000
NAME_LETTERS = 60
MOST_PARTS = 14
MOST_ITEMS = 5
AFFINITY_EFFECT = "affinity_add"


def plan_view(
    place: Template,
    plan: pb.Plan,
    series: Mapping[str, str],
    desk: Desk,
    *,
    party_count: int = 0,
) -> View:
    """A plan; where it is the best of so many parties, that is said."""
    best = say("plan.best", count=number(party_count)) if party_count else None
    return sheet(
        [
            text(
                say("plan.title", place=clip(place.name, NAME_LETTERS)),
                plain_facts(place),
                None if place.is_open else say("plan.closed"),
                *(_member(one) for one in plan.members),
                say("plan.carries") if plan.equipment_id else None,
                best,
                letters=700,
            ),
            line(),
            text(*_chances(plan), letters=700),
            _strength(plan),
            text(say("plan.loot"), *_loot(plan), say("plan.loot_note"), letters=800),
            line(),
            text(say("plan.parts"), *_parts(plan.contributions, series), letters=1400),
            _away(plan),
        ],
        buttons=_buttons(place, plan, desk, is_best=bool(party_count)),
    )


def _strength(plan: pb.Plan) -> Piece | None:
    lines = strength_lines(plan.strength)
    return text(*lines, letters=600) if lines else None


def percent(share: int) -> str:
    """A share with one digit: a plan is not more exact than that."""
    return f"{share / 100:.1f}{words.THIN}%"


def _member(one: pb.PlannedMember) -> str:
    return say(
        "plan.member",
        name=clip(one.name, NAME_LETTERS),
        stars=FULL_STAR * one.star_level,
        away=say("plan.is_away") if one.is_away else "",
    )


def _chances(plan: pb.Plan) -> list[str]:
    success = say(
        "plan.success", bar=bar(plan.mean_success, WHOLE), share=percent(plan.mean_success)
    )
    checks = [
        say("plan.check", outcome=table("outcome")[name], share=percent(share))
        for name, share in zip(
            ("great_success", "success", "failure", "mishap"), plan.check_shares, strict=False
        )
    ]
    ends = [
        say(
            "plan.end",
            bar=bar(one.share, WHOLE),
            outcome=table("outcome").get(one.name, one.name),
            share=percent(one.share),
        )
        for one in plan.outcomes
    ]
    about = say(
        "plan.about",
        count=f"{plan.mean_encounters_milli / MILLI:.1f}",
        journeys=number(plan.journeys),
    )
    return [success, say("plan.checks", shares=" · ".join(checks)), say("plan.ends"), *ends, about]


def _loot(plan: pb.Plan) -> list[str]:
    money = [
        say(
            "plan.money",
            currency=words.currency(MONEY[one.thing]),
            symbol=words.symbol(MONEY[one.thing]),
            low=number(one.low),
            middle=number(one.middle),
            high=number(one.high),
        )
        for one in plan.loot
        if one.thing in MONEY and one.high
    ]
    others = [one for one in plan.loot if one.share and (one.thing not in MONEY or not one.high)]
    rare = sorted(others, key=lambda one: -one.share)[:MOST_ITEMS]
    return [
        *money,
        *(say("plan.item", item=_thing(one.thing), share=percent(one.share)) for one in rare),
    ]


def _thing(thing: str) -> str:
    if thing in MONEY:
        return words.currency(MONEY[thing])
    return table("item").get(thing, words.plain(thing))


# What helps how much.


def _parts(parts: Sequence[pb.Contribution], series: Mapping[str, str]) -> list[str]:
    told = [one for one in parts if one.success_gain or one.reward_gain_milli]
    if not told:
        return [say("plan.no_parts")]
    # The ends of the ranking say most: what helps, and what hurts.
    if len(told) > MOST_PARTS:
        told = [*told[: MOST_PARTS - 4], *told[-4:]]
    return [
        say("plan.part", gain=_gain(one), what=part_name(one, series), reward=_reward(one))
        for one in told
    ]


def _gain(one: pb.Contribution) -> str:
    return _signed(f"{one.success_gain / 100:+.1f}")


def _reward(one: pb.Contribution) -> str:
    if not one.reward_gain_milli:
        return ""
    return say("plan.reward", gain=_signed(f"{one.reward_gain_milli / 10:+.0f}"))


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def part_name(one: pb.Contribution, series: Mapping[str, str]) -> str:
    """What a part is called."""
    match one.kind:
        case "affinity":
            category, _, value = one.name.partition(" ")
            return _affinity(category, value, series)
        case "stat":
            return say("plan_part.stat", stat=stat_names([one.name]))
        case "member":
            return say("plan_part.member", name=clip(one.name, NAME_LETTERS))
        case "equipment":
            return say("plan_part.equipment", effect=_effect(one.name, series))
        case _:
            key = f"plan_part.{one.kind}"
            return say(key) if knows(key) else words.plain(one.kind)


def _affinity(category: str, value: str, series: Mapping[str, str]) -> str:
    key, name = f"affinity.{category}", affinity_name(category, value, series)
    return say(key, values=name) if knows(key) else name


def _effect(name: str, series: Mapping[str, str]) -> str:
    kind, *about = name.split(" ")
    if kind == AFFINITY_EFFECT and len(about) > 2:
        return _affinity(about[1], " ".join(about[2:]), series)
    key = f"plan_effect.{kind}"
    if not knows(key):
        return say("effect.other")
    return say(key, stats=say("effect.all") if len(about) > 1 else stat_names(about))


# What can be done now.


def _away(plan: pb.Plan) -> Piece | None:
    away = any(one.is_away for one in plan.members)
    return text(say("plan.somebody_away")) if away else None


def _buttons(place: Template, plan: pb.Plan, desk: Desk, *, is_best: bool) -> list[Piece]:
    if not place.is_open:
        return [list_button(desk)]
    chosen = Plan(
        key_of(place.template_id), tuple(one.waifu_id for one in plan.members), plan.equipment_id
    )
    start = offer_button(
        desk.sign(GO, chosen.packed()),
        say("plan.start"),
        style=discord.ButtonStyle.success,
        is_disabled=any(one.is_away for one in plan.members),
    )
    suggest = suggest_button(chosen, desk)
    other = offer_button(desk.sign(PARTY, Plan(chosen.place).packed()), say("plan.other"))
    return [start, *([] if is_best else [suggest]), other]
