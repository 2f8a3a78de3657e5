"""Valid messages; a test says only what matters to it."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import discord
import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata

from chassis.rpc.status import Violation, bad_request
from gateway_bot.offers import Desk, Occasion, Offers
from geminya.collection.v1.bond_pb2 import BondStanding
from geminya.collection.v1.catalog_pb2 import Stats, Waifu
from geminya.collection.v1.equipment_pb2 import Effect, Equipment, SubSlot
from geminya.collection.v1.roster_pb2 import GetRosterResponse, OwnedWaifu, RankTarget, RosterEntry
from geminya.common.v1.money_pb2 import (
    CURRENCY_DAPHINE,
    CURRENCY_QUARTZS,
    CURRENCY_SAKURA_CRYSTALS,
    Money,
)
from geminya.economy.v1.gacha_pb2 import BANNER_TYPE_RATE_UP, Banner, Pull, SummonResponse
from geminya.users.v1.account_pb2 import Account

NOW = 1_800_000_000
OWNER, STRANGER = 111, 222


def an_offers(now: float = NOW) -> Offers:
    return Offers(b"0123456789abcdef", now=lambda: now)


def a_desk(number: int = 0) -> Desk:
    return Desk(an_offers(), OWNER, asked_at(number=number))


def asked_at(seconds: float = NOW, number: int = 0) -> Occasion:
    """An interaction of that time; those of one second differ by their number."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return Occasion(discord.utils.time_snowflake(moment) + number)


def at(seconds: float = NOW) -> Timestamp:
    return Timestamp(seconds=int(seconds))


def crystals(amount: int) -> Money:
    return Money(currency=CURRENCY_SAKURA_CRYSTALS, amount=amount)


def quartz(amount: int) -> Money:
    return Money(currency=CURRENCY_QUARTZS, amount=amount)


def daphine(amount: int) -> Money:
    return Money(currency=CURRENCY_DAPHINE, amount=amount)


def an_account(**facts: Any) -> Account:
    usual: dict[str, Any] = {
        "user_id": 7,
        "academy_name": "Moon Hall",
        "collector_rank": 1,
        "balances": [crystals(1900), quartz(10), daphine(0)],
        "daily_streak": 3,
        "can_claim_daily": True,
        "next_daily_time": at(NOW + 3600),
        "create_time": at(NOW - 86400),
    }
    return Account(**usual | facts)


def a_roster(**facts: Any) -> GetRosterResponse:
    usual: dict[str, Any] = {
        "owned_count": 9,
        "power": 1500,
        "owned_by_rarity": [6, 2, 1],
        "catalog_count": 150,
        "next_rank": RankTarget(rank=2, power=2000, owned_count=5),
    }
    return GetRosterResponse(**usual | facts)


def a_waifu(waifu_id: int = 1, **facts: Any) -> Waifu:
    usual: dict[str, Any] = {
        "waifu_id": waifu_id,
        "name": f"Waifu {waifu_id}",
        "series_id": 5,
        "series": "Lanterns",
        "genre": "Novel",
        "rarity": 2,
        "about": "She keeps the river lights.",
        "stats": Stats(hp=91, atk=82, mag=73, vit=64, spr=55, int=146, spd=37, lck=128),
        "elemental_type": ["fire"],
        "archetype": "Mage",
        "potency": {"Mage": "S"},
        "elemental_resistances": {"fire": "resist", "water": "weak", "light": "neutral"},
        "birthday": "2001-07-24",
        "favorite_gifts": ["old maps"],
        "special_dialogue": {"greeting": "Mind the step."},
    }
    return Waifu(**usual | facts)


def an_owned(waifu_id: int = 1, **facts: Any) -> OwnedWaifu:
    usual: dict[str, Any] = {
        "waifu_id": waifu_id,
        "current_star_level": 2,
        "character_shards": 20,
        "constellation_level": 1,
        "bond_level": 1,
        "current_mood": "neutral",
        "obtain_time": at(),
        "next_star_cost": 100,
        "power": 250,
    }
    return OwnedWaifu(**usual | facts)


