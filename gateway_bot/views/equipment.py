"""The shelf of equipment, one piece from close up, and the pauses before a piece is changed for ever."""

from collections.abc import Sequence

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk, packed, unpacked
from gateway_bot.text import say
from gateway_bot.views.confirm import confirm_view
from gateway_bot.views.effects import effect_words, piece_label, piece_marks, piece_name
from gateway_bot.views.parts import Piece, View, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import clip, on, plain
from geminya.collection.v1.equipment_pb2 import ClearSubSlotsResponse, Equipment, SubSlot

SHELF = "eqlist"
PIECE = "eqpiece"
CONSUME = "eqconsume"
UNLOCK_ASK = "equnlockask"
UNLOCK = "equnlock"
CLEAR_ASK = "eqclearask"
CLEAR = "eqclear"
DISCARD_ASK = "eqdiscardask"
DISCARD = "eqdiscard"
HEART = "eqheart"

ALL, LAST, YES, NO = "a", "l", "1", "0"
NAME_LETTERS = 130


def pair(target_id: str, consumed_id: str) -> str:
    """What the button carries that gives one piece up for another."""
    return packed(target_id) + packed(consumed_id)


def read_pair(data: str) -> tuple[str, str]:
    """The piece to change and the piece to give up."""
    half = len(data) // 2
    return unpacked(data[:half]), unpacked(data[half:])


def read_flagged(data: str) -> tuple[bool, str]:
    """A yes or a no, and the piece it is about."""
    return data[0] in (ALL, YES), unpacked(data[1:])


# The shelf.


def shelf_view(
    pieces: Sequence[Equipment],
    limit: int,
    desk: Desk,
    *,
    sheet_file: discord.File | None = None,
    note: str | None = None,
) -> View:
    """Every piece in a line, and a menu to look closer."""
    head = text(say("equipment.title"), note)
    shown = picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None
    if not pieces:
        return sheet([head, shown, text(say("equipment.none"))])
    lines = [_line(piece) for piece in pieces]
    return sheet(
        [
            head,
            shown,
            text(say("equipment.count", count=len(pieces), limit=limit), *lines, letters=3700),
            _menu(desk.sign(PIECE), say("equipment.menu"), pieces),
        ]
    )


def _line(piece: Equipment) -> str:
    name = clip(piece_name(piece), NAME_LETTERS)
    return say("equipment.line", name=name, marks=piece_marks(piece))


def _menu(custom_id: str, placeholder: str, pieces: Sequence[Equipment]) -> Piece:
    options = [
        option(piece_label(piece), piece.equipment_id, _sub_effects(piece)) for piece in pieces
    ]
    return offer_select(custom_id, placeholder, options)


def _sub_effects(piece: Equipment) -> str:
    return ", ".join(effect_words(slot.effect) for slot in piece.sub_slots)


# One piece.


def piece_view(
    piece: Equipment,
    desk: Desk,
    *,
    sheet_file: discord.File | None = None,
    note: str | None = None,
) -> View:
    """Everything a piece does, and everything that can be done with it."""
    return sheet(
        [
            text(say("equipment.piece", slot=piece.slot_no), note),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(
                *_effects(piece),
                None if piece.sub_slots else say("equipment.sub_none"),
                letters=1500,
            ),
            line(),
            text(
                say("equipment.locked") if piece.is_favorite else None,
                say("equipment.is_away") if piece.is_away else None,
                say("equipment.since", time=on(piece.create_time)),
            ),
        ],
        buttons=_buttons(piece, desk),
    )


def _effects(piece: Equipment) -> list[str]:
    main = say("equipment.main", effect=plain(effect_words(piece.main_effect)))
    return [main, *map(_sub, piece.sub_slots)]


def _sub(slot: SubSlot) -> str:
    return say("equipment.sub", index=slot.slot_index, effect=plain(effect_words(slot.effect)))


