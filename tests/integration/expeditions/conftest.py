"""The expeditions service alone, its methods called as those who may."""

import pytest

from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from tests.integration.expeditions.builders import Expeditions
from tests.integration.expeditions.journeys import Journeys
from tests.support.house import Houses


@pytest.fixture
async def expeditions(houses: Houses) -> Expeditions:
    """The service with an empty atlas."""
    house = await houses("expeditions")
    return Expeditions(house, house.stub(AtlasServiceStub, "expeditions", None))


@pytest.fixture
async def journeys(houses: Houses) -> Journeys:
    """All services, places that are open, and two players with waifus."""
    journeys = Journeys.of(await houses())
    await journeys.prepare()
    return journeys