def an_entry(waifu_id: int = 1, **facts: Any) -> RosterEntry:
    return RosterEntry(owned=an_owned(waifu_id, **facts), waifu=a_waifu(waifu_id))


def a_pull(waifu_id: int = 1, **facts: Any) -> Pull:
    usual: dict[str, Any] = {
        "waifu_id": waifu_id,
        "rarity": 2,
        "is_new": True,
        "stars_after": 2,
    }
    return Pull(**usual | facts)


def a_summon(*pulls: Pull, **facts: Any) -> SummonResponse:
    usual: dict[str, Any] = {
        "banner_id": "standard",
        "banner_name": "Open Skies",
        "pulls": pulls or [a_pull(number) for number in range(1, 11)],
        "price": crystals(100),
        "bonus": [quartz(10)],
        "balances": [crystals(1900), quartz(10), daphine(0)],
        "pity_after": 10,
        "time": at(),
    }
    return SummonResponse(**usual | facts)


def a_banner(**facts: Any) -> Banner:
    usual: dict[str, Any] = {
        "banner_id": "lanterns",
        "name": "Night of Lanterns",
        "type": BANNER_TYPE_RATE_UP,
        "description": "Three lights on the river.",
        "start_time": at(NOW - 3600),
        "end_time": at(NOW + 3600),
        "is_active": True,
        "price": crystals(10),
        "is_open": True,
        "series_ids": [5],
        "featured_waifu_ids": [1, 2],
    }
    return Banner(**usual | facts)


def a_piece(number: int = 1, *subs: Effect, **facts: Any) -> Equipment:
    """The piece in this place; its sub slots are opened in the order of their effects."""
    usual: dict[str, Any] = {
        "equipment_id": str(uuid.UUID(int=number)),
        "slot_no": number,
        "main_effect": Effect(
            type="affinity_add", affinity="favored", category="elemental", value="fire"
        ),
        "sub_slots": [
            SubSlot(slot_index=index, effect=effect) for index, effect in enumerate(subs, 1)
        ],
        "create_time": at(),
    }
    return Equipment(**usual | facts)


def a_bonus(stat: str = "atk", amount: int = 12) -> Effect:
    return Effect(type="stat_check_bonus", stat=stat, amount=amount)


def a_standing(**facts: Any) -> BondStanding:
    usual: dict[str, Any] = {
        "mood": 12,
        "current_mood": "happy",
        "bond_level": 3,
        "bond_points": 40,
        "next_bond_points": 60,
        "bond_points_gained": 5,
    }
    return BondStanding(**usual | facts)


def trouble(code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(), details="gone")


def refused(reason: str, domain: str = "users.geminya", **metadata: str) -> AioRpcError:
    info = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)
    status = status_pb2.Status(code=code_pb2.FAILED_PRECONDITION, message="no")
    status.details.add().Pack(info)
    trailing = Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return AioRpcError(
        grpc.StatusCode.FAILED_PRECONDITION, Metadata(), trailing, details=status.message
    )


def invalid(field: str, why: str = "no") -> AioRpcError:
    """A request that the contract does not take."""
    status = bad_request([Violation(field, why)])
    trailing = Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return AioRpcError(
        grpc.StatusCode.INVALID_ARGUMENT, Metadata(), trailing, details=status.message
    )


def components(view: discord.ui.LayoutView) -> Iterator[dict[str, Any]]:
    """Every component of a view as Discord gets it."""
    yield from _walk(view.to_components())


def _walk(parts: list[Any]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from _walk(part.get("components", []))
        yield from _walk([part["accessory"]] if "accessory" in part else [])


def shown(view: discord.ui.LayoutView) -> str:
    """All text of a view."""
    return "\n".join(part["content"] for part in components(view) if part["type"] == 10)


def buttons(view: discord.ui.LayoutView) -> dict[str, str]:
    """Label to custom id."""
    return {
        part["label"]: part["custom_id"]
        for part in components(view)
        if part["type"] == 2 and "custom_id" in part
    }
