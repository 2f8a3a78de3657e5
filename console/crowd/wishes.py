"""The wishes of a day, each with its weight: how often it comes among all others."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console.crowd.player import PARTY, Player
from console.crowd.world import CRYSTALS, DAPHINE, QUARTZ, World
from console.trouble import Trouble
from geminya.collection.v1 import roster_pb2
from geminya.economy.v1 import gacha_pb2, mission_pb2
from geminya.expeditions.v1 import expedition_pb2
from geminya.users.v1 import account_pb2

Someone = Player[World]
MOST_AWAY = 3
TEN = 10


def always(_: Someone) -> bool:
    """There is nothing it needs."""
    return True


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that players want now and then."""

    weight: int
    act: Callable[[Someone], Awaitable[None]]
    can: Callable[[Someone], bool] = always
    """Whether there is any sense in it for this player now."""


async def summon_ten(player: Someone) -> None:
    """Ten at once."""
    await player.summon_from(player.banner_of(CRYSTALS), TEN)


async def summon_one(player: Someone) -> None:
    """A single one."""
    await player.summon_from(player.banner_of(CRYSTALS), 1)


def can_summon(count: int) -> Callable[[Someone], bool]:
    """Whether the purse is full enough, on any banner."""

    def can(player: Someone) -> bool:
        prices = [b.price.amount for b in player.world.banners if b.price.currency == CRYSTALS]
        return bool(prices) and player.has(CRYSTALS) >= count * max(prices)

    return can


async def buy(player: Someone) -> None:
    """Something that the purse allows."""
    left = player.has(QUARTZ)
    await player.buy(player.dice.choice([i for i in player.world.shelf if i.price.amount <= left]))


def can_buy(player: Someone) -> bool:
    """Whether the purse allows anything."""
    return any(item.price.amount <= player.has(QUARTZ) for item in player.world.shelf)


async def use(player: Someone) -> None:
    """Looks into the bag, and uses one thing of it."""
    stacks = [*await player.bag()]
    player.dice.shuffle(stacks)
    for stack in stacks:
        if (one := player.use_of(stack.item)) is not None:
            await player.use(one)
            return


async def depart(player: Someone) -> None:
    """Sends whoever is at home somewhere."""
    free = player.at_home
    player.dice.shuffle(free)
    await player.depart(player.dice.choice(player.world.places), free[:PARTY])


def can_depart(player: Someone) -> bool:
    """Whether anybody is at home, and not too many are away."""
    return len(player.away) < MOST_AWAY and bool(player.at_home)


def ready(player: Someone) -> list[Any]:
    """Parties whose time is over."""
    now = datetime.now(UTC)
    return [party for party in player.away if party.ready <= now]


async def complete(player: Someone) -> None:
    """Brings somebody home whose time is over."""
    party = ready(player)[0]
    # Nobody completes one expedition twice on purpose.
    player.away.remove(party)
    await player.bring_home(party)


async def talk(player: Someone) -> None:
    """Talks to one of three friends."""
    await player.talk_to(player.dice.choice([*player.waifus][:3]))


async def give(player: Someone) -> None:
    """A gift for one of three friends."""
    await player.give_to(player.dice.choice([*player.waifus][:3]))


def has_waifus(player: Someone) -> bool:
    """Whether anybody lives here."""
    return bool(player.waifus)


async def wake(player: Someone) -> None:
    """Awakens somebody."""
    waifu = next(waifu for waifu, is_awake in player.waifus.items() if not is_awake)
    # Meanwhile nobody else is to be awakened in her place.
    player.waifus[waifu] = True
    await player.wake(waifu)


def can_wake(player: Someone) -> bool:
    """Whether somebody sleeps, and there is a daphine."""
    return player.has(DAPHINE) > 0 and not all(player.waifus.values())


async def heart(player: Someone) -> None:
    """A heart for somebody, or none."""
    await player.change(
        player.world.services.roster.SetFavorite,
        roster_pb2.SetFavoriteRequest(
            waifu_id=player.dice.choice([*player.waifus]),
            is_favorite=player.dice.random() < 0.5,
        ),
    )


