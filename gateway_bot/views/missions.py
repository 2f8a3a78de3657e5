"""Missions as a list with bars, and what a claim brought."""

from collections.abc import Iterable, Sequence
from typing import Any

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import plain
from geminya.common.v1.money_pb2 import Currency, Money
from geminya.economy.v1.mission_pb2 import ClaimedMission, Mission, MissionProgress

LIST, CLAIM, CLAIM_ALL = "missions", "missionclaim", "missionsall"
HALF = 1800
"""Letters of a day's or a week's missions: both fit into one message."""
MOST_TOLD = 40
"""Lines of claimed missions at most."""


def missions_view(missions: Sequence[MissionProgress], desk: Desk) -> View:
    """What there is to do today and this week."""
    done = [one for one in missions if is_due(one)]
    pieces: list[Piece | None] = [text(say("missions.title"))]
    for period, heading in (("day", "missions.day"), ("week", "missions.week")):
        # What waits to be claimed comes first, what is over last.
        those = sorted((one for one in missions if one.mission.period == period), key=_turn)
        if those:
            pieces += [line(), _part(say(heading, reset=words.ago(those[0].reset_time)), those)]
    if not missions:
        pieces.append(text(say("missions.none")))
    return sheet(pieces, buttons=_buttons(done, desk), menus=_menus(done, desk))


def claimed_view(claimed: Sequence[ClaimedMission], balances: Iterable[Money], desk: Desk) -> View:
    """What a claim brought, and the purse after it."""
    told = [
        say("missions.claimed", name=plain(one.name), reward=words.money(one.reward))
        for one in claimed[:MOST_TOLD]
    ]
    return sheet(
        [
            text(say("missions.claimed_title"), *told, letters=3000),
            line(),
            text(say("missions.left", balances=words.many(balances))),
        ],
        buttons=[offer_button(desk.sign(LIST), say("missions.list_button"))],
    )


def is_due(one: MissionProgress) -> bool:
    """Whether its reward waits."""
    return one.completed and not one.claimed


def reward(mission: Mission) -> Money:
    """What a mission brings."""
    currency = Currency.Value(f"CURRENCY_{mission.reward_type.upper()}")
    return Money(currency=currency, amount=mission.reward_amount)


def _turn(one: MissionProgress) -> int:
    return 0 if is_due(one) else 2 if one.claimed else 1


def _part(heading: str, missions: Sequence[MissionProgress]) -> Piece:
    return text(heading, *map(_mission_lines, missions), letters=HALF)


def _mission_lines(one: MissionProgress) -> str:
    mission = one.mission
    key = "missions.over" if one.claimed else "missions.done" if one.completed else "missions.open"
    return say(
        key,
        name=plain(mission.name),
        description=plain(mission.description),
        reward=words.short_money(reward(mission)),
        bar=words.bar(one.current_progress, mission.target_count),
        current=words.number(one.current_progress),
        target=words.number(mission.target_count),
    )


def _buttons(done: Sequence[MissionProgress], desk: Desk) -> list[Piece]:
    everything = offer_button(
        desk.sign(CLAIM_ALL), say("missions.all_button"), style=discord.ButtonStyle.primary
    )
    again = offer_button(desk.sign(LIST), say("missions.again_button"))
    return [everything, again] if done else [again]


def _menus(done: Sequence[MissionProgress], desk: Desk) -> list[discord.ui.ActionRow[Any]]:
    options = [
        option(one.mission.name, one.mission.mission_id, words.money(reward(one.mission)))
        for one in done
    ]
    return [offer_select(desk.sign(CLAIM), say("missions.menu"), options)] if done else []
