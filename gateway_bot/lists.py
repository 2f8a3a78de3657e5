"""Pages of waifus: those that somebody owns, and those of the catalogue."""

from collections.abc import Sequence

from gateway_bot import pages
from gateway_bot.clients import Clients
from gateway_bot.queries import reading
from gateway_bot.views.collection import Filter, Page
from geminya.collection.v1.roster_pb2 import (
    ListAlbumRequest,
    ListAlbumResponse,
    ListOwnedWaifusRequest,
    ListOwnedWaifusResponse,
    RosterEntry,
)

MISSING = "owned:no"
"""What a query says of those who are not there yet."""


async def owned(clients: Clients, user_id: int, chosen: Filter, page: int, size: int) -> Page:
    """A page of what a player owns."""
    last = ListOwnedWaifusResponse()

    async def fetch(step: int, token: str) -> tuple[Sequence[RosterEntry], str]:
        nonlocal last
        request = ListOwnedWaifusRequest(
            user_id=user_id,
            query=chosen.query,
            series_id=chosen.series_id,
            page_size=step,
            page_token=token,
        )
        last = await clients.roster.ListOwnedWaifus(request)
        return last.entries, last.next_page_token

    with reading(chosen.query):
        shown = await pages.window(fetch, page, size)
    return Page(shown.rows, shown.has_more, last.total_count)


async def album(
    clients: Clients, user_id: int, chosen: Filter, page: int, size: int, also: str = ""
) -> Page:
    """A page of the catalogue with what a player has of it; `also` is put behind the query."""
    last = ListAlbumResponse()

    async def fetch(step: int, token: str) -> tuple[Sequence[RosterEntry], str]:
        nonlocal last
        request = ListAlbumRequest(
            user_id=user_id,
            query=f"{chosen.query} {also}".strip(),
            series_id=chosen.series_id,
            page_size=step,
            page_token=token,
        )
        last = await clients.roster.ListAlbum(request)
        return last.entries, last.next_page_token

    with reading(chosen.query):
        shown = await pages.window(fetch, page, size)
    return Page(shown.rows, shown.has_more, last.total_count, last.owned_count)
