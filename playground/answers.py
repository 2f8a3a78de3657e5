"""The bot's answers to interactions: the callback, follow-ups, edits and deletions."""

from aiohttp import web

from playground import messages, refusal
from playground.feed import Feed
from playground.interaction import Interaction, Told
from playground.limits import EPHEMERAL, LOADING, choice_problems, modal_problems
from playground.limits.form import among
from playground.messages import Draft
from playground.refusal import refuse_any
from playground.traces import trace_id_of
from playground.wire import exact_json, no_content, receive
from playground.world import Json, Message, World


class Answers:
    """The endpoints whose path carries the token of an interaction."""

    def __init__(self, world: World, feed: Feed) -> None:
        self.world = world
        self.feed = feed

    def routes(self) -> list[web.RouteDef]:
        """Every route about interactions."""
        return [
            web.post("/interactions/{interaction}/{token}/callback", self.callback),
            web.post("/webhooks/{app}/{token}", self.follow_up),
            web.get("/webhooks/{app}/{token}/messages/{message}", self.get),
            web.patch("/webhooks/{app}/{token}/messages/{message}", self.edit),
            web.delete("/webhooks/{app}/{token}/messages/{message}", self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        """The first answer."""
        received = await receive(request)
        # From here on nothing waits, so that of two callbacks only one is the first.
        interaction = self._unacknowledged(request)
        told = _told(interaction, received.data)
        draft = Draft(received.data.get("data") or {}, received.files, under=("data",))
        self._carry_out(interaction, told, draft)
        interaction.acknowledge(told, draft.data)
        self.feed.tell("messages")
        if request.query.get("with_response") not in ("1", "true"):
            return no_content()
        return exact_json(_acknowledged(interaction))

    def _carry_out(self, interaction: Interaction, told: Told, draft: Draft) -> None:
        match told:
            case Told.MESSAGE:
                interaction.original = messages.answer(self.world, draft, interaction)
                interaction.answer(interaction.original)
            case Told.UPDATE:
                interaction.original = self._pressed(interaction)
                messages.edit(self.world, interaction.original, draft)
                interaction.answer(interaction.original)
            case Told.DEFERRED_MESSAGE:
                interaction.original = messages.placeholder(self.world, draft.data, interaction)
            case Told.DEFERRED_UPDATE:
                interaction.original = self._pressed(interaction)
            case Told.CHOICES:
                refuse_any(choice_problems(draft.data.get("choices") or ()), draft.under)
            case Told.MODAL:
                refuse_any(modal_problems(draft.data), draft.under)
                self.world.modals[interaction.user.id, draft.data["custom_id"]] = interaction

    async def follow_up(self, request: web.Request) -> web.Response:
        """One more message; the first one after a deferral takes the place of the "thinking …"."""
        interaction = self._acknowledged(request)
        received = await receive(request)
        draft = Draft(received.data, received.files)
        message = interaction.original
        if message is not None and message.body["flags"] & LOADING:
            messages.edit(self.world, message, draft)
        else:
            message = messages.answer(self.world, draft, interaction)
        self._shown(interaction, message)
        return exact_json(message.body)

    async def get(self, request: web.Request) -> web.Response:
        """An answer as it is now."""
        return exact_json(self._named(request, self._acknowledged(request)).body)

    async def edit(self, request: web.Request) -> web.Response:
        """An answer changes; a deferral gets what it stood for."""
        interaction = self._acknowledged(request)
        message = self._named(request, interaction)
        received = await receive(request)
        messages.edit(self.world, message, Draft(received.data, received.files))
        self._shown(interaction, message)
        return exact_json(message.body)

    async def delete(self, request: web.Request) -> web.Response:
        """An answer goes."""
        interaction = self._acknowledged(request)
        message = self._named(request, interaction)
        interaction.withdraw(message)
        self.world.forget(message.id)
        self.feed.tell("messages")
        return no_content()

    def _shown(self, interaction: Interaction, message: Message) -> None:
        interaction.answer(message)
        self.feed.tell("messages")

    def _pressed(self, interaction: Interaction) -> Message:
        return self._known(interaction.payload["message"]["id"])

    def _known(self, message_id: str) -> Message:
        if message_id not in self.world.messages:
            raise refusal.unknown_message()
        return self.world.messages[message_id]

    def _named(self, request: web.Request, interaction: Interaction) -> Message:
        name = request.match_info["message"]
        if name != "@original":
            return self._known(name)
        if interaction.original is None:
            raise refusal.unknown_message()
        return self._known(interaction.original.id)

    def _unacknowledged(self, request: web.Request) -> Interaction:
        interaction = self._traced(request)
        if interaction is None or interaction.id != request.match_info["interaction"]:
            raise refusal.unknown_interaction()
        if interaction.told is not None:
            raise refusal.already_acknowledged()
        if interaction.age_s > interaction.patience.acknowledge_s:
            raise refusal.unknown_interaction()
        return interaction

    def _acknowledged(self, request: web.Request) -> Interaction:
        interaction = self._traced(request)
        if interaction is None or interaction.told is None:
            raise refusal.unknown_webhook()
        if interaction.age_s > interaction.patience.token_s:
            raise refusal.token_expired()
        return interaction

    def _traced(self, request: web.Request) -> Interaction | None:
        """The interaction of a request, which may name the trace it belongs to."""
        interaction = self.world.interaction(request.match_info["token"])
        trace_id = trace_id_of(request.headers.get("traceparent"))
        if interaction is not None and trace_id is not None:
            interaction.trace_id = trace_id
        return interaction


def _told(interaction: Interaction, said: Json) -> Told:
    """How the callback answers, when that kind of answer fits the interaction."""
    refuse_any(among(("type",), said.get("type"), sorted(interaction.possible_answers)))
    return Told(said["type"])


def _acknowledged(interaction: Interaction) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.asked.value}
    about |= {"guild_id": interaction.guild_id, "channel_id": interaction.channel_id}
    original, told = interaction.original, interaction.told
    if original is None or told is None:
        return {"interaction": about}
    about["response_message_id"] = original.id
    about["response_message_loading"] = bool(original.body["flags"] & LOADING)
    about["response_message_ephemeral"] = bool(original.body["flags"] & EPHEMERAL)
    # Discord's description knows the resource for these two kinds only.
    if told not in (Told.MESSAGE, Told.UPDATE):
        return {"interaction": about}
    return {"interaction": about, "resource": {"type": told.value, "message": original.body}}
