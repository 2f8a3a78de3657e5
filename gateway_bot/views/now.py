"""Everything that can be claimed and every clock on one page, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Self

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk, packed
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.banner import TEN
from gateway_bot.views.expedition import is_ready, name_of, title
from gateway_bot.views.journey import MONEY, brought, ended
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.places import tier_stars
from gateway_bot.views.summon import summon_button
from gateway_bot.views.words import ago, bar, clip, number, plain
from geminya.collection.v1.roster_pb2 import GetRosterResponse
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1.mission_pb2 import (
    ClaimAllMissionsResponse,
    ListMissionsResponse,
    Mission,
    MissionProgress,
)
from geminya.economy.v1.shop_pb2 import ListInventoryResponse, Stack
from geminya.expeditions.v1.expedition_pb2 import (
    CompleteExpeditionResponse,
    Expedition,
    ListExpeditionsResponse,
)
from geminya.expeditions.v1.notice_pb2 import ListInboxResponse
from geminya.users.v1.account_pb2 import Account, ClaimDailyResponse, GetAccountResponse

LOOK, DO = "now", "nowdo"
DAILY, MISSIONS = "d", "m"
NOTHING = "-"
KEY_LETTERS = 8
NAME_LETTERS = 80
TASK_LETTERS = 90
BOOST, HASTE = "boost", "haste"
SHOWN_STACKS = 6
SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a press does. It travels in the button, so that a repeat does the same and nothing else."""

    has_daily: bool = False
    has_missions: bool = False
    journeys: tuple[str, ...] = ()
    """The key of each expedition that is to be brought home."""

    def packed(self) -> str:
        """As it travels in a button."""
        daily = DAILY if self.has_daily else NOTHING
        missions = MISSIONS if self.has_missions else NOTHING
        return daily + missions + "".join(self.journeys)

    @classmethod
    def unpacked(cls, data: str) -> Self:
        """Back from a button."""
        flags, keys = data[:2], data[2:]
        journeys = (keys[at : at + KEY_LETTERS] for at in range(0, len(keys), KEY_LETTERS))
        return cls(DAILY in flags, MISSIONS in flags, tuple(journeys))

    @property
    def kinds(self) -> int:
        """How many different things it is."""
        return self.has_daily + self.has_missions + bool(self.journeys)


def key_of(expedition: Expedition) -> str:
    """The end of its id: enough to tell the expeditions of one player apart."""
    return packed(expedition.expedition_id)[-KEY_LETTERS:]


@dataclass(frozen=True, slots=True)
class Moment:
    """What the services know of a player just now; nothing where one of them is away."""

    account: GetAccountResponse | None
    roster: GetRosterResponse | None
    missions: ListMissionsResponse | None
    journeys: ListExpeditionsResponse | None
    inbox: ListInboxResponse | None
    bag: ListInventoryResponse | None

    def wish(self, now: int) -> Wish:
        """Everything that can be done."""
        missions = self.missions.missions if self.missions else ()
        running = self.journeys.running if self.journeys else ()
        return Wish(
            self.account is not None and self.account.account.can_claim_daily,
            any(map(is_waiting, missions)),
            tuple(key_of(one) for one in running if is_ready(one, now)),
        )


def is_waiting(row: MissionProgress) -> bool:
    """Whether a mission is done and not paid yet."""
    return row.completed and not row.claimed


def now_view(academy: str, moment: Moment, banner_id: str, desk: Desk) -> View:
    """The page, with a button for everything that can be claimed."""
    wish, is_new = moment.wish(desk.occasion.time), _is_empty(moment)
    return sheet(
        [
            text(
                say("now.title", academy=plain(academy)),
                say("now.newcomer") if is_new else None,
                None if wish.kinds else say("now.nothing"),
                letters=500,
            ),
            text(say("now.daily"), *_daily(moment), letters=300),
            line(),
            text(say("now.missions"), *_missions(moment), letters=1700),
            line(),
            text(say("now.expeditions"), *_journeys(moment, desk.occasion.time), letters=800),
            *_rest(moment),
        ],
        buttons=[*_deeds(wish, desk), *_further(banner_id if is_new else "", desk)],
    )


def _is_empty(moment: Moment) -> bool:
    return moment.roster is not None and not moment.roster.owned_count


def _deeds(wish: Wish, desk: Desk) -> Iterator[Piece]:
    """One button for each kind, and one for all of them."""
    kinds = {
        "now.daily_button": Wish(has_daily=wish.has_daily),
        "now.missions_button": Wish(has_missions=wish.has_missions),
        "now.journeys_button": Wish(journeys=wish.journeys),
    }
    for key, part in kinds.items():
        if part.kinds:
            yield offer_button(desk.sign(DO, part.packed()), say(key))
    if wish.kinds > 1:
        # Who comes home may be what a mission was waiting for.
        every = replace(wish, has_missions=wish.has_missions or bool(wish.journeys))
        style = discord.ButtonStyle.success
        yield offer_button(desk.sign(DO, every.packed()), say("now.all_button"), style=style)


def _further(banner_id: str, desk: Desk) -> Iterator[Piece]:
    """The first summon of a newcomer, and the page once more."""
    if banner_id:
        yield summon_button(desk, TEN, banner_id, say("now.summon"))
    yield look_button(desk)


def look_button(desk: Desk) -> Piece:
    """To the page as it is then."""
    return offer_button(desk.sign(LOOK), say("now.look"))


def _daily(moment: Moment) -> Iterator[str]:
    if moment.account is None:
        yield say("now.away")
        return
    account: Account = moment.account.account
    key = "now.daily_ready" if account.can_claim_daily else "now.daily_done"
    yield say(key, next=ago(account.next_daily_time), streak=_streak(account.daily_streak))