async def browse(player: Someone) -> None:
    """A page of the collection."""
    request = roster_pb2.ListOwnedWaifusRequest(user_id=player.user_id, page_size=10)
    await player.world.ask(player.world.services.roster.ListOwnedWaifus, request)


async def album(player: Someone) -> None:
    """A page of the album."""
    request = roster_pb2.ListAlbumRequest(user_id=player.user_id, page_size=12)
    await player.world.ask(player.world.services.roster.ListAlbum, request)


async def profile(player: Someone) -> None:
    """One waifu, looked at."""
    request = roster_pb2.GetOwnedWaifuRequest(
        user_id=player.user_id, waifu_id=player.dice.choice([*player.waifus])
    )
    await player.world.ask(player.world.services.roster.GetOwnedWaifu, request)


async def status(player: Someone) -> None:
    """The academy: purse and rank."""
    request = account_pb2.GetAccountRequest(user_id=player.user_id)
    found = await player.world.ask(player.world.services.account.GetAccount, request)
    if found:
        player.note(found.account.balances)


async def missions(player: Someone) -> None:
    """The missions of the day."""
    request = mission_pb2.ListMissionsRequest(user_id=player.user_id)
    await player.world.ask(player.world.services.missions.ListMissions, request)


async def journeys(player: Someone) -> None:
    """Who is on the way."""
    request = expedition_pb2.ListExpeditionsRequest(user_id=player.user_id)
    await player.world.ask(player.world.services.expeditions.ListExpeditions, request)


async def history(player: Someone) -> None:
    """The record of summons."""
    request = gacha_pb2.ListSummonsRequest(user_id=player.user_id, page_size=10)
    await player.world.ask(player.world.services.gacha.ListSummons, request)


async def top(player: Someone) -> None:
    """The strongest collections, and the own place."""
    at = player.world.services.roster
    await player.world.ask(at.ListTop, roster_pb2.ListTopRequest(page_size=10))
    await player.world.ask(at.GetPlace, roster_pb2.GetPlaceRequest(user_id=player.user_id))


WISHES: Mapping[str, Wish] = {
    "daily": Wish(5, Player.claim_daily),
    "summon-ten": Wish(14, summon_ten, can_summon(TEN)),
    "summon-one": Wish(5, summon_one, can_summon(1)),
    "buy": Wish(5, buy, can_buy),
    "use": Wish(4, use),
    "depart": Wish(6, depart, can_depart),
    "complete": Wish(6, complete, lambda player: bool(ready(player))),
    "claim": Wish(4, Player.claim),
    "talk": Wish(8, talk, has_waifus),
    "gift": Wish(3, give, Player.can_give),
    "awaken": Wish(1, wake, can_wake),
    "heart": Wish(1, heart, has_waifus),
    "browse": Wish(12, browse),
    "album": Wish(4, album),
    "profile": Wish(8, profile, has_waifus),
    "status": Wish(6, status),
    "missions": Wish(4, missions),
    "journeys": Wish(4, journeys),
    "history": Wish(2, history),
    "top": Wish(2, top),
}
"""An ordinary day: a good half looks, the rest changes something."""


def read_mix(text: str) -> dict[str, int]:
    """Weights as somebody has written them: `summon-ten=30,browse=70`; without any, an ordinary day."""
    if not text:
        return {name: wish.weight for name, wish in WISHES.items()}
    mix: dict[str, int] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in WISHES:
            raise Trouble(f"no wish {name!r}; there are {', '.join(WISHES)}")
        if not weight.isdecimal():
            raise Trouble(f"the weight of {name} is a whole number, as in {name}=10")
        mix[name] = int(weight)
    if not any(mix.values()):
        raise Trouble("every weight is 0")
    return mix


def choose(mix: Mapping[str, int], player: Someone, dice: random.Random) -> str | None:
    """A wish that makes sense for this player now; none where nothing of the mix does."""
    able = [name for name, weight in mix.items() if weight and WISHES[name].can(player)]
    return dice.choices(able, [mix[name] for name in able])[0] if able else None
