"""Tells every open page that something changed; what it is, the page then asks itself."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

WAITING = 100
PULSE_S = 15.0


class Feed:
    """Server-sent events to the pages."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[bytes | None]] = set()

    def tell(self, event: str, **facts: Any) -> None:
        """Sends an event to every page; a page that does not read loses it."""
        said = f"event: {event}\ndata: {json.dumps(facts)}\n\n".encode()
        for listener in self._listeners:
            with contextlib.suppress(asyncio.QueueFull):
                listener.put_nowait(said)

    def close(self) -> None:
        """Ends every stream."""
        for listener in self._listeners:
            while listener.full():
                listener.get_nowait()
            listener.put_nowait(None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One page that listens."""
        stream = web.StreamResponse(headers={"Cache-Control": "no-store"})
        stream.content_type = "text/event-stream"
        await stream.prepare(request)
        listener: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._listeners.add(listener)
        try:
            await stream.write(b"retry: 1000\n\n")
            while (said := await _next(listener)) is not None:
                await stream.write(said)
        except ConnectionError:
            pass  # The page was closed.
        finally:
            self._listeners.discard(listener)
        return stream


async def _next(listener: asyncio.Queue[bytes | None]) -> bytes | None:
    try:
        return await asyncio.wait_for(listener.get(), PULSE_S)
    except TimeoutError:
        return b": still here\n\n"
