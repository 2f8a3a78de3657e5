"""The bot as Discord sees it: its commands, its token, its manners."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import grpc
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr

from chassis.rpc.certificates import Certificates, certificates_of
from chassis.rpc.channel import dial
from chassis.rpc.health import Health
from chassis.settings import Settings, SettingsError
from gateway_bot.__main__ import answer_for_health
from gateway_bot.bot import GeminyaBot, point_at, token_of
from gateway_bot.clients import Clients
from gateway_bot.cogs import COGS
from gateway_bot.offers import Offers
from gateway_bot.pictures import Pictures
from gateway_bot.players import Player
from gateway_bot.render.renderer import RenderFailed
from playground.limits import command_problems
from tests.support.calls import fails_with
from tests.support.house import GivenSettings, Port
from tests.unit.bot.builders import a_desk

COMMANDS = {
    "academy status",
    "academy daily",
    "code redeem",
    "missions list",
    "missions claim",
    "missions claim_all",
    "shop browse",
    "shop buy",
    "shop history",
    "inventory list",
    "inventory use",
    "academy rename",
    "academy history",
    "academy receipt",
    "academy top",
    "academy settings",
    "academy inbox",
    "academy reset",
    "academy erase",
    "academy export",
    "banner list",
    "banner info",
    "banner odds",
    "banner pool",
    "banner history",
    "summon one",
    "summon ten",
    "summon super",
    "summon verify",
    "summon seed",
    "collection list",
    "collection search",
    "collection album",
    "collection missing",
    "series info",
    "series list",
    "waifu profile",
    "waifu awaken",
    "waifu favorite",
    "waifu talk",
    "waifu gift",
    "waifu nickname",
    "waifu room",
    "waifu memories",
    "equipment list",
    "equipment detail",
    "equipment unlock",
    "equipment clear",
    "equipment discard",
    "equipment favorite",
    "expedition list",
    "expedition detail",
    "expedition start",
    "expedition plan",
    "expedition odds",
    "expedition status",
    "expedition complete",
    "expedition complete_all",
    "expedition cancel",
    "expedition repeat",
    "expedition log",
    "now",
    "help",
}


class Pen:
    """A renderer that never has a picture in time."""

    async def summon_sheet(self, *_: Any) -> bytes:
        raise RenderFailed("late")


@pytest.fixture
async def bot() -> Any:
    names = ("users", "collection", "expeditions", "economy")
    clients = Clients({name: grpc.aio.insecure_channel("localhost:1") for name in names})
    made = GeminyaBot(
        clients=clients,
        offers=Offers(b"0123456789abcdef"),
        pictures=Pictures(Pen()),  # type: ignore[arg-type]
        health=Health("127.0.0.1:0"),
    )
    async with made:
        for cog in COGS:
            await made.add_cog(cog(made))
        yield made
    await clients.close()


def leaves(commands: list[dict[str, Any]], above: str = "") -> Iterator[dict[str, Any]]:
    for command in commands:
        name = f"{above} {command['name']}".strip()
        below = [option for option in command.get("options", []) if option["type"] in (1, 2)]
        if below:
            yield from leaves(below, name)
        else:
            yield command | {"name": name}


def payload(bot: GeminyaBot) -> list[dict[str, Any]]:
    return [command.to_dict(bot.tree) for command in bot.tree.get_commands()]


async def test_the_commands_are_these_and_no_others(bot: GeminyaBot) -> None:
    assert {leaf["name"] for leaf in leaves(payload(bot))} == COMMANDS


async def test_discord_takes_every_command(bot: GeminyaBot) -> None:
    assert [*command_problems(payload(bot))] == []


async def test_banners_waifus_and_series_complete_while_typing(bot: GeminyaBot) -> None:
    options = [
        (option["name"], option.get("autocomplete", False))
        for leaf in leaves(payload(bot))
        for option in leaf.get("options", [])
    ]
    completed = {name for name, is_completed in options if is_completed}
    assert completed == {"banner", "waifu", "series", "query", "gift", "piece", "consume"} | {
        "place",
        "mission",
        "expedition",
        "category",
        "item",
        "summon",
        *("first", "second", "third", "equipment"),
    }
    assert all(is_completed for name, is_completed in options if name in completed)


async def test_info_and_odds_ask_for_a_banner_and_the_others_do_without(bot: GeminyaBot) -> None:
    required = {
        leaf["name"]: option["required"]
        for leaf in leaves(payload(bot))
        for option in leaf.get("options", [])
        if option["name"] == "banner"
    }
    assert required == {
        "summon one": False,
        "summon ten": False,
        "summon super": False,
        "banner pool": False,
        "banner history": False,
        "banner info": True,
        "banner odds": True,
    }


async def test_the_bot_asks_for_guilds_only_and_mentions_nobody(bot: GeminyaBot) -> None:
    assert [name for name, is_on in bot.intents if is_on] == ["guilds"]
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == {"parse": []}


async def test_a_picture_that_is_late_is_left_out(bot: GeminyaBot) -> None:
    assert await bot.pictures.summon_sheet([], "title", "alt") is None


async def test_who_prefers_words_gets_no_picture(bot: GeminyaBot) -> None:
    player = Player(7, 1, "Moon Hall", is_new=False, prefers_text=True)
    assert await bot.pictures_for(player).summon_sheet([], "title", "alt") is None
    assert bot.pictures_for(replace(player, prefers_text=False)) is bot.pictures


async def test_a_form_finds_its_way_without_the_library(bot: GeminyaBot) -> None:
    pressed: list[str] = []

    async def press(_: Any, custom_id: str) -> None:
        pressed.append(custom_id)

    bot.tree.press = press  # type: ignore[attr-defined, method-assign]
    signed = a_desk().sign("close", "reset~7~1")
    kinds = discord.InteractionType
    for kind, custom_id in (
        (kinds.modal_submit, signed),
        (kinds.modal_submit, "somebody else's"),
        (kinds.component, signed),
    ):
        interaction: Any = SimpleNamespace(type=kind, data={"custom_id": custom_id})
        await bot.on_interaction(interaction)
    assert pressed == [signed]


async def test_it_is_serving_only_while_it_is_connected(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/health.sock"
    health = Health("gateway_bot")
    await health.listen(address, "GEMINYA_BOT_HEALTH_PORT")
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        told = []
        for is_serving in (False, True, False):
            await health.serving(is_serving)
            told.append((await stub.Check(health_pb2.HealthCheckRequest())).status)
    await health.close()
    states = health_pb2.HealthCheckResponse
    assert told == [states.NOT_SERVING, states.SERVING, states.NOT_SERVING]


async def test_probes_ask_in_plain_text_and_the_operator_with_a_certificate(certs: Path) -> None:
    ports, health = (Port(), Port()), Health("gateway_bot")
    own, probes = (port.number for port in ports)
    settings = GivenSettings(
        bot_health_port=own, health_port=probes, tls_dir=certs / "bot", data_dir=certs.parent
    )
    await answer_for_health(health, settings, certificates_of(settings, "bot"))
    await health.serving(True)

    async def asked(port: int, **proof: Any) -> Any:
        async with dial(f"127.0.0.1:{port}", caller="admin", **proof) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            return (await stub.Check(health_pb2.HealthCheckRequest())).status

    by_operator = Certificates(certs / "admin", "admin")
    told = [await asked(probes), await asked(own, server="bot", certificates=by_operator)]
    with fails_with(grpc.StatusCode.UNAVAILABLE):
        await asked(own)

    await health.close()
    for port in ports:
        port.close()
    assert told == [health_pb2.HealthCheckResponse.SERVING] * 2


def test_the_box_is_talked_to_as_discord_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    point_at("http://127.0.0.1:8600/")
    assert Route.BASE == "http://127.0.0.1:8600/api/v10"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://127.0.0.1:8600/gateway"


def test_the_token_is_the_operators_or_the_boxs() -> None:
    token = SecretStr("real")
    assert token_of(Settings(discord_url="", discord_token=token)) == "real"
    assert token_of(Settings(discord_url="http://127.0.0.1:8600")) == "playground"
    with pytest.raises(SettingsError, match="GEMINYA_DISCORD_TOKEN"):
        token_of(Settings(discord_url="", discord_token=None))


async def test_a_bot_with_few_sessions_left_waits(
    bot: GeminyaBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [5, 99, 100]
    slept: list[float] = []

    async def gateway() -> Any:
        return 1, "", {"remaining": left.pop(0), "max_concurrency": 1}

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(bot, "http", SimpleNamespace(get_bot_gateway=gateway, close=bot.http.close))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await bot.before_identify_hook(0, initial=True)
    assert slept == [5.0, 10.0]
