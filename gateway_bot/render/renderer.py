"""Pictures for the bot: drawn in worker processes, kept for a while, never late."""

import asyncio
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence

from chassis.workers import Workers
from gateway_bot.render import worker
from gateway_bot.render.academy import AcademyFace
from gateway_bot.render.album import AlbumFace
from gateway_bot.render.card import CardFace
from gateway_bot.render.download import Gallery
from gateway_bot.render.equipment import PieceFace
from gateway_bot.render.journey import JourneyFace

DEADLINE_S = 2.5
"""The longest a summon waits for its picture, downloads included."""
PHOTO_WAIT_S = 1.0
"""The part of it that downloads may take; one that comes later serves the next picture."""
WAITING_LIMIT = 64
CACHE_BYTES = 32 * 1024 * 1024


class RenderFailed(Exception):
    """There is no picture; the bot answers in words."""


class PictureCache:
    """The pictures used last, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """The picture, which is now the one used last; none when it is not kept."""
        if key not in self._pictures:
            return None
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def put(self, key: Hashable, picture: bytes) -> None:
        """Keeps the picture and lets those go that nobody asked for longest."""
        self.size_bytes += len(picture) - len(self._pictures.pop(key, b""))
        self._pictures[key] = picture
        while self.size_bytes > self.limit_bytes:
            _, gone = self._pictures.popitem(last=False)
            self.size_bytes -= len(gone)


class Renderer:
    """Draws in a pool of processes; the event loop only waits.

    Every method raises `RenderFailed` when there is no picture in time.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        cache_bytes: int = CACHE_BYTES,
        deadline_s: float = DEADLINE_S,
        gallery: Gallery | None = None,
    ) -> None:
        self.workers = Workers(workers)
        self.deadline_s = deadline_s
        self.gallery = gallery or Gallery()
        self._cache = PictureCache(cache_bytes)
        self._drawing: dict[Hashable, asyncio.Task[bytes]] = {}

    async def start(self) -> None:
        """Starts the workers and warms them in the background."""
        self.workers.warm(worker.warm)

    async def close(self) -> None:
        """Ends downloads and workers; a picture still being drawn is dropped."""
        tasks = [*self._drawing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.gallery.close()
        await self.workers.close()

    async def summon_sheet(self, faces: Sequence[CardFace], title: str) -> bytes:
        """The sheet of a summon of one card or ten, as JPEG."""
        cast = tuple(faces)
        return await self._in_time(
            ("sheet", cast, title),
            cast,
            lambda photos: functools.partial(worker.draw_sheet, cast, title, photos),
        )

    async def profile_card(self, face: CardFace, stats: Mapping[str, int], power: int) -> bytes:
        """The profile of one waifu with her eight stats, as JPEG."""
        numbers = dict(stats)
        return await self._in_time(
            ("profile", face, tuple(numbers.items()), power),
            (face,),
            lambda photos: functools.partial(worker.draw_profile, face, numbers, power, photos),
        )

    async def album_page(
        self, faces: Sequence[AlbumFace], title: str, owned_count: int, total_count: int
    ) -> bytes:
        """A page of the album with up to twelve places, as JPEG."""
        cast = tuple(faces)
        return await self._in_time(
            ("album", cast, title, owned_count, total_count),
            tuple(face.card for face in cast),
            lambda photos: functools.partial(
                worker.draw_album, cast, title, owned_count, total_count, photos
            ),
        )

    async def academy_card(self, face: AcademyFace) -> bytes:
        """The card of an academy, as JPEG."""
        return await self._in_time(
            ("academy", face),
            face.top,
            lambda photos: functools.partial(worker.draw_academy, face, photos),
        )

    async def talk_scene(self, face: CardFace, mood: int, bond_level: int) -> bytes:
        """A moment with a waifu in a mood of -100 to 100, as JPEG."""
        return await self._in_time(
            ("talk", face, mood, bond_level),
            (face,),
            lambda photos: functools.partial(worker.draw_talk, face, mood, bond_level, photos),
        )

    async def equipment_shelf(self, pieces: Sequence[PieceFace], limit: int) -> bytes:
        """Every piece on its numbered place, as JPEG."""
        row = tuple(pieces)
        return await self._in_time(
            ("shelf", row, limit), (), lambda _: functools.partial(worker.draw_shelf, row, limit)
        )

    async def equipment_piece(self, piece: PieceFace) -> bytes:
        """One piece with its effects, as JPEG."""
        return await self._in_time(
            ("piece", piece), (), lambda _: functools.partial(worker.draw_piece, piece)
        )

    async def journey_strip(self, face: JourneyFace) -> bytes:
        """An expedition that is over, every encounter of it, as JPEG."""
        return await self._in_time(
            ("journey", face),
            tuple(member.card for member in face.members),
            lambda photos: functools.partial(worker.draw_journey, face, photos),
        )

    async def _in_time(
        self,
        wish: tuple[Hashable, ...],
        faces: Sequence[CardFace],
        order: Callable[[dict[int, bytes]], Callable[[], bytes]],
    ) -> bytes:
        """The finished picture for a wish within the deadline."""
        try:
            async with asyncio.timeout(self.deadline_s):
                photos = await self._photos(faces)
                key = (*wish, frozenset(photos))
                return self._cache.get(key) or await self._shared(key, order(photos))
        except TimeoutError as late:
            raise RenderFailed(f"no picture within {self.deadline_s} s") from late

    async def _shared(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """One drawing for all who wish the same; it goes on when a waiter gives up."""
        if key not in self._drawing:
            if len(self._drawing) >= WAITING_LIMIT:
                raise RenderFailed("too many pictures are waiting")
            task = asyncio.create_task(self._draw(key, draw))
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(self._drawing[key])

    def _forget(self, key: Hashable, done: asyncio.Task[bytes]) -> None:
        self._drawing.pop(key, None)
        if not done.cancelled():
            done.exception()  # Seen here, in case every waiter has left.

    async def _draw(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        try:
            picture = await self.workers.run(draw)
        except Exception as trouble:
            raise RenderFailed(f"could not draw: {trouble!r}") from trouble
        self._cache.put(key, picture)
        return picture

    async def _photos(self, faces: Sequence[CardFace]) -> dict[int, bytes]:
        """The downloaded pictures that are here in time, by waifu."""
        urls = {face.waifu_id: face.image_url for face in faces if face.image_url}
        if not urls:
            return {}
        photos = await self.gallery.collect(set(urls.values()), self._shrink, PHOTO_WAIT_S)
        return {waifu_id: photos[url] for waifu_id, url in urls.items() if url in photos}

    async def _shrink(self, data: bytes) -> bytes:
        return await self.workers.run(functools.partial(worker.shrink_photo, data))
