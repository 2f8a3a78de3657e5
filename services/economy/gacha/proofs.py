"""Proofs: all that a roll came from, so that anybody can compute it again. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from chassis.dice import Dice, Seed
from services.economy.gacha import rules
from services.economy.gacha.rules import Roll
from services.economy.gacha.seed_store import RollRow, TicketRow
from services.economy.shop import rules as tickets

FORMAT = 1
"""Of the document; tools/verify_summon.py reads it."""
TABLE = ("odds", "pool", "guarantee", "has_pity")
"""What of a table a roll depends on."""

Told = Mapping[str, Any]


def told(row: RollRow | TicketRow) -> Told:
    """What the record says was rolled."""
    if isinstance(row, TicketRow):
        return {"waifu_ids": [pull["waifu_id"] for pull in row.pulls]}
    return {"pulls": row.pulls, "pity_after": row.pity_after, "daphine": row.daphine}


def computed(row: RollRow | TicketRow, server: bytes) -> Told:
    """The same, rolled again."""
    dice = Dice(Seed(server, row.client_seed, row.nonce))
    if isinstance(row, TicketRow):
        return {"waifu_ids": [*tickets.roll(row.body["waifu_ids"], row.body["count"], dice)]}
    rolled = rules.roll(rules.table_in(row.body), row.pity_before, row.count, dice)
    return {
        "pulls": pulls_kept(rolled),
        "pity_after": rolled.pity,
        "daphine": rolled.daphine,
    }


def pulls_kept(roll: Roll) -> list[dict[str, object]]:
    """The pulls as the record keeps them."""
    return [
        {
            "waifu_id": pull.waifu_id,
            "rarity": pull.rarity,
            "is_pity": pull.is_pity,
            "is_guarantee": pull.is_guarantee,
        }
        for pull in roll.pulls
    ]


def document(row: RollRow | TicketRow) -> str:
    """The proof; without the seed as long as that is secret."""
    seed = row.server_seed
    return written(
        {
            "geminya_proof": FORMAT,
            "op_id": row.op_id,
            "time": row.at.isoformat(),
            "seed_no": row.seed_no,
            "seed_hash": row.seed_hash.hex(),
            "server_seed": seed.hex() if seed else None,
            "client_seed": row.client_seed,
            "nonce": row.nonce,
            **_rolled_on(row),
            "told": told(row),
        }
    )


def name_of(row: RollRow | TicketRow) -> str:
    """The banner, or the ticket."""
    return row.item_name if isinstance(row, TicketRow) else row.banner_name


def _rolled_on(row: RollRow | TicketRow) -> Told:
    if isinstance(row, TicketRow):
        return {
            "ticket": row.item_name,
            "pity_before": 0,
            "count": row.body["count"],
            "table": {"ticket": row.body["waifu_ids"]},
        }
    return {
        "banner": {"id": row.banner_id, "name": row.banner_name, "version": row.version},
        "pity_before": row.pity_before,
        "count": row.count,
        "table": {name: row.body[name] for name in TABLE},
    }


def written(found: Told) -> str:
    """As JSON, the same letters for the same thing."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
