"""A bot without Discord and without services: cogs that act on scripts, and what they showed."""

from types import SimpleNamespace
from typing import Any

import discord
import grpc

from gateway_bot.catalogue import Catalogue
from gateway_bot.clients import Clients, Patience
from gateway_bot.offers import Desk, Occasion, Offer
from gateway_bot.pictures import NO_PICTURES
from geminya.users.v1.account_pb2 import EnterResponse, Settings
from tests.unit.bot.builders import NOW, OWNER, an_offers, asked_at, shown

QUICK = Patience(
    first_pause_s=0.001, longest_pause_s=0.001, repeat_for_s=0, ask_every_s=0.001, ask_for_s=0.05
)
SERVICES = ("users", "collection", "expeditions", "economy")


class Script:
    """A stub method that answers by a list; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.requests: list[Any] = []

    async def __call__(self, request: Any, **_: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Stage:
    """What a cog touches of the bot."""

    def __init__(self, epoch: int = 1, **settings: bool) -> None:
        channels = {name: grpc.aio.insecure_channel("localhost:1") for name in SERVICES}
        self.clients = Clients(channels, QUICK)
        self.catalogue = Catalogue(self.clients.catalog)
        self.offers = an_offers()
        self.presses: dict[str, Any] = {}
        self.drawn_for: list[Any] = []
        self.entered = self.script(
            "account",
            "Enter",
            EnterResponse(
                user_id=7, epoch=epoch, academy_name="Moon Hall", settings=Settings(**settings)
            ),
        )

    def script(self, service: str, method: str, *answers: Any) -> Script:
        """Lets a method of a service answer so."""
        made = Script(*answers)
        setattr(getattr(self.clients, service), method, made)
        return made

    def on_press(self, action: str, press: Any) -> None:
        """As the bot's own."""
        self.presses[action] = press

    def desk(self, interaction: Any) -> Desk:
        """As the bot's own."""
        return Desk(self.offers, interaction.user.id, Occasion(interaction.id))

    def pictures_for(self, player: Any) -> Any:
        """Nothing is drawn, but it is noted for whom."""
        self.drawn_for.append(player)
        return NO_PICTURES

    async def press(self, custom_id: str, interaction: "Act") -> "Act":
        """A pressed button, a used menu or a form that was sent off."""
        offer = self.offers.open(OWNER, custom_id)
        await self.presses[offer.action](interaction, offer)
        return interaction

    def opened(self, custom_id: str) -> Offer:
        """What a button stands for."""
        return self.offers.open(OWNER, custom_id)


class Act:
    """One interaction of the player, and what was shown to them."""

    def __init__(self, number: int = 0, data: dict[str, Any] | None = None) -> None:
        self.id = asked_at(NOW, number).interaction_id
        self.user = SimpleNamespace(id=OWNER)
        self.data = data
        self.extras: dict[str, Any] = {}
        self.response = self
        self.deferred: list[bool] = []
        self.forms: list[discord.ui.Modal] = []
        self.views: list[discord.ui.LayoutView] = []
        self.files: list[discord.File] = []

    async def defer(self, *, thinking: bool = False, ephemeral: bool = False) -> None:
        """A sign of life."""
        self.deferred.append(ephemeral)

    async def send_modal(self, form: discord.ui.Modal) -> None:
        """A form instead of an answer."""
        self.forms.append(form)

    async def edit_original_response(self, *, view: Any, attachments: Any) -> None:
        """The answer."""
        self.views.append(view)
        self.files.extend(attachments)

    @property
    def view(self) -> discord.ui.LayoutView:
        """The last answer."""
        return self.views[-1]

    @property
    def text(self) -> str:
        """All that there is to read in it."""
        return shown(self.view)


def written(**values: str) -> dict[str, Any]:
    """A form as it is sent off."""
    parts = [
        {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
        for name, value in values.items()
    ]
    return {"components": parts}
