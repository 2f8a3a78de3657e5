"""The root span of every interaction, and the one place where an error becomes an answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands
from opentelemetry import context as otel_context
from opentelemetry import trace

from chassis import attributes, telemetry
from chassis.metrics import exemplar
from gateway_bot.bans import Banned, Bans
from gateway_bot.buttons import offer_button
from gateway_bot.delivery import ACKNOWLEDGED, insist
from gateway_bot.measures import FaceMeasures
from gateway_bot.offers import Occasion, Offer, Offers, StaleOffer
from gateway_bot.refusals import Excuse, excuse_for, unwrapped
from gateway_bot.text import say
from gateway_bot.under_way import UnderWay

log = structlog.get_logger()

Interaction = discord.Interaction[Any]
Press = Callable[[Interaction, Offer], Awaitable[None]]
BUTTON = discord.ComponentType.button.value

PRIVATE = "private"
"""Key in `interaction.extras`: the answer is for the player's eyes only."""

TOLD = "told"
"""Key in `interaction.extras`: how the player was told to wait, also when the library knows nothing of it."""

OFFER = "offer"
"""Key in `interaction.extras`: the offer behind the pressed button."""


class GeminyaTree(app_commands.CommandTree[Any]):
    """Commands, presses and forms alike begin and end here."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.offers: Offers
        self.bans: Bans
        self.measures = FaceMeasures()
        self.under_way = UnderWay()
        self._presses: dict[str, Press] = {}

    def on_press(self, action: str, press: Press) -> None:
        """Says who acts on the buttons, menus and forms of an action."""
        assert action not in self._presses, action
        self._presses[action] = press

    async def interaction_check(self, interaction: Interaction) -> bool:
        """Every command, and every letter of an option that completes itself, passes here first."""
        self.under_way.enter()
        is_typing = interaction.type is discord.InteractionType.autocomplete
        if not is_typing:
            name = interaction.command.qualified_name if interaction.command else "?"
            self._begin(interaction, f"/{name}")
        try:
            self.admit(interaction)
        except Banned as banned:
            await (
                _complete_nothing(interaction) if is_typing else self.on_error(interaction, banned)
            )
            return False
        return True

    def admit(self, interaction: Interaction) -> None:
        """The one place that keeps out who is banned, before anything is asked or answered."""
        self.bans.refuse(interaction.user.id)

    def _begin(self, interaction: Interaction, name: str) -> None:
        """Everything of a wish is traced and timed until its task ends."""
        open_root_span(interaction, name)
        wish, trace = self.measures.begin(interaction, name), exemplar()
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(lambda _: self.measures.end(wish, trace))

    async def press(self, interaction: Interaction, custom_id: str) -> None:
        """Every pressed button, every choice in a menu and every form passes here first."""
        self.under_way.enter()
        action = custom_id.split(".")[1]
        known = action if action in self._presses else "?"
        self._begin(interaction, f"press {known}")
        try:
            self.admit(interaction)
            offer = self.offers.open(interaction.user.id, custom_id)
            if offer.action not in self._presses:
                raise StaleOffer(custom_id)
            interaction.extras[OFFER] = offer
            await self._presses[offer.action](interaction, offer)
        except Exception as error:
            await self.on_error(interaction, error)

    async def on_error(self, interaction: Interaction, error: BaseException) -> None:
        """Whatever stopped a wish, the player reads one sentence."""
        excuse = excuse_for(error)
        if excuse is None:
            self.measures.failed("elsewhere")
            log.info("interaction.answered_elsewhere", interaction_id=interaction.id)
            return
        self.measures.failed(excuse.outcome)
        _record(interaction, excuse, unwrapped(error))
        if excuse.reason in ("USER_GONE", "USER_NOT_FOUND"):
            interaction.client.clients.players.forget(interaction.user.id)
        try:
            await _tell(interaction, excuse.sentence, self._renewed(interaction, excuse))
        except (discord.HTTPException, aiohttp.ClientError, OSError, RuntimeError) as failed:
            # Discord refused, is away, or the bot is just being stopped: nobody is left to tell.
            log.warning("answer.lost", interaction_id=interaction.id, why=repr(failed))

    def _renewed(self, interaction: Interaction, excuse: Excuse) -> discord.ui.View | None:
        """A fresh button after a refusal: the old one would only be refused again, for ever."""
        offer: Offer | None = interaction.extras.get(OFFER)
        if offer is None or not excuse.reason or not _is_button(interaction):
            return None
        occasion = Occasion(interaction.id)
        custom_id = self.offers.sign(interaction.user.id, occasion, offer.action, offer.data)
        view = discord.ui.View(timeout=None)
        return view.add_item(offer_button(custom_id, say("trouble.again")))


def open_root_span(interaction: Interaction, name: str) -> None:
    """Begins the trace of an interaction; it ends with the task that carries the interaction out.

    The library gives every interaction a task of its own, so there is nobody to hand the context
    back to, and the span may simply stay the current one.
    """
    provider = telemetry.current_provider()
    task = asyncio.current_task()
    if provider is None or task is None:
        return
    facts = {attributes.INTERACTION_ID: str(interaction.id), attributes.COMMAND: name}
    span = provider.get_tracer("geminya").start_span(
        name, context=otel_context.Context(), attributes=facts
    )
    otel_context.attach(trace.set_span_in_context(span, otel_context.Context()))
    task.add_done_callback(lambda _: span.end())


def _is_button(interaction: Interaction) -> bool:
    """A menu and a form carry more than their custom id says; a button does not."""
    data: Any = interaction.data or {}
    return data.get("component_type") == BUTTON


async def _complete_nothing(interaction: Interaction) -> None:
    with contextlib.suppress(discord.HTTPException):
        await interaction.response.autocomplete([])


def _record(interaction: Interaction, excuse: Excuse, error: BaseException) -> None:
    facts: dict[str, Any] = {"interaction_id": interaction.id}
    span = trace.get_current_span()
    if excuse.error_id:
        span.set_attribute(attributes.ERROR_ID, excuse.error_id)
        span.set_status(trace.StatusCode.ERROR)
        log.error("interaction.broken", error_id=excuse.error_id, exc_info=error, **facts)
    else:
        span.set_attribute(attributes.REFUSAL_REASON, excuse.reason or type(error).__name__)
        log.info("interaction.refused", reason=excuse.reason or type(error).__name__, **facts)


async def _tell(interaction: Interaction, sentence: str, button: discord.ui.View | None) -> None:
    """A private note, whatever was said before."""
    answer, view = interaction.response, button or discord.utils.MISSING
    told = answer.type or interaction.extras.get(TOLD)
    if told is None:
        await insist(
            lambda: answer.send_message(sentence, view=view, ephemeral=True), done=ACKNOWLEDGED
        )
        return
    thinking = told is discord.InteractionResponseType.deferred_channel_message
    if thinking and not interaction.extras.get(PRIVATE):
        # The first follow-up would take the place of the public "thinking", and be public like it.
        with contextlib.suppress(discord.NotFound):  # It went the first time, unheard.
            await insist(interaction.delete_original_response)
    await insist(lambda: interaction.followup.send(sentence, view=view, ephemeral=True))
