"""Pictures as files of a message; without one the answer goes out in words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, cast

import discord
import structlog

from chassis import telemetry
from gateway_bot.render.academy import AcademyFace
from gateway_bot.render.album import AlbumFace
from gateway_bot.render.card import CardFace
from gateway_bot.render.equipment import PieceFace
from gateway_bot.render.journey import JourneyFace
from gateway_bot.render.renderer import Renderer, RenderFailed

log = structlog.get_logger()


class Pictures:
    """What the renderer draws, ready to be sent."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def summon_sheet(
        self, faces: Sequence[CardFace], title: str, alt: str
    ) -> discord.File | None:
        """The cards of a summon."""
        return await _file("summon.jpg", self._renderer.summon_sheet(faces, title), alt)

    async def profile(
        self, face: CardFace, stats: Mapping[str, int], power: int, alt: str
    ) -> discord.File | None:
        """One waifu from close up."""
        return await _file("waifu.jpg", self._renderer.profile_card(face, stats, power), alt)

    async def album(
        self,
        faces: Sequence[AlbumFace],
        title: str,
        owned_count: int,
        total_count: int,
        alt: str,
    ) -> discord.File | None:
        """A page of the album: up to twelve waifus, who is missing as a shadow."""
        drawing = self._renderer.album_page(faces, title, owned_count, total_count)
        return await _file("album.jpg", drawing, alt)

    async def academy(self, face: AcademyFace, alt: str) -> discord.File | None:
        """The card of an academy."""
        return await _file("academy.jpg", self._renderer.academy_card(face), alt)

    async def talk(
        self, face: CardFace, mood: int, bond_level: int, alt: str
    ) -> discord.File | None:
        """A moment with a waifu: her mood from -100 to 100, and the bond from 1 to 10."""
        drawing = self._renderer.talk_scene(face, mood, bond_level)
        return await _file("talk.jpg", drawing, alt)

    async def equipment(
        self, pieces: Sequence[PieceFace], limit: int, alt: str
    ) -> discord.File | None:
        """The shelf with all pieces of a player."""
        drawing = self._renderer.equipment_shelf(pieces, limit)
        return await _file("equipment.jpg", drawing, alt)

    async def piece(self, piece: PieceFace, alt: str) -> discord.File | None:
        """One piece of equipment from close up."""
        return await _file("piece.jpg", self._renderer.equipment_piece(piece), alt)

    async def journey(self, face: JourneyFace, alt: str) -> discord.File | None:
        """How an expedition went."""
        return await _file("journey.jpg", self._renderer.journey_strip(face), alt)


class Unwanted(RenderFailed):
    """The player prefers words."""


class NoRenderer:
    """Stands where the renderer stands for a player who prefers words, and draws nothing."""

    def __getattr__(self, picture: str) -> Callable[..., Awaitable[bytes]]:
        return self._decline

    async def _decline(self, *_: object, **__: object) -> bytes:
        raise Unwanted


NO_PICTURES = Pictures(cast("Any", NoRenderer()))


async def _file(name: str, drawing: Awaitable[bytes], alt: str) -> discord.File | None:
    try:
        with telemetry.span(f"draw {name}"):
            data = await drawing
    except Unwanted:
        return None
    except RenderFailed as failed:
        log.warning("picture.failed", picture=name, why=str(failed))
        return None
    return discord.File(BytesIO(data), filename=name, description=alt[:1024])
