"""Proofs: all that a roll came from, so that anybody can compute it again. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from chassis.dice import Dice, Seed
from services.economy.gacha import rules
from services.economy.gacha.rules import Roll
from services.economy.gacha.seed_store import RollRow

FORMAT = 1
"""Of the document; tools/verify_summon.py reads it."""
TABLE = ("odds", "pool", "guarantee", "has_pity")
"""What of a table a roll depends on."""

Told = Mapping[str, Any]


def told(row: RollRow) -> Told:
    """What the record says was rolled."""
    return {"pulls": row.pulls, "pity_after": row.pity_after, "daphine": row.daphine}


def computed(row: RollRow, server: bytes) -> Told:
    """The same, rolled again."""
    dice = Dice(Seed(server, row.client_seed, row.nonce))
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


def document(row: RollRow) -> str:
    """The proof; without the seed as long as that is secret."""
    seed = row.server_seed
    return written(
        {
            "geminya_proof": FORMAT,
            "op_id": row.op_id,
            "time": row.at.isoformat(),
            "banner": {"id": row.banner_id, "name": row.banner_name, "version": row.version},
            "seed_no": row.seed_no,
            "seed_hash": row.seed_hash.hex(),
            "server_seed": seed.hex() if seed else None,
            "client_seed": row.client_seed,
            "nonce": row.nonce,
            "pity_before": row.pity_before,
            "count": row.count,
            "table": {name: row.body[name] for name in TABLE},
            "told": told(row),
        }
    )


def written(found: Told) -> str:
    """As JSON, the same letters for the same thing."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
