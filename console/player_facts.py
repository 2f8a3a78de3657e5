"""What an operator reads about players: facts, bans, and all that is held."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from console.calls import Calls
from console.player_acts import CURRENCIES, amounts, find, get_account
from console.trouble import Trouble
from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import life_pb2
from geminya.economy.v1 import gacha_pb2
from geminya.users.v1 import account_pb2, wallet_pb2

LINES_SHOWN = 10
PAGE = 100


async def list_bans(calls: Calls) -> list[dict[str, Any]]:
    """Everybody who is banned now."""
    found: list[account_pb2.Ban] = []
    token = ""
    while True:
        request = account_pb2.ListBansRequest(page_size=PAGE, page_token=token)
        answer = await calls.account.ListBans(request)
        found += answer.bans
        token = answer.next_page_token
        if not token:
            return [ban_shown(one) for one in found]


def ban_shown(one: account_pb2.Ban) -> dict[str, Any]:
    """A ban as a row."""
    return {
        "user_id": one.user_id,
        "discord_id": one.discord_id or None,
        "since": moment(one.create_time),
        "until": moment(one.end_time) if one.HasField("end_time") else None,
        "reason": one.reason,
    }


async def facts_of(calls: Calls, discord_id: int | None, user_id: int | None) -> dict[str, Any]:
    """What the services say of a player."""
    player = await find(calls, discord_id, user_id)
    account, roster, pity, lines, banned = await asyncio.gather(
        get_account(calls, player.user_id),
        calls.roster.GetRoster(roster_pb2.GetRosterRequest(user_id=player.user_id)),
        calls.gacha.GetPity(gacha_pb2.GetPityRequest(user_id=player.user_id)),
        calls.wallet.ListLedger(
            wallet_pb2.ListLedgerRequest(user_id=player.user_id, page_size=LINES_SHOWN)
        ),
        list_bans(calls),
    )
    return {
        "user_id": account.user_id,
        "epoch": account.epoch,
        "academy_name": account.academy_name,
        "collector_rank": account.collector_rank,
        **amounts(account.balances),
        "power": roster.power,
        "owned_count": roster.owned_count,
        "pity": pity.counter,
        "daily_streak": account.daily_streak,
        "is_collection_hidden": account.settings.is_collection_hidden,
        "prefers_text": account.settings.prefers_text,
        "create_time": moment(account.create_time),
        "ban": next((one for one in banned if one["user_id"] == account.user_id), None),
        "ledger": [line_shown(line) for line in lines.lines],
    }


def line_shown(line: wallet_pb2.LedgerLine) -> dict[str, Any]:
    """A line of the ledger as a row."""
    return {
        "time": moment(line.time),
        "currency": CURRENCIES[line.currency],
        "amount": line.amount,
        "balance_after": line.balance_after,
        "reason": line.reason,
        "subject": line.subject,
        "op_id": line.op_id,
    }


async def waifus_of(
    calls: Calls, discord_id: int | None, user_id: int | None, query: str, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many waifus of the catalogue a query finds, and the first of them with what the player has."""
    player = await find(calls, discord_id, user_id)
    rows: list[dict[str, Any]] = []
    token, total = "", 0
    while True:
        request = roster_pb2.ListAlbumRequest(
            user_id=player.user_id,
            query=query,
            page_size=min(PAGE, limit - len(rows)),
            page_token=token,
        )
        answer = await calls.roster.ListAlbum(request)
        rows += [waifu_shown(entry) for entry in answer.entries]
        token, total = answer.next_page_token, answer.total_count
        if not token or len(rows) >= limit:
            return total, rows


def waifu_shown(entry: roster_pb2.RosterEntry) -> dict[str, Any]:
    """A waifu as a row; without stars she is not the player's."""
    owned = entry.owned if entry.HasField("owned") else None
    return {
        "waifu_id": entry.waifu.waifu_id,
        "name": entry.waifu.name,
        "series": entry.waifu.series,
        "rarity": entry.waifu.rarity,
        "stars": owned.current_star_level if owned else None,
        "shards": owned.character_shards if owned else None,
        "constellation": owned.constellation_level if owned else None,
        "bond": owned.bond_level if owned else None,
        "is_awakened": owned.is_awakened if owned else None,
        "is_favorite": owned.is_favorite if owned else None,
    }


async def export_of(calls: Calls, discord_id: int | None, user_id: int | None) -> dict[str, Any]:
    """Service to table to rows, for one player."""
    player = await find(calls, discord_id, user_id, even_closed=True)
    held = await asyncio.gather(
        *(_held(service, player.user_id) for service in calls.exports.values())
    )
    if not any(held):
        raise Trouble(f"nobody has the id {player.user_id}: the services hold nothing about it")
    return {
        "user_id": player.user_id,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **dict(zip(calls.exports, held, strict=True)),
    }


async def held_by(calls: Calls, user_id: int) -> dict[str, int]:
    """Table to the number of its rows about a player, in every service."""
    held = await asyncio.gather(*(_held(service, user_id) for service in calls.exports.values()))
    return {
        f"{service}.{table}": len(rows)
        for service, tables in zip(calls.exports, held, strict=True)
        for table, rows in tables.items()
    }


async def _held(service: Any, user_id: int) -> dict[str, list[Any]]:
    """Table to rows, as one service tells them."""
    tables: dict[str, list[Any]] = {}
    token = ""
    while True:
        request = life_pb2.ListHeldRowsRequest(user_id=user_id, page_size=PAGE, page_token=token)
        answer = await service.ListHeldRows(request)
        for row in answer.rows:
            tables.setdefault(row.table, []).append(json.loads(row.json))
        token = answer.next_page_token
        if not token:
            return tables


def moment(stamp: Timestamp, down_to: str = "seconds") -> str:
    """A moment as people and programs read it."""
    return stamp.ToDatetime(UTC).isoformat(timespec=down_to)
