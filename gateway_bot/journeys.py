"""Places and expeditions: asked for, and found by what a player typed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import grpc
import structlog
from discord import app_commands

from gateway_bot import pages
from gateway_bot.catalogue import Catalogue
from gateway_bot.clients import Clients
from gateway_bot.lists import owned
from gateway_bot.refusals import Hint
from gateway_bot.views import words
from gateway_bot.views.affinities import SERIES
from gateway_bot.views.collection import Filter
from gateway_bot.views.expedition import label
from gateway_bot.views.party import CANDIDATES, Candidate, Candidates, Plan
from gateway_bot.views.places import key_of, plain_facts
from geminya.collection.v1.catalog_pb2 import BatchGetSeriesRequest
from geminya.collection.v1.equipment_pb2 import Equipment, ListEquipmentRequest
from geminya.expeditions.v1 import atlas_pb2 as atlas
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1.planner_pb2 import ListSuitedRequest

log = structlog.get_logger()

Choice = app_commands.Choice[str]
CHOICE_LETTERS = 100
WORDS_LETTERS = 64
"""The longest id of a place; longer names are cut before they are looked for."""
STRONGEST_FIRST = "sort:-power"
SORTED = "sort:"
MOST_SERIES = 100
"""Whose names are asked for at once."""
LARGEST_ID = 2**31 - 1


# Places.


async def rotation(clients: Clients) -> atlas.GetRotationResponse:
    """What is open this week."""
    return await clients.atlas.GetRotation(atlas.GetRotationRequest())


async def open_place(clients: Clients, key: str) -> atlas.Template:
    """The place that a button stands for, while it is open."""
    for place in (await rotation(clients)).templates:
        if key_of(place.template_id) == key:
            return place
    raise Hint("place_closed")


async def place_id(clients: Clients, typed: str) -> str:
    """The place that was meant: its id, or the best match for a name, open ones first."""
    wish = _short(typed)
    if found := _named(wish, (await rotation(clients)).templates):
        return found
    request = atlas.ListTemplatesRequest(words=wish)
    if found := _named(wish, (await clients.atlas.ListTemplates(request)).templates):
        return found
    try:
        asked = atlas.GetTemplateRequest(template_id=wish)
        return (await clients.atlas.GetTemplate(asked)).template.template_id
    except grpc.aio.AioRpcError as error:
        if error.code() not in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
            raise
        raise Hint("no_place", words=words.plain(wish)) from error


def _named(wish: str, places: Sequence[atlas.Template]) -> str:
    folded = wish.casefold()
    exact = [one for one in places if folded in (one.template_id, one.name.casefold())]
    alike = [one for one in places if folded and folded in one.name.casefold()]
    return next((one.template_id for one in (*exact, *alike)), "")


async def series_names(clients: Clients, affinities: Iterable[atlas.Affinity]) -> Mapping[str, str]:
    """The names of the series among them; what cannot be asked for now is left out."""
    values = dict.fromkeys(one.value for one in affinities if one.category == SERIES)
    numbers = [int(value) for value in values if _is_series_id(value)][:MOST_SERIES]
    if not numbers:
        return {}
    try:
        found = await clients.catalog.BatchGetSeries(BatchGetSeriesRequest(series_ids=numbers))
    except grpc.aio.AioRpcError as error:
        log.info("series.nameless", count=len(numbers), why=error.code().name)
        return {}
    return {str(one.series_id): one.name for one in found.series}


def _is_series_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and int(value) <= LARGEST_ID


async def place_choices(clients: Clients, typed: str, *, is_open: bool) -> list[Choice]:
    """Places by name; for a start only those that are open."""
    request = atlas.ListTemplatesRequest(words=_short(typed), open_only=is_open)
    found = (await clients.atlas.ListTemplates(request)).templates
    return [
        app_commands.Choice(
            name=words.cut(f"{one.name} · {plain_facts(one)}", CHOICE_LETTERS),
            value=one.template_id,
        )
        for one in found
    ]


# Who could go, with what.


async def suited(
    clients: Clients, catalogue: Catalogue, user_id: int, template_id: str, plan: Plan
) -> Candidates:
    """A page of the player's waifus who are at home, whoever suits the place first."""
    request = ListSuitedRequest(user_id=user_id, template_id=template_id)
    found = (await clients.planner.ListSuited(request)).suited
    first = plan.page * CANDIDATES
    shown = found[first : first + CANDIDATES]
    known = await catalogue.waifus([one.member.waifu_id for one in shown])
    rows = [Candidate.suited(one, known.get(one.member.waifu_id)) for one in shown]
    return Candidates(rows, len(found) > first + CANDIDATES)


