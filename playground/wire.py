"""Requests of the bot and answers to it, as they travel, and the record of them."""

import json
from dataclasses import dataclass
from typing import Any, TypedDict

from aiohttp import BodyPartReader, web

from playground.refusal import DiscordError
from playground.world import File

BINARY = "application/octet-stream"


class Exchange(TypedDict):
    """One request of the bot and what it was answered."""

    method: str
    path: str
    body: Any
    content_type: str | None
    files: list[str]
    status: int
    response: Any


@dataclass(frozen=True, slots=True)
class Received:
    """The JSON and the files of a request."""

    data: Any = None
    files: tuple[File, ...] = ()


RECEIVED = web.RequestKey("received", Received)
"""What came with a request, kept for the record of exchanges."""


async def receive(request: web.Request) -> Received:
    """Reads a request, whether it is plain JSON or carries files."""
    try:
        if request.content_type.startswith("multipart/"):
            received = await _parts(request)
        else:
            received = Received(await request.json() if request.can_read_body else {})
    except json.JSONDecodeError as wrong:
        message = "The request body contains invalid JSON."
        raise DiscordError(400, 50109, message) from wrong
    request[RECEIVED] = received
    return received


async def _parts(request: web.Request) -> Received:
    data: Any = {}
    files: list[File] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "payload_json":
            data = json.loads(await part.text())
        else:
            kind = part.headers.get("Content-Type", BINARY)
            name = part.filename or "file"
            files.append(File(name, kind, bytes(await part.read())))
    return Received(data, tuple(files))


def exact_json(body: Any, status: int = 200) -> web.Response:
    """JSON as the library wants it: a charset in the header would keep it from reading it."""
    answer = web.Response(body=json.dumps(body).encode(), status=status)
    answer.headers["Content-Type"] = "application/json"
    answer.headers["Via"] = "1.1 google"
    return answer


def no_content() -> web.Response:
    """It was done, and there is nothing to say."""
    return web.Response(status=204, headers={"Via": "1.1 google"})


def rate_limited(seconds: float) -> web.Response:
    """Too many requests; without `Via` the library would take it for a ban and give up."""
    said = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    answer = exact_json(said, 429)
    answer.headers["Retry-After"] = "1"
    answer.headers["X-RateLimit-Scope"] = "user"
    return answer
