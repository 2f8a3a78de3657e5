"""What a player has of a waifu as messages, for every slice that shows it."""

from dataclasses import asdict

from chassis.wire import time_out
from geminya.collection.v1 import roster_pb2 as pb
from services.collection.bond.memory import Feelings
from services.collection.catalog.rules import Stats, Waifu
from services.collection.roster import rules, store


def owned_out(row: store.OwnedRow, feelings: Feelings) -> pb.OwnedWaifu:
    """What the player has of a waifu, and how she feels at this moment."""
    feeling = feelings.now(row.mood, row.mood_at, row.bond_level)
    return pb.OwnedWaifu(
        waifu_id=row.waifu_id,
        current_star_level=row.current_star_level,
        character_shards=row.character_shards,
        star_shards=row.star_shards,
        constellation_level=row.constellation_level,
        is_awakened=row.is_awakened,
        is_favorite=row.is_favorite,
        bond_level=row.bond_level,
        current_mood=feeling.word,
        mood=feeling.mood,
        bond_points=row.bond_points,
        next_bond_points=feeling.next_points,
        last_interaction_time=time_out(row.last_interaction),
        total_conversations=row.total_conversations,
        favorite_memory=row.favorite_memory or "",
        custom_nickname=row.custom_nickname or "",
        room_decorations=row.room_decorations,
        obtain_time=time_out(row.obtained_at),
        next_star_cost=rules.next_star_cost(row.current_star_level),
        power=rules.power(row.current_star_level),
    )


def expedition_stats(waifu: Waifu, row: store.OwnedRow) -> Stats:
    """Her stats as they count on an expedition."""
    return Stats(
        **{
            stat: rules.expedition_stat(
                base, row.current_star_level, row.constellation_level, row.bond_level
            )
            for stat, base in asdict(waifu.stats).items()
        }
    )
