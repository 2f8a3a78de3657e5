"""The academy at a glance, its daily reward, its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.render.academy import TOP_LIMIT, AcademyFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import face_of_waifu
from gateway_bot.views.parts import View, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.top import own_place
from gateway_bot.views.words import ago, cut, number, plain
from geminya.collection.v1.roster_pb2 import (
    GetPlaceResponse,
    GetRosterResponse,
    ListSeriesProgressResponse,
    RosterEntry,
)
from geminya.common.v1.money_pb2 import (
    CURRENCY_DAPHINE,
    CURRENCY_QUARTZS,
    CURRENCY_SAKURA_CRYSTALS,
)
from geminya.economy.v1.gacha_pb2 import GetPityResponse
from geminya.users.v1.account_pb2 import Account, ClaimDailyResponse

DAILY = "daily"
STRONGEST = TOP_LIMIT
"""Waifus on the card of the academy."""
NEAREST = 3
"""Series that are nearest to being complete."""
SERIES_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that the status tells."""

    account: Account
    roster: GetRosterResponse
    pity: GetPityResponse
    series: ListSeriesProgressResponse
    place: GetPlaceResponse
    strongest: Sequence[RosterEntry] = ()


def academy_face(standing: Standing) -> AcademyFace:
    """The academy as its card shows it."""
    account, roster = standing.account, standing.roster
    purse = {money.currency: money.amount for money in account.balances}
    return AcademyFace(
        name=account.academy_name,
        rank=account.collector_rank,
        power=roster.power,
        next_power=roster.next_rank.power,
        owned_count=roster.owned_count,
        next_owned_count=roster.next_rank.owned_count,
        waifu_count=roster.catalog_count,
        owned_by_rarity=tuple(roster.owned_by_rarity),
        crystals=purse.get(CURRENCY_SAKURA_CRYSTALS, 0),
        quartzs=purse.get(CURRENCY_QUARTZS, 0),
        daphine=purse.get(CURRENCY_DAPHINE, 0),
        founded=account.create_time.ToDatetime(UTC).date(),
        top=tuple(face_of_waifu(entry.waifu, entry.owned) for entry in standing.strongest),
    )


def status_view(
    standing: Standing,
    desk: Desk,
    *,
    sheet_file: discord.File | None = None,
    has_mail: bool = False,
) -> View:
    """Name, rank, purse, pity, collection, series, place, today's reward, and whether there is mail."""
    account, roster, pity = standing.account, standing.roster, standing.pity
    buttons = []
    if account.can_claim_daily:
        buttons = [offer_button(desk.sign(DAILY), say("status.daily_button"))]
    return sheet(
        [
            text(
                say("status.title", academy=plain(account.academy_name)),
                say(
                    "status.founded",
                    rank=account.collector_rank,
                    founded=ago(account.create_time),
                ),
            ),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(*_rank(roster)),
            line(),
            text(say("status.purse"), *_purse(account)),
            text(_pity(pity)),
            line(),
            text(*_collection(roster), own_place(standing.place)),
            text(*_series(standing.series)),
            line(),
            text(*_daily(account), say("status.mail") if has_mail else None),
        ],
        buttons=buttons,
    )


def _rank(roster: GetRosterResponse) -> list[str]:
    target = roster.next_rank
    # The slower of the two decides, so the bar shows that one.
    by_power = roster.power * target.owned_count < roster.owned_count * target.power
    part, whole = (
        (roster.power, target.power) if by_power else (roster.owned_count, target.owned_count)
    )
    return [
        say("status.rank_bar", bar=words.bar(part, whole), next=target.rank),
        say("status.rank_power", power=number(roster.power), need=number(target.power))
        + " · "
        + say(
            "status.rank_owned", owned=number(roster.owned_count), need=number(target.owned_count)
        ),
    ]


def _purse(account: Account) -> list[str]:
    return [
        say(
            "status.balance",
            symbol=words.symbol(money.currency),
            amount=number(money.amount),
            name=words.currency(money.currency),
        )
        for money in account.balances
    ]


def _pity(pity: GetPityResponse) -> str:
    left = pity.limit - pity.counter
    promise = say("status.pity_next") if left <= 1 else say("status.pity_due", left=left)
    scope = say("status.pity_none", name=words.currency(CURRENCY_SAKURA_CRYSTALS))
    head = say("status.pity", counter=pity.counter, limit=pity.limit)
    return f"{head} · {promise}\n-# {scope}"


def _collection(roster: GetRosterResponse) -> list[str]:
    by_rarity = [
        say("status.by_rarity", stars=words.rarity(index + 1), count=number(count))
        for index, count in enumerate(roster.owned_by_rarity)
    ]
    return [
        say(
            "status.collection",
            owned=number(roster.owned_count),
            catalog=number(roster.catalog_count),
        ),
        " · ".join(reversed(by_rarity)),
        say("status.power", power=number(roster.power)),
    ]


def _series(progress: ListSeriesProgressResponse) -> list[str]:
    """How many are complete, and which ones will be soon; the service gives the fullest first."""
    complete, total = number(progress.complete_count), number(progress.series_count)
    begun = [one for one in progress.series if 0 < one.owned_count < one.waifu_count]
    nearest = [
        say(
            "status.series_near",
            bar=words.bar(one.owned_count, one.waifu_count, 5),
            name=plain(cut(one.name, SERIES_LETTERS)),
            owned=number(one.owned_count),
            total=number(one.waifu_count),
        )
        for one in begun[:NEAREST]
    ]
    return [say("status.series", complete=complete, total=total), *nearest]


def _daily(account: Account) -> list[str]:
    state = (
        say("status.daily_ready")
        if account.can_claim_daily
        else say("status.daily_done", next=ago(account.next_daily_time))
    )
    return [
        f"{say('status.daily')} {state}",
        say("status.streak", days=number(account.daily_streak)),
    ]


def daily_view(claimed: ClaimDailyResponse) -> View:
    """The reward and what the purse holds now."""
    return sheet(
        [
            text(
                say("daily.title"),
                say("daily.reward", money=words.money(claimed.reward)),
                words.many(claimed.balances),
            ),
            text(
                say("daily.streak", days=number(claimed.daily_streak)),
                say("daily.next", next=ago(claimed.next_daily_time)),
            ),
        ]
    )


def renamed_view(academy_name: str) -> View:
    """The new name."""
    return sheet([text(say("rename.title"), say("rename.text", academy=plain(academy_name)))])
