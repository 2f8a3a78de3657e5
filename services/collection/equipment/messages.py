"""Pieces of equipment as messages, for every slice that shows them."""

from typing import Any

from chassis.wire import time_out
from geminya.collection.v1 import equipment_pb2 as pb
from services.collection.catalog.rules import Catalog
from services.collection.equipment.rules import EffectType
from services.collection.equipment.store import Piece


def piece_out(piece: Piece, catalog: Catalog) -> pb.Equipment:
    """A piece as a message."""
    return pb.Equipment(
        equipment_id=piece.id,
        slot_no=piece.slot_no,
        main_effect=effect_out(piece.main_effect, catalog),
        sub_slots=[sub_slot_out(one) for one in piece.sub_slots],
        is_favorite=piece.is_favorite,
        is_away=piece.is_away,
        create_time=time_out(piece.created_at),
    )


def sub_slot_out(kept: dict[str, Any]) -> pb.SubSlot:
    """A sub slot as a message; it raises stats, so no catalogue has to name anything."""
    return pb.SubSlot(slot_index=kept["slot_index"], effect=amount_out(kept["effect"]))


def effect_out(kept: dict[str, Any], catalog: Catalog) -> pb.Effect:
    """A main effect as a message."""
    if kept["type"] != EffectType.AFFINITY_ADD:
        return amount_out(kept)
    value = kept["value"]
    return pb.Effect(
        type=kept["type"],
        affinity=kept["affinity"],
        category=kept["category"],
        value=str(value),
        value_name=catalog.series[value].name if kept["category"] == "series_id" else value,
    )


def amount_out(kept: dict[str, Any]) -> pb.Effect:
    """An effect that is a number, as a message."""
    return pb.Effect(type=kept["type"], stat=kept["stat"] or "", amount=kept["value"])