def _buttons(piece: Equipment, desk: Desk) -> list[Piece]:
    key = packed(piece.equipment_id)
    is_safe = piece.is_favorite or piece.is_away
    has_none = is_safe or not piece.sub_slots
    label = say("equipment.heart_off" if piece.is_favorite else "equipment.heart_on")
    danger = discord.ButtonStyle.danger
    return [
        offer_button(
            desk.sign(CONSUME, key),
            say("equipment.unlock"),
            style=discord.ButtonStyle.primary,
            is_disabled=piece.is_away,
        ),
        offer_button(desk.sign(HEART, (NO if piece.is_favorite else YES) + key), label),
        offer_button(
            desk.sign(CLEAR_ASK, LAST + key), say("equipment.clear_last"), is_disabled=has_none
        ),
        offer_button(
            desk.sign(CLEAR_ASK, ALL + key), say("equipment.clear_all"), is_disabled=has_none
        ),
        offer_button(
            desk.sign(DISCARD_ASK, key),
            say("equipment.discard"),
            style=danger,
            is_disabled=is_safe,
        ),
        offer_button(desk.sign(SHELF), say("equipment.back")),
    ]


# What is destroyed for ever is shown before.


def consume_view(piece: Equipment, others: Sequence[Equipment], desk: Desk) -> View:
    """Which piece could be given up for a slot of this one."""
    given_up = [
        other
        for other in others
        if not (other.is_favorite or other.is_away) and other.equipment_id != piece.equipment_id
    ]
    custom_id = desk.sign(UNLOCK_ASK, packed(piece.equipment_id))
    menu = _menu(custom_id, say("equipment.consume_menu"), given_up) if given_up else None
    return sheet(
        [
            text(
                say("equipment.consume_title", slot=piece.slot_no),
                say("equipment.consume" if given_up else "equipment.consume_none"),
            ),
            text(*_effects(piece), letters=1500),
            menu,
        ],
        buttons=[_keep(piece, desk)],
    )


def unlock_view(piece: Equipment, consumed: Equipment, desk: Desk) -> View:
    """The piece that is given up, before it is."""
    return confirm_view(
        say("equipment.unlock_confirm", consumed=consumed.slot_no, slot=piece.slot_no),
        [
            say("equipment.destroyed"),
            *_effects(consumed),
            say("equipment.unlock_gain", slot=piece.slot_no),
        ],
        desk.sign(UNLOCK, pair(piece.equipment_id, consumed.equipment_id)),
        say("equipment.unlock_button"),
        ways_back=[_keep(piece, desk)],
    )


def clear_view(piece: Equipment, *, is_all: bool, desk: Desk) -> View:
    """The slots that are removed, before they are."""
    key = "equipment.clear_all_confirm" if is_all else "equipment.clear_confirm"
    lost = piece.sub_slots if is_all else piece.sub_slots[-1:]
    return confirm_view(
        say(key, slot=piece.slot_no),
        [
            say("equipment.destroyed"),
            *map(_sub, lost),
            say("equipment.clear_note"),
        ],
        desk.sign(CLEAR, (ALL if is_all else LAST) + packed(piece.equipment_id)),
        say("equipment.clear_button"),
        ways_back=[_keep(piece, desk)],
    )


def discard_view(piece: Equipment, desk: Desk) -> View:
    """The piece, before it is thrown away."""
    return confirm_view(
        say("equipment.discard_confirm", slot=piece.slot_no),
        [say("equipment.destroyed"), *_effects(piece), say("equipment.clear_note")],
        desk.sign(DISCARD, packed(piece.equipment_id)),
        say("equipment.discard_button"),
        ways_back=[_keep(piece, desk)],
    )


def _keep(piece: Equipment, desk: Desk) -> Piece:
    return offer_button(desk.sign(PIECE, packed(piece.equipment_id)), say("equipment.piece_back"))


def removed(cleared: ClearSubSlotsResponse) -> str:
    """How many slots are gone."""
    count = cleared.removed_count
    return say("equipment.removed_one") if count == 1 else say("equipment.removed", count=count)
