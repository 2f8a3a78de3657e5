"""What the catalogue's waifus have, as far as it concerns expeditions."""

import grpc

from geminya.collection.v1 import catalog_pb2 as pb
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from geminya.expeditions.v1 import atlas_pb2

PAGE = 100
"""What one call gives of waifus and of series."""


async def read_catalogue(channel: grpc.aio.Channel) -> atlas_pb2.Catalogue | None:
    """Series, archetypes, elements and genres of whoever there is; none while nobody is there."""
    stub = CatalogServiceStub(channel)
    pool = await stub.ListPool(pb.ListPoolRequest())
    if not pool.entries:
        return None
    archetypes: set[str] = set()
    elementals: set[str] = set()
    for start in range(0, len(pool.entries), PAGE):
        ids = [entry.waifu_id for entry in pool.entries[start : start + PAGE]]
        answer = await stub.BatchGetWaifus(pb.BatchGetWaifusRequest(waifu_ids=ids))
        archetypes.update(waifu.archetype for waifu in answer.waifus if waifu.archetype)
        elementals.update(element for waifu in answer.waifus for element in waifu.elemental_type)
    return atlas_pb2.Catalogue(
        series_ids=sorted({entry.series_id for entry in pool.entries}),
        archetypes=sorted(archetypes),
        elementals=sorted(elementals),
        genres=sorted(await read_genres(channel)),
    )


async def read_genres(channel: grpc.aio.Channel) -> set[str]:
    """The genres of every series that has waifus."""
    stub = CatalogServiceStub(channel)
    genres: set[str] = set()
    request = pb.ListSeriesRequest(page_size=PAGE)
    while True:
        answer = await stub.ListSeries(request)
        genres.update(genre for one in answer.series if one.waifu_count for genre in one.genres)
        if not answer.next_page_token:
            return genres
        request.page_token = answer.next_page_token