async def candidates(clients: Clients, user_id: int, plan: Plan) -> Candidates:
    """A page of the player's waifus who are at home, the strongest first."""
    query = plan.query if SORTED in plan.query else f"{plan.query} {STRONGEST_FIRST}".strip()
    chosen = Filter(query=query)
    found, running = await asyncio.gather(
        owned(clients, user_id, chosen, plan.page, CANDIDATES), under_way(clients, user_id)
    )
    away = {one.waifu_id for expedition in running for one in expedition.travellers}
    free = [row for row in found.rows if row.waifu.waifu_id not in away]
    return Candidates([Candidate.strong(row) for row in free], found.has_more)


async def free_pieces(clients: Clients, user_id: int) -> list[Equipment]:
    """The player's equipment that is on the shelf."""
    request = ListEquipmentRequest(user_id=user_id)
    shelf = await clients.equipment.ListEquipment(request)
    return [piece for piece in shelf.equipment if not piece.is_away]


# Expeditions.


async def journeys(clients: Clients, user_id: int) -> list[pb.Expedition]:
    """Those on their way, then the last ones that are over."""
    request = pb.ListExpeditionsRequest(user_id=user_id)
    found = await clients.expeditions.ListExpeditions(request)
    return [*found.running, *found.past]


async def under_way(clients: Clients, user_id: int) -> Sequence[pb.Expedition]:
    """The player's expeditions that are not over, by when they can be completed."""
    request = pb.ListExpeditionsRequest(user_id=user_id, page_size=1)
    running = (await clients.expeditions.ListExpeditions(request)).running
    return sorted(running, key=lambda one: one.ready_time.ToNanoseconds())


async def journey(clients: Clients, user_id: int, typed: str) -> pb.Expedition:
    """The expedition that was meant: by its id, its number while it runs, or where it led."""
    wish, found = words.typed(typed).casefold(), await journeys(clients, user_id)
    number = wish.removeprefix(words.typed("№").casefold()).strip()
    running = {str(one.slot_no): one for one in reversed(found) if not one.HasField("end_time")}
    exact = [one for one in found if wish in (one.expedition_id, one.name.casefold())]
    alike = [one for one in found if wish and wish in one.name.casefold()]
    numbered = [running[number]] if number in running else []
    for one in (*exact, *numbered, *alike):
        return one
    raise Hint("no_journey")


async def journey_by_id(clients: Clients, user_id: int, expedition_id: str) -> pb.Expedition:
    """An expedition as it is now."""
    request = pb.GetExpeditionRequest(user_id=user_id, expedition_id=expedition_id)
    return (await clients.expeditions.GetExpedition(request)).expedition


async def journey_choices(
    clients: Clients, discord_id: int, typed: str, *, is_running: bool
) -> list[Choice]:
    """The player's expeditions by name."""
    player = await clients.players.glance(discord_id)
    every = under_way if is_running else journeys
    wish = words.typed(typed).casefold()
    return [
        app_commands.Choice(name=words.cut(label(one), CHOICE_LETTERS), value=one.expedition_id)
        for one in await every(clients, player.user_id)
        if wish in label(one).casefold()
    ]


async def log_page(
    clients: Clients, user_id: int, expedition_id: str, page: int, size: int
) -> pages.Window[pb.ExpeditionLog]:
    """A page of a log."""

    async def fetch(step: int, token: str) -> tuple[Sequence[pb.ExpeditionLog], str]:
        request = pb.ListExpeditionLogsRequest(
            user_id=user_id, expedition_id=expedition_id, page_size=step, page_token=token
        )
        found = await clients.expeditions.ListExpeditionLogs(request)
        return found.logs, found.next_page_token

    return await pages.window(fetch, page, size)


def _short(typed: str) -> str:
    return words.typed(typed)[:WORDS_LETTERS].strip()