def _streak(count: int) -> str:
    if not count:
        return ""
    return say("now.day_one") if count == 1 else say("now.days", count=number(count))


def _missions(moment: Moment) -> Iterator[str]:
    """By their periods; in each of them first what is done, last what is paid already."""
    if moment.missions is None:
        yield say("now.away")
        return
    rows = sorted(
        moment.missions.missions, key=lambda row: (row.mission.period, row.claimed, -row.completed)
    )
    if not rows:
        yield say("now.missions_none")
    for period, group in groupby(rows, key=lambda row: row.mission.period):
        of_period = [*group]
        key = "now.period_day" if period == "day" else "now.period_week"
        yield say(key, time=ago(of_period[0].reset_time))
        yield from map(_mission, of_period)


def _mission(row: MissionProgress) -> str:
    mission, name = row.mission, clip(row.mission.name, NAME_LETTERS)
    if row.claimed:
        return say("now.mission_claimed", name=name)
    key = "now.mission_done" if row.completed else "now.mission_open"
    return say(
        key,
        bar=bar(row.current_progress, mission.target_count, SEGMENTS),
        name=name,
        current=number(row.current_progress),
        target=number(mission.target_count),
        reward=_reward(mission),
        task=clip(mission.description, TASK_LETTERS),
    )


def _reward(mission: Mission) -> str:
    currency = MONEY.get(mission.reward_type)
    if currency is None:
        return f"{number(mission.reward_amount)} {words.title(mission.reward_type)}"
    return words.short_money(Money(currency=currency, amount=mission.reward_amount))


def _journeys(moment: Moment, now: int) -> Iterator[str]:
    """The first that is back, first; then how much room there is."""
    if moment.journeys is None:
        yield say("now.away")
        return
    running = moment.journeys.running
    for one in sorted(running, key=lambda one: one.ready_time.ToNanoseconds()):
        begun, ready = one.start_time.seconds, one.ready_time.seconds
        yield say(
            "now.back" if is_ready(one, now) else "now.on_the_way",
            bar=bar(now - begun, ready - begun, SEGMENTS),
            slot=one.slot_no,
            name=name_of(one),
            stars=tier_stars(one.tier),
            ago=ago(one.ready_time),
        )
    free = moment.journeys.slot_limit - len(running)
    if free > 0:
        yield say("now.free_one") if free == 1 else say("now.free", count=free)


def _rest(moment: Moment) -> Iterator[Piece]:
    """Bag and inbox, where there is something in them or nobody knows."""
    told = [*_bag(moment), *_inbox(moment)]
    if told:
        yield line()
        yield text(*told, letters=600)


def _bag(moment: Moment) -> Iterator[str]:
    if moment.bag is None:
        yield say("now.bag")
        yield say("now.away")
        return
    is_away = moment.journeys is not None and bool(moment.journeys.running)
    kinds = {BOOST: "now.boost"} | ({HASTE: "now.haste"} if is_away else {})
    stacks = [stack for stack in moment.bag.stacks if stack.item.item_type in kinds]
    if stacks:
        yield say("now.bag")
    for stack in stacks[:SHOWN_STACKS]:
        yield _stack(stack, kinds[stack.item.item_type])


def _stack(stack: Stack, key: str) -> str:
    name = clip(stack.item.name, NAME_LETTERS)
    told = say(key, count=number(stack.quantity), name=name)
    if not stack.HasField("expire_time"):
        return told
    return say("now.expires", told=told, ago=ago(stack.expire_time))


def _inbox(moment: Moment) -> Iterator[str]:
    """Where it is not known, the part of the expeditions has said so."""
    count = len(moment.inbox.notices) if moment.inbox else 0
    if count:
        yield say("now.inbox_one") if count == 1 else say("now.inbox", count=number(count))


# What became of it.


@dataclass(slots=True)
class Done:
    """What became of a wish, part by part; the notes tell of those that were not done."""

    daily: ClaimDailyResponse | None = None
    home: list[CompleteExpeditionResponse] = field(default_factory=list)
    missions: ClaimAllMissionsResponse | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_something(self) -> bool:
        """Whether any part was done."""
        return self.daily is not None or bool(self.home) or self.missions is not None


def done_view(done: Done, desk: Desk, *, is_under_way: bool = False) -> View:
    """Everything that was done, and why the rest was not."""
    pieces: list[Piece] = [text(say("done.title"))]
    for told, letters in ((_paid(done), 300), (_claimed(done), 1200), (_left(done), 700)):
        if lines := [*told]:
            pieces.append(text(*lines, letters=letters))
    for one in done.home:
        told = brought(one.report.rewards, one.settlement)
        pieces.append(text(title(one.expedition), ended(one.report.outcome), *told, letters=350))
    if is_under_way:
        return sheet([*pieces, text(say("done.under_way"))])
    return sheet(pieces, buttons=[look_button(desk)])


def _paid(done: Done) -> Iterator[str]:
    if done.daily is not None:
        yield say("done.daily")
        yield say("done.reward", money=words.money(done.daily.reward))
        streak, next_time = number(done.daily.daily_streak), ago(done.daily.next_daily_time)
        yield say("done.streak", days=streak, next=next_time)


def _claimed(done: Done) -> Iterator[str]:
    if done.missions is not None:
        yield say("done.missions")
        for one in done.missions.missions:
            name = clip(one.name, NAME_LETTERS)
            yield say("done.mission", name=name, money=words.short_money(one.reward))
        yield say("done.purse", balances=words.many(done.missions.balances))


def _left(done: Done) -> Iterator[str]:
    if done.notes:
        yield say("done.left")
        yield from done.notes
