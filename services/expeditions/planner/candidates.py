"""Who could go, asked of the collection."""

from collections.abc import Sequence

import grpc

from chassis.operations.refusals import KeptRejection
from chassis.rejection import Rejection
from chassis.rpc.channel import Channel
from chassis.rpc.status import refusal_of
from geminya.collection.v1 import roster_pb2 as pb
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub

PAGE = 1000
MOST_PAGES = 5
"""Whoever has more waifus than fit on these is advised of the first of them."""


class Candidates:
    """Reads the waifus of a player as a start would freeze them."""

    def __init__(self, collection: Channel) -> None:
        self._roster = RosterServiceStub(collection)

    async def these(
        self, user_id: int, waifu_ids: Sequence[int], equipment_id: str
    ) -> pb.ListCandidatesResponse:
        """Those of a party whom the player has."""
        request = pb.ListCandidatesRequest(
            user_id=user_id, waifu_ids=waifu_ids, equipment_id=equipment_id
        )
        return await self._page(request)

    async def everybody(self, user_id: int, equipment_id: str) -> list[pb.ListCandidatesResponse]:
        """All pages of a player's waifus."""
        request = pb.ListCandidatesRequest(
            user_id=user_id, equipment_id=equipment_id, page_size=PAGE
        )
        pages: list[pb.ListCandidatesResponse] = []
        while len(pages) < MOST_PAGES:
            pages.append(await self._page(request))
            request.page_token = pages[-1].next_page_token
            if not request.page_token:
                break
        return pages

    async def _page(self, request: pb.ListCandidatesRequest) -> pb.ListCandidatesResponse:
        try:
            return await self._roster.ListCandidates(request)
        except grpc.aio.AioRpcError as error:
            raise handed_on(error) or error from error


def handed_on(error: grpc.aio.AioRpcError) -> Rejection | None:
    """A refusal of another service, for who asked this one; none when it was no refusal."""
    refused = refusal_of(error)
    if refused is None:
        return None
    return KeptRejection(
        *(refused.domain, refused.reason, error.code().name, error.details() or ""),
        **refused.metadata,
    )
