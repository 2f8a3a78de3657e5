"""What the worker processes run: plain functions from plain values to bytes."""

from collections.abc import Mapping, Sequence

from gateway_bot.render.academy import AcademyFace, academy_card
from gateway_bot.render.album import AlbumFace, album_page
from gateway_bot.render.card import CardFace
from gateway_bot.render.equipment import PieceFace, equipment_piece, equipment_shelf
from gateway_bot.render.journey import JourneyFace, journey_strip
from gateway_bot.render.photo import shrink
from gateway_bot.render.profile import profile_card
from gateway_bot.render.summon_sheet import summon_sheet
from gateway_bot.render.talk import talk_scene

Photos = Mapping[int, bytes]
"""Waifu to the downloaded picture that replaces her drawn portrait, already checked."""


def warm() -> None:
    """Loads fonts and draws one small card, so that the first player does not wait for it."""
    faces = [CardFace(n, "Geminya", "花の学園", 3, "light", ("light",), "Ally", 1) for n in (1, 2)]
    summon_sheet(faces, "")


def draw_sheet(faces: Sequence[CardFace], title: str, photos: Photos) -> bytes:
    """The sheet of one summon as JPEG."""
    return summon_sheet(faces, title, photos)


def draw_profile(face: CardFace, stats: Mapping[str, int], power: int, photos: Photos) -> bytes:
    """The profile of one waifu as JPEG."""
    return profile_card(face, stats, power, photos.get(face.waifu_id))


def draw_album(
    faces: Sequence[AlbumFace], title: str, owned_count: int, total_count: int, photos: Photos
) -> bytes:
    """A page of the album as JPEG."""
    return album_page(faces, title, owned_count, total_count, photos)


def draw_academy(face: AcademyFace, photos: Photos) -> bytes:
    """The card of an academy as JPEG."""
    return academy_card(face, photos)


def draw_talk(face: CardFace, mood: int, bond_level: int, photos: Photos) -> bytes:
    """A moment with a waifu as JPEG."""
    return talk_scene(face, mood, bond_level, photos.get(face.waifu_id))


def draw_shelf(pieces: Sequence[PieceFace], limit: int) -> bytes:
    """The shelf of a player's equipment as JPEG."""
    return equipment_shelf(pieces, limit)


def draw_piece(piece: PieceFace) -> bytes:
    """One piece of equipment as JPEG."""
    return equipment_piece(piece)


def draw_journey(face: JourneyFace, photos: Photos) -> bytes:
    """An expedition that is over as JPEG."""
    return journey_strip(face, photos)


def shrink_photo(data: bytes) -> bytes:
    """A downloaded picture, checked, cut to the portrait's shape and made small."""
    return shrink(data)
