"""What players type into options: cleaned, and completed while they type."""

import asyncio
import re
import time
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import discord
import grpc
from discord import app_commands
from google.protobuf.message import Message

from gateway_bot.clients import Clients
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.effects import piece_label
from gateway_bot.views.pool import summon_label
from gateway_bot.views.series import WORDS_LETTERS as SERIES_WORDS_LETTERS
from geminya.collection.v1 import bond_pb2 as bond
from geminya.collection.v1 import catalog_pb2 as catalog
from geminya.collection.v1 import equipment_pb2 as equipment
from geminya.collection.v1 import roster_pb2 as roster
from geminya.common.v1.checks_pb2 import check
from geminya.economy.v1 import gacha_pb2 as gacha
from geminya.economy.v1 import mission_pb2 as mission
from geminya.economy.v1 import shop_pb2 as shop
from geminya.expeditions.v1 import expedition_pb2 as expedition
from geminya.users.v1.account_pb2 import RenameRequest

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

STANDARD = "standard"
"""The banner that is meant when none is named."""
BUDGET_S = 0.3
CHOICES = 25
"""The most Discord shows."""
CHOICE_LETTERS = 100
OWNED_CHOICES = 10
RECENT = 100
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
QUERY_LETTERS = 190
"""What the contract allows, without what the bot puts behind a query."""
SHORT_ID = re.compile(r"[0-9a-f]{8}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
QUOTES = re.compile('["“”„]')
LARGEST_ID = 2**31 - 1


class AcademyName(app_commands.Transformer):
    """A name as the contract wants it, with the contract's own lengths."""

    _rule = RenameRequest.DESCRIPTOR.fields_by_name["academy_name"].GetOptions().Extensions[check]

    @property
    def min_value(self) -> int:
        """The fewest letters."""
        return self._rule.min_len

    @property
    def max_value(self) -> int:
        """The most letters."""
        return self._rule.max_len

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The name without stray spaces and look-alike letters."""
        return words.typed(value)


class ShortId(app_commands.Transformer):
    """The short id of an operation, as receipts and the history show it."""

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The eight letters and digits, however they were copied."""
        short_id = words.typed(value).strip("`#").lower()
        if not SHORT_ID.fullmatch(short_id):
            raise Hint("no_receipt_id")
        return short_id


class QueryText(app_commands.Transformer):
    """A query, as long as the contract lets it be."""

    @property
    def max_value(self) -> int:
        """The most letters."""
        return QUERY_LETTERS

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The query without stray spaces and look-alike letters."""
        return words.typed(value)[:QUERY_LETTERS]


class SeriesWords(app_commands.Transformer):
    """Words to look for, short enough to travel in a button."""

    @property
    def max_value(self) -> int:
        """The most letters."""
        return SERIES_WORDS_LETTERS

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The words without stray spaces and look-alike letters."""
        return words.typed(value)[:SERIES_WORDS_LETTERS]


class Nickname(app_commands.Transformer):
    """What a player calls a waifu, with the contract's own length."""

    @property
    def max_value(self) -> int:
        """The most letters."""
        return NICKNAME_LETTERS

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The nickname without stray spaces and look-alike letters."""
        return words.typed(value)[: self.max_value]


class Saying(app_commands.Transformer):
    """What a player says to a waifu, with the contract's own length."""

    @property
    def max_value(self) -> int:
        """The most letters."""
        return TALK_LETTERS

    async def transform(self, interaction: Interaction, value: str) -> str:
        """The words without stray spaces and look-alike letters."""
        return said(value)


def said(value: str) -> str:
    """What was said, as long as a service reads it."""
    return words.typed(value)[:TALK_LETTERS]


async def quickly(choices: Awaitable[list[Choice]]) -> list[Choice]:
    """The choices when they are here within the budget; else none, and the player types on."""
    try:
        async with asyncio.timeout(BUDGET_S):
            return (await choices)[:CHOICES]
    except (TimeoutError, grpc.aio.AioRpcError):
        return []


async def banner_choices(clients: Clients, typed: str) -> list[Choice]:
    """Banners by name."""
    found = await clients.gacha.ListBanners(gacha.ListBannersRequest(words=_short(typed)))
    return [
        _choice("choice.banner", banner.banner_id, banner, price=words.short_money(banner.price))
        for banner in found.banners
    ]


async def summon_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """The player's last summons, by banner or receipt."""
    player = await clients.players.glance(discord_id)
    request = gacha.ListSummonsRequest(user_id=player.user_id, page_size=RECENT)
    found = (await clients.gacha.ListSummons(request)).summons
    wish = _folded(typed)
    return [
        app_commands.Choice(name=words.cut(label, CHOICE_LETTERS), value=one.op_id)
        for one in found
        if wish in _folded(label := summon_label(one))
    ][:CHOICES]


async def series_choices(clients: Clients, typed: str, rarity: int = 0) -> list[Choice]:
    """Series by name; of a rarity only those that have somebody of it."""
    request = catalog.SearchSeriesRequest(words=_short(typed), page_size=CHOICES, rarity=rarity)
    found = await clients.catalog.SearchSeries(request)
    return [
        _choice("choice.series", str(series.series_id), series, count=series.waifu_count)
        for series in found.series
    ]


async def waifu_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """Waifus by name: those that the player owns first."""
    player = await clients.players.glance(discord_id)
    asked = catalog.SearchWaifusRequest(words=_short(typed), page_size=CHOICES)
    owned, known = await asyncio.gather(
        _owned(clients, player.user_id, typed, OWNED_CHOICES), clients.catalog.SearchWaifus(asked)
    )
    choices = {entry.waifu.waifu_id: _owned_choice(entry) for entry in owned}
    for waifu in known.waifus:
        stars = words.rarity(waifu.rarity)
        choices.setdefault(
            waifu.waifu_id,
            _choice("choice.waifu", str(waifu.waifu_id), waifu, series=waifu.series, stars=stars),
        )
    return list(choices.values())


async def own_waifu_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """The player's own waifus by name."""
    player = await clients.players.glance(discord_id)
    found = await _owned(clients, player.user_id, typed)
    return [_owned_choice(entry) for entry in found]


def _owned_choice(entry: roster.RosterEntry) -> Choice:
    waifu, stars = entry.waifu, words.stars(entry.owned.current_star_level)
    return _choice("choice.owned", str(waifu.waifu_id), waifu, series=waifu.series, stars=stars)


async def gift_choices(clients: Clients, discord_id: int, waifu: str, typed: str) -> list[Choice]:
    """Gifts by name, her favourites first when it is known who she is."""
    player = await clients.players.glance(discord_id)
    waifu_id = _number(words.typed(waifu))
    if waifu_id is None and words.typed(waifu):
        waifu_id = _named(await _owned(clients, player.user_id, waifu), waifu)
    request = bond.ListGiftsRequest(user_id=player.user_id, waifu_id=waifu_id or 0)
    found = await clients.bond.ListGifts(request)
    wish = _folded(typed)
    return [
        _choice(
            "gift.choice_favorite" if gift.is_favorite else "gift.choice",
            gift.gift_id,
            gift,
            price=words.short_money(gift.price),
        )
        for gift in favorites_first(found.gifts)
        if wish in _folded(gift.name)
    ]


def favorites_first(gifts: Sequence[bond.Gift]) -> list[bond.Gift]:
    """Her favourites, then the others, in the order they came."""
    return sorted(gifts, key=lambda gift: not gift.is_favorite)


async def piece_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """Pieces of equipment by number or by what they do."""
    player = await clients.players.glance(discord_id)
    request = equipment.ListEquipmentRequest(user_id=player.user_id)
    found = await clients.equipment.ListEquipment(request)
    wish = _folded(typed)
    return [
        app_commands.Choice(
            name=words.cut(piece_label(piece), CHOICE_LETTERS), value=piece.equipment_id
        )
        for piece in found.equipment
        if wish in _folded(piece_label(piece))
    ]


def piece(pieces: Sequence[equipment.Equipment], typed: str) -> equipment.Equipment:
    """The piece that was meant: by its id, by its number, or the first one with such a name."""
    wish = _folded(typed)
    number = _number(wish.removeprefix(_folded("№")).strip())
    for one in pieces:
        if wish == one.equipment_id or number == one.slot_no:
            return one
    named = [one for one in pieces if number is None and wish in _folded(piece_label(one))]
    if not named:
        raise Hint("no_piece")
    return named[0]


async def own_waifu_id(clients: Clients, user_id: int, typed: str) -> int:
    """The waifu that was meant, the player's own before all others."""
    wish = words.typed(typed)
    if (number := _number(wish)) is not None:
        return number
    named = _named(await _owned(clients, user_id, wish), wish)
    return named if named is not None else await waifu_id(clients, typed)


async def gift_id(clients: Clients, user_id: int, waifu_id: int, typed: str) -> str:
    """The gift that was meant: its id, or the first one with such a name."""
    wish = words.typed(typed)
    request = bond.ListGiftsRequest(user_id=user_id, waifu_id=waifu_id)
    found = (await clients.bond.ListGifts(request)).gifts
    folded = _folded(typed)
    exact = [gift for gift in found if folded in (gift.gift_id, _folded(gift.name))]
    named = [gift for gift in found if folded and folded in _folded(gift.name)]
    for gift in (*exact, *named):
        return gift.gift_id
    raise Hint("no_gift", words=words.plain(words.cut(wish, CHOICE_LETTERS)))


async def _owned(
    clients: Clients, user_id: int, typed: str, most: int = CHOICES
) -> Sequence[roster.RosterEntry]:
    """The player's own waifus with such a name; in quotes, so that nothing in it is a key."""
    asked = QUOTES.sub(" ", _short(typed)).strip()
    request = roster.ListOwnedWaifusRequest(
        user_id=user_id, query=f'"{asked}"' if asked else "", page_size=most
    )
    return (await clients.roster.ListOwnedWaifus(request)).entries


def _named(found: Sequence[roster.RosterEntry], typed: str) -> int | None:
    """Who of them was meant: she with exactly that name, else the first one."""
    exact = [one for one in found if _folded(one.waifu.name) == _folded(typed)]
    return next((one.waifu.waifu_id for one in (*exact, *found)), None)


async def query_choices(clients: Clients, typed: str) -> list[Choice]:
    """How a query could go on; what is chosen replaces what was typed."""
    request = roster.SuggestQueryRequest(query=typed[:QUERY_LETTERS], page_size=CHOICES)
    found = await clients.roster.SuggestQuery(request)
    return [
        app_commands.Choice(
            name=words.cut(
                say("choice.query", query=one.query, description=one.description), CHOICE_LETTERS
            ),
            value=one.query,
        )
        for one in found.suggestions
        if len(one.query) <= CHOICE_LETTERS
    ]


async def banner_id(clients: Clients, typed: str) -> str:
    """The banner that was meant: its id, or the first one with such a name."""
    wish = words.typed(typed)
    limit = _longest(gacha.GetBannerRequest, "banner_id")
    if SLUG.fullmatch(wish) and len(wish) <= limit:
        return wish
    found = await clients.gacha.ListBanners(gacha.ListBannersRequest(words=_short(wish)))
    if not found.banners:
        raise Hint("no_banner", words=words.plain(words.cut(wish, limit)))
    return found.banners[0].banner_id


async def waifu_id(clients: Clients, typed: str) -> int:
    """The waifu that was meant: her number, or the best match for a name."""
    wish = words.typed(typed)
    if (number := _number(wish)) is not None:
        return number
    found = await clients.catalog.SearchWaifus(
        catalog.SearchWaifusRequest(words=_short(wish), page_size=1)
    )
    if not found.waifus:
        raise Hint("no_waifu", words=words.plain(words.cut(wish, CHOICE_LETTERS)))
    return found.waifus[0].waifu_id


async def series_id(clients: Clients, typed: str | None) -> int:
    """The series that was meant: its number, or the best match for a name; 0 when none was named."""
    wish = words.typed(typed or "")
    if not wish:
        return 0
    if (number := _number(wish)) is not None:
        return number
    found = await clients.catalog.SearchSeries(
        catalog.SearchSeriesRequest(words=_short(wish), page_size=1)
    )
    if not found.series:
        raise Hint("no_series", words=words.plain(words.cut(wish, CHOICE_LETTERS)))
    return found.series[0].series_id


async def named_series_id(clients: Clients, typed: str) -> int:
    """The series that was meant, where one has to be named."""
    series = await series_id(clients, typed)
    if not series:
        raise Hint("no_series", words="…")
    return series


def _choice(key: str, value: str, about: Any, **places: object) -> Choice:
    name = say(key, name=about.name, **places)
    return app_commands.Choice(name=words.cut(name, CHOICE_LETTERS), value=value)


def _number(typed: str) -> int | None:
    """A number that may be an id, and small enough to be one."""
    if not (typed.isascii() and typed.isdecimal()):
        return None
    number = int(typed)
    return number if 1 <= number <= LARGEST_ID else None


def _folded(text: str) -> str:
    """As names are compared."""
    return words.typed(text).casefold()


def _short(typed: str) -> str:
    """Words no longer than a service reads."""
    return words.typed(typed)[: _longest(catalog.SearchWaifusRequest, "words")].strip()


def _longest(message: type[Message], field: str) -> int:
    return message.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[check].max_len


TALK_LETTERS = _longest(bond.TalkRequest, "message")
NICKNAME_LETTERS = _longest(bond.SetNicknameRequest, "nickname")


async def mission_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """Missions that are done and not claimed, by a part of their name."""
    player = await clients.players.glance(discord_id)
    request = mission.ListMissionsRequest(user_id=player.user_id)
    found = (await clients.mission.ListMissions(request)).missions
    return [
        Choice(name=words.cut(one.mission.name, CHOICE_LETTERS), value=one.mission.mission_id)
        for one in found
        if one.completed and not one.claimed and typed.casefold() in one.mission.name.casefold()
    ][:CHOICES]


async def mission_id(clients: Clients, user_id: int, typed: str) -> str:
    """The mission behind a choice, or behind its name as it was typed."""
    request = mission.ListMissionsRequest(user_id=user_id)
    wanted = words.typed(typed).casefold()
    found = (await clients.mission.ListMissions(request)).missions
    for one in found:
        if wanted in (one.mission.mission_id, one.mission.name.casefold()):
            return one.mission.mission_id
    raise Hint("no_mission")


# The shop and the bag.


def slug(typed: str) -> str:
    """A category as the shop names it."""
    wish = words.typed(typed).lower().replace(" ", "-")
    return wish if len(wish) <= 50 else ""


def uuid_of(typed: str) -> str:
    """The id of an expedition that was picked; what is none means none."""
    wish = words.typed(typed).lower()
    return wish if UUID.fullmatch(wish) else ""


async def category_choices(clients: Clients, typed: str) -> list[Choice]:
    """Categories that have something on sale."""
    found = await clients.shop.ListItems(shop.ListItemsRequest(page_size=1))
    wish = _folded(typed)
    return [
        app_commands.Choice(name=words.title(name), value=name)
        for name in found.categories
        if wish in _folded(words.title(name))
    ]


async def item_choices(clients: Clients, typed: str) -> list[Choice]:
    """What is on sale, by name."""
    found = await clients.shop.ListItems(shop.ListItemsRequest(page_size=100))
    wish = _folded(typed)
    return [
        _choice("choice.banner", item.item_code, item, price=words.short_money(item.price))
        for item in (one.item for one in found.items)
        if wish in _folded(item.name) or wish in item.item_code
    ]


async def item_code(clients: Clients, typed: str) -> str:
    """The item that was meant: its code, or the first one on sale with such a name."""
    wish = words.typed(typed)
    if SLUG.fullmatch(wish) and len(wish) <= _longest(shop.BuyRequest, "item_code"):
        return wish
    found = await clients.shop.ListItems(shop.ListItemsRequest(page_size=100))
    if code := _item_named((one.item for one in found.items), wish):
        return code
    raise Hint("no_item", words=words.plain(words.cut(typed, CHOICE_LETTERS)))


async def own_item_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """What is in the player's bag and does something."""
    player = await clients.players.glance(discord_id)
    wish = _folded(typed)
    by_code = {one.item.item_code: one.item for one in await _bag(clients, player.user_id)}
    return [
        app_commands.Choice(name=words.cut(item.name, CHOICE_LETTERS), value=code)
        for code, item in by_code.items()
        if item.item_type != "material" and wish in _folded(item.name)
    ]


async def own_item_code(clients: Clients, user_id: int, typed: str) -> str:
    """The item of the bag that was meant."""
    wish = words.typed(typed)
    if SLUG.fullmatch(wish) and len(wish) <= _longest(shop.UseItemRequest, "item_code"):
        return wish
    if code := _item_named((one.item for one in await _bag(clients, user_id)), wish):
        return code
    raise Hint("not_in_bag", words=words.plain(words.cut(typed, CHOICE_LETTERS)))


async def ticket_choices(clients: Clients, item: str, typed: str) -> list[Choice]:
    """Waifus whom a ticket can bring, by name; of any rarity where no ticket is named."""
    rarity = await _rarity_of(clients, item)
    request = catalog.SearchWaifusRequest(words=_short(typed), page_size=CHOICES, rarity=rarity)
    return [
        _choice(
            "choice.waifu",
            str(waifu.waifu_id),
            waifu,
            series=waifu.series,
            stars=words.rarity(waifu.rarity),
        )
        for waifu in (await clients.catalog.SearchWaifus(request)).waifus
    ]


async def ticket_series_choices(clients: Clients, item: str, typed: str) -> list[Choice]:
    """Series out of which a ticket can bring somebody, by name."""
    return await series_choices(clients, typed, await _rarity_of(clients, item))


async def _rarity_of(clients: Clients, item: str) -> int:
    """What a ticket brings; 0 for what is none, or is not named yet."""
    if not SLUG.fullmatch(item) or len(item) > _longest(shop.UseItemRequest, "item_code"):
        return 0
    found = await clients.shop.GetItem(shop.GetItemRequest(item_code=item))
    return found.item.item.effects.guarantee_rarity


async def running_choices(clients: Clients, discord_id: int, typed: str) -> list[Choice]:
    """Parties on their way whose time is not over."""
    player = await clients.players.glance(discord_id)
    request = expedition.ListExpeditionsRequest(user_id=player.user_id, page_size=1)
    found = (await clients.expeditions.ListExpeditions(request)).running
    wish, now = _folded(typed), time.time()
    return [
        app_commands.Choice(name=words.cut(one.name, CHOICE_LETTERS), value=one.expedition_id)
        for one in found
        if one.status == "in_progress"
        and one.ready_time.seconds > now
        and wish in _folded(one.name)
    ]


async def _bag(clients: Clients, user_id: int) -> Sequence[shop.Stack]:
    request = shop.ListInventoryRequest(user_id=user_id, page_size=100)
    return (await clients.shop.ListInventory(request)).stacks


def _item_named(items: Iterable[shop.Item], typed: str) -> str:
    """The item with exactly that name, else the first one that has it in its name; nothing where there is none."""
    wish, there = _folded(typed), [*items]
    exact = [item for item in there if _folded(item.name) == wish]
    named = [item for item in there if wish and wish in _folded(item.name)]
    return next((item.item_code for item in (*exact, *named)), "")
