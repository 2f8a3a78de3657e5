"""Pictures as files of a message; without one the answer goes out in words."""

from collections.abc import Awaitable, Mapping, Sequence
from io import BytesIO

import discord
import structlog

from chassis import telemetry
from gateway_bot.render.card import CardFace
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


async def _file(name: str, drawing: Awaitable[bytes], alt: str) -> discord.File | None:
    try:
        with telemetry.span(f"draw {name}"):
            data = await drawing
    except RenderFailed as failed:
        log.warning("picture.failed", picture=name, why=str(failed))
        return None
    return discord.File(BytesIO(data), filename=name, description=alt[:1024])
