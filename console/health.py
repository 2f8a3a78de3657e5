"""Asking a process whether it serves."""

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.rpc.channel import dial
from chassis.settings import Settings
from console.certs import certificates_for
from console.house import BOT

CALLER = "admin"
ASK_S = 1.0
HANDSHAKE = "handshake"
"""The library's word for who is there but is not believed, or does not believe."""
_LOOK_EVERY_S = 0.1
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Ask = Callable[[], Awaitable[str]]
"""Gives what is wrong, or an empty text when all is well."""


def address_of(settings: Settings, name: str) -> str:
    """Where a service or the bot is asked."""
    if name == BOT:
        return f"{settings.host}:{settings.bot_health_port}"
    return settings.address_of(name)


async def service_trouble(settings: Settings, name: str) -> str:
    """What keeps a process with a gRPC health service from serving; empty when nothing does."""
    address, certificates = address_of(settings, name), certificates_for(settings)
    async with dial(
        address, caller=CALLER, default_timeout_s=ASK_S, server=name, certificates=certificates
    ) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest())
        except grpc.aio.AioRpcError as error:
            if HANDSHAKE in (error.details() or "").lower():
                return f"{address} and this certificate do not know each other"
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                return f"nobody answers at {address}"
            return f"{address} answers {error.code().name}: {error.details()}"
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return ""
    return f"{address} says {health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)}"


async def playground_trouble(url: str) -> str:
    """What is wrong with the playground; it needs a bot that is connected."""
    try:
        answer = await asyncio.to_thread(_get_json, f"{url}/healthz")
    except (OSError, ValueError):
        return f"nobody answers at {url}"
    return "" if answer.get("bots", 0) >= 1 else "no bot is connected"


async def wait_until_well(ask: Ask) -> None:
    """Asks until nothing is wrong."""
    while await ask():  # noqa: ASYNC110 - another process cannot set an event of ours
        await asyncio.sleep(_LOOK_EVERY_S)


def _get_json(url: str) -> dict[str, Any]:
    with _DIRECT.open(url, timeout=ASK_S) as answer:
        return json.load(answer)
