"""Whatever a player does is one trace, and whatever goes wrong is one sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import discord
import grpc
import pytest
from discord import app_commands
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import attributes, telemetry
from gateway_bot.bans import Bans
from gateway_bot.clients import StillUnderWay
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint, excuse_for
from gateway_bot.text import say
from gateway_bot.tree import PRIVATE, GeminyaTree
from geminya.users.v1.account_pb2 import Ban
from tests.unit.bot.builders import NOW, OWNER, STRANGER, an_offers, asked_at, at, refused, trouble

Deferral = discord.InteractionResponseType
KINDS = discord.InteractionType
PRESS = asked_at(NOW, 1)


class Response:
    def __init__(self) -> None:
        self.type: Any = None
        self.sent: list[tuple[str, bool]] = []
        self.completed: list[Any] = []

    def is_done(self) -> bool:
        return self.type is not None

    async def send_message(self, text: str, *, view: Any, ephemeral: bool) -> None:
        self.sent.append((text, ephemeral))

    async def autocomplete(self, choices: Any) -> None:
        self.completed.append(choices)


class Interaction:
    """What the tree touches of an interaction."""

    def __init__(self, presser: int = OWNER, kind: Any = KINDS.component) -> None:
        self.id, self.type, self.command = PRESS.interaction_id, kind, None
        self.data: dict[str, Any] = {"component_type": 2}
        self.user = SimpleNamespace(id=presser)
        self.extras: dict[str, Any] = {}
        self.response = Response()
        self.followup = SimpleNamespace(send=self._follow)
        self.told: list[tuple[str, bool, Any]] = []
        self.withdrawn = 0
        self.forgotten: list[int] = []
        players = SimpleNamespace(forget=self.forgotten.append)
        self.client = SimpleNamespace(clients=SimpleNamespace(players=players))

    async def _follow(self, text: str, *, view: Any, ephemeral: bool) -> None:
        self.told.append((text, ephemeral, view))

    async def delete_original_response(self) -> None:
        self.withdrawn += 1


Press = Callable[[Any, Offer], Awaitable[None]]


def a_tree(press: Press | None = None, now: float = NOW, bans: Bans | None = None) -> GeminyaTree:
    client = SimpleNamespace(
        http=None, _connection=SimpleNamespace(_command_tree=None), application_id=1
    )
    tree = GeminyaTree(client)
    tree.offers = an_offers(now)
    tree.bans = bans or Bans(SimpleNamespace())  # type: ignore[arg-type]
    if press:
        tree.on_press("sum", press)
    return tree


async def defer(interaction: Any, _: Offer) -> None:
    interaction.response.type = Deferral.deferred_channel_message


async def pressed(press: Press, *, by: int = OWNER, custom_id: str = "") -> Interaction:
    interaction = Interaction(by)
    custom_id = custom_id or an_offers().sign(OWNER, asked_at(), "sum", "10~standard")
    await a_tree(press).press(interaction, custom_id)  # type: ignore[arg-type]
    return interaction


async def test_a_press_reaches_its_action_with_its_offer() -> None:
    seen: list[Offer] = []

    async def press(_: Any, offer: Offer) -> None:
        seen.append(offer)

    await pressed(press)
    assert (seen[0].action, seen[0].data) == ("sum", "10~standard")


async def test_a_foreign_button_is_a_private_note() -> None:
    interaction = await pressed(defer, by=STRANGER)
    assert interaction.response.sent == [(say("hints.foreign"), True)]


async def test_a_stale_button_is_a_private_note() -> None:
    interaction = Interaction()
    custom_id = an_offers().sign(OWNER, asked_at(), "sum", life_s=5)
    await a_tree(defer, NOW + 10).press(interaction, custom_id)  # type: ignore[arg-type]
    assert interaction.response.sent == [(say("hints.stale"), True)]


async def test_an_action_that_is_gone_is_no_crash() -> None:
    interaction = await pressed(defer, custom_id=an_offers().sign(OWNER, asked_at(), "old"))
    assert interaction.response.sent == [(say("hints.stale"), True)]


async def test_a_refusal_takes_the_place_of_a_public_wait_privately() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        await defer(interaction, offer)
        raise refused("BANNER_CLOSED", "economy.geminya", banner_id="x", name="The Fair")

    interaction = await pressed(press)
    text, ephemeral, _ = interaction.told[0]
    assert "The Fair" in text
    assert ephemeral
    assert interaction.withdrawn == 1


async def test_a_private_wait_is_not_withdrawn() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        await defer(interaction, offer)
        interaction.extras[PRIVATE] = True
        raise refused("BANNER_CLOSED", "economy.geminya", banner_id="x", name="The Fair")

    assert (await pressed(press)).withdrawn == 0


async def test_a_refused_button_comes_with_a_fresh_one() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        await defer(interaction, offer)
        raise refused("INSUFFICIENT_FUNDS", price="100", balance="1", currency="quartzs")

    old = an_offers().sign(OWNER, asked_at(), "sum", "10~standard")
    _, _, view = (await pressed(press, custom_id=old)).told[0]
    offers = an_offers()
    fresh = offers.open(OWNER, view.children[0].custom_id)
    assert fresh.data == "10~standard"
    assert fresh.nonce != offers.open(OWNER, old).nonce


@pytest.mark.parametrize("data", [{"component_type": 3}, {"components": []}])
async def test_a_refused_menu_or_form_is_used_again_by_itself(data: dict[str, Any]) -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        interaction.data = data
        await defer(interaction, offer)
        raise refused("INSUFFICIENT_FUNDS", price="100", balance="1", currency="quartzs")

    _, _, view = (await pressed(press)).told[0]
    assert view is discord.utils.MISSING


class Gate(Bans):
    """Bans with one who is out for good, and one who may come back."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(), now=lambda: NOW)  # type: ignore[arg-type]
        self._by_id = {
            OWNER: Ban(discord_id=OWNER, reason="spam", end_time=at(NOW + 60)),
            STRANGER: Ban(discord_id=STRANGER, reason="spam"),
        }


