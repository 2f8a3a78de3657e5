"""The bot as a process: `python -m gateway_bot`."""

import asyncio
import contextlib
import platform
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import Route

from chassis import logs, telemetry
from chassis.rpc.certificates import Certificates, certificates_of
from chassis.rpc.health import Health
from chassis.settings import Settings, SettingsError, read_settings
from gateway_bot.bot import GeminyaBot, point_at, token_of
from gateway_bot.clients import CALLER, Clients
from gateway_bot.measures import FaceMeasures
from gateway_bot.offers import Offers
from gateway_bot.pictures import Pictures
from gateway_bot.render.renderer import Renderer
from gateway_bot.shares import Fleet
from gateway_bot.turns import Turns

log = structlog.get_logger()

NAME = "gateway_bot"
WRONG_SETTING = 2
KNOCK_S = 0.5
FAR_KNOCK_S = 5.0
FINISH_S, DEV_FINISH_S = 20.0, 0.8
"""How long what players asked for may take before the end; whatever takes longer goes on in the services."""
END_S = 1.5
"""All there is for a clean end."""


def main() -> int:
    """Serves until it is told to stop; gives the exit code."""
    logs.start(NAME)
    try:
        settings = read_settings()
        offers, token = Offers(settings.require_secret_key()), token_of(settings)
        fleet = Fleet.of(settings, f"{platform.node()}:{settings.bot_health_port}")
        telemetry.start(NAME, settings)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings, offers, token, fleet))
    except SettingsError as wrong:
        log.error("bot.cannot_start", why=str(wrong))
        return WRONG_SETTING
    except discord.LoginFailure:
        log.error("bot.cannot_start", why="Discord does not know the GEMINYA_DISCORD_TOKEN")
        return WRONG_SETTING
    finally:
        telemetry.stop()
    return 0


async def serve(settings: Settings, offers: Offers, token: str, fleet: Fleet) -> None:
    """The whole life of the bot."""
    if settings.discord_url:
        point_at(settings.discord_url)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    renderer, measures = Renderer(), FaceMeasures()
    logs.count_alarms(measures.meter.alarm)
    measures.meter.look_at_workers({"renderer": renderer.workers})
    measures.meter.serve(settings)
    certificates = certificates_of(settings, CALLER)
    clients = Clients.dial(settings, certificates)
    health = Health(NAME)
    await answer_for_health(health, settings, certificates)
    await renderer.start()
    bot = GeminyaBot(
        clients=clients,
        offers=offers,
        pictures=Pictures(renderer),
        health=health,
        box=settings.discord_url,
        measures=measures,
        fleet=fleet,
        # The box lets everybody begin at once.
        turns=None if settings.discord_url else Turns(clients.duties),
    )
    async with bot:
        try:
            await _until(stop, _start(bot, token, settings.discord_url))
        finally:
            await bot.leave()
            await bot.quiet(finish_s(settings))
            await _end(health, bot, renderer, clients)
    log.info("bot.stopped")


async def answer_for_health(
    health: Health, settings: Settings, certificates: Certificates | None
) -> None:
    """Says that players are not answered yet, to whoever proves a name, and to probes."""
    await health.serving(False)
    own, probes = settings.bot_health_port, settings.health_port
    shown = certificates.to_serve() if certificates else None
    await health.listen(f"{settings.host}:{own}", "GEMINYA_BOT_HEALTH_PORT", shown)
    if probes:
        await health.listen(f"{settings.host}:{probes}", "GEMINYA_HEALTH_PORT")


def finish_s(settings: Settings) -> float:
    """How long a bot that is told to end stays with what was begun."""
    if settings.drain_s is not None:
        return settings.drain_s
    return DEV_FINISH_S if settings.env == "dev" else FINISH_S


async def _end(health: Health, bot: GeminyaBot, renderer: Renderer, clients: Clients) -> None:
    """Lets go of everything, and of patience before the starter loses its own."""
    try:
        async with asyncio.timeout(END_S):
            for part in (health, bot, renderer, clients):
                await part.close()
    except TimeoutError:
        log.warning("bot.end_was_cut_short")


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Runs until it is told to stop, or the work ends by itself with an error."""
    running = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        running.result()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _start(bot: GeminyaBot, token: str, box: str) -> None:
    """Connects as soon as Discord, or the box beside us, is there; a network that is away is waited for."""
    address = box or f"{Route.BASE}/gateway"
    while not await is_there(address):
        log.warning("bot.waits_for_discord", url=address)
        await asyncio.sleep(KNOCK_S if box else FAR_KNOCK_S)
    await bot.start(token)


async def is_there(url: str) -> bool:
    """Whether anybody answers at an address, with whatever."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url):
            return True
    except (aiohttp.ClientConnectionError, TimeoutError):
        return False


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


if __name__ == "__main__":
    sys.exit(main())
