"""A small server that speaks OpenAI's protocol, with answers that a test gives."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class Model:
    """What it answers, and what it was asked."""

    text: Any = "A lamp is enough."
    status: int = 200
    body: str | None = None
    """The whole answer, instead of a good one with `text`."""
    location: str = ""
    """Where it sends whoever asks, with a status of 3xx."""
    is_silent: bool = False
    base_url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody has asked."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.reached.set()
        self.headers.append(dict(request.headers))
        if self.is_silent:
            await self.released.wait()
        message = {"role": "assistant", "content": self.text}
        good = {
            "id": "1", "object": "chat.completion", "created": 1, "model": "small",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        }  # fmt: skip
        body = json.dumps(good) if self.body is None else self.body
        headers = {"Location": self.location} if self.location else None
        return web.Response(
            text=body, status=self.status, content_type="application/json", headers=headers
        )


@asynccontextmanager
async def a_model() -> AsyncIterator[Model]:
    """The server on a free port of loopback."""
    model = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    model.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield model
    finally:
        model.released.set()
        await runner.cleanup()