async def test_who_is_banned_presses_for_nothing() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        raise AssertionError

    interaction = Interaction()
    custom_id = an_offers().sign(OWNER, asked_at(), "sum")
    await a_tree(press, bans=Gate()).press(interaction, custom_id)  # type: ignore[arg-type]
    ((text, ephemeral),) = interaction.response.sent
    assert "spam" in text
    assert f"<t:{NOW + 60}:R>" in text
    assert ephemeral


async def test_who_is_banned_commands_for_nothing() -> None:
    interaction = Interaction(STRANGER, KINDS.application_command)
    assert not await a_tree(bans=Gate()).interaction_check(interaction)  # type: ignore[arg-type]
    ((text, ephemeral),) = interaction.response.sent
    assert say("trouble.no_end") in text
    assert ephemeral


async def test_who_is_banned_is_told_no_names_while_typing() -> None:
    interaction = Interaction(STRANGER, KINDS.autocomplete)
    assert not await a_tree(bans=Gate()).interaction_check(interaction)  # type: ignore[arg-type]
    assert interaction.response.completed == [[]]
    assert interaction.response.sent == []


async def test_everybody_else_comes_in() -> None:
    interaction = Interaction(333, KINDS.application_command)
    assert await a_tree(bans=Gate()).interaction_check(interaction)  # type: ignore[arg-type]


async def test_a_closed_life_is_forgotten() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        raise refused("USER_GONE", "common.geminya")

    assert (await pressed(press)).forgotten == [OWNER]


async def test_an_interaction_that_somebody_else_answered_is_left_alone() -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        answer: Any = SimpleNamespace(status=400, reason="Bad Request")
        raise discord.HTTPException(answer, {"code": 40060, "message": "acknowledged"})

    interaction = await pressed(press)
    assert interaction.told == interaction.response.sent == []


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (trouble(), "trouble.service"),
        (trouble(grpc.StatusCode.RESOURCE_EXHAUSTED), "trouble.service"),
        (trouble(grpc.StatusCode.INVALID_ARGUMENT), "trouble.bad_request"),
        (StillUnderWay(), "trouble.under_way"),
        (app_commands.CommandNotFound("x", []), "hints.stale_command"),
    ],
)
def test_every_kind_of_trouble_has_its_sentence(error: Exception, key: str) -> None:
    excuse = excuse_for(error)
    assert excuse is not None
    assert excuse.sentence == say(key)


@pytest.mark.parametrize("error", [trouble(grpc.StatusCode.INTERNAL), KeyError("x")])
def test_a_bug_is_named_and_nothing_of_it_leaves_the_house(error: Exception) -> None:
    excuse = excuse_for(error)
    assert excuse is not None
    assert len(excuse.error_id) == 8
    assert excuse.error_id in excuse.sentence
    assert "gone" not in excuse.sentence


def test_the_error_inside_the_librarys_own_is_the_one_that_counts() -> None:
    async def callback(interaction: discord.Interaction) -> None: ...

    command: Any = app_commands.Command(name="x", description="x", callback=callback)
    excuse = excuse_for(app_commands.CommandInvokeError(command, Hint("no_waifu", words="Nobody")))
    assert excuse is not None
    assert "Nobody" in excuse.sentence


@pytest.fixture
def spans() -> Any:
    exporter = InMemorySpanExporter()
    provider = telemetry.provider_of("gateway_bot", SimpleSpanProcessor(exporter))
    telemetry.use(provider)
    yield exporter
    telemetry.use(None)
    provider.shutdown()


async def test_every_interaction_is_a_trace_of_its_own(spans: InMemorySpanExporter) -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        with telemetry.span("inside"):
            await asyncio.sleep(0)

    await asyncio.gather(asyncio.create_task(pressed(press)), asyncio.create_task(pressed(press)))
    await asyncio.sleep(0)

    made = spans.get_finished_spans()
    roots = [span for span in made if span.parent is None]
    assert [span.name for span in roots] == ["press sum", "press sum"]
    assert len({span.context.trace_id for span in roots if span.context}) == 2
    assert all(
        (span.attributes or {})[attributes.INTERACTION_ID] == str(PRESS.interaction_id)
        for span in roots
    )
    inside = [span for span in made if span.name == "inside"]
    assert {span.parent.span_id for span in inside if span.parent} == {
        span.context.span_id for span in roots if span.context
    }


async def test_a_root_says_why_the_wish_was_refused(spans: InMemorySpanExporter) -> None:
    async def press(interaction: Any, offer: Offer) -> None:
        raise refused("BANNER_CLOSED", "economy.geminya")

    await asyncio.create_task(pressed(press))
    await asyncio.sleep(0)

    (root,) = spans.get_finished_spans()
    assert (root.attributes or {})[attributes.REFUSAL_REASON] == "BANNER_CLOSED"
