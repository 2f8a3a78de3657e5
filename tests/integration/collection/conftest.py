"""The collection service alone, its methods called as those who may."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from geminya.collection.v1 import catalog_pb2, catalog_pb2_grpc, roster_pb2, roster_pb2_grpc
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.callers_pb2 import Caller, callers
from tests.integration.collection.armory import Armory
from tests.integration.collection.bonds import Bonds
from tests.integration.collection.builders import (
    Collection,
    a_grant,
    import_rows,
    some_waifus,
)
from tests.integration.collection.camp import Camp
from tests.support.house import House, Houses


@pytest.fixture
async def collection(houses: Houses) -> Collection:
    """The collection service alone, with an empty catalogue."""
    house = await houses("collection")
    catalog = catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"]
    roster = roster_pb2.DESCRIPTOR.services_by_name["RosterService"]
    return Collection(
        house,
        catalog=as_allowed(house, catalog_pb2_grpc.CatalogServiceStub, catalog),
        roster=as_allowed(house, roster_pb2_grpc.RosterServiceStub, roster),
    )


@pytest.fixture
async def armory(collection: Collection) -> Armory:
    """A catalogue of three waifus, and nobody has a piece yet."""
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))
    return Armory(collection, collection.house.stub(EquipmentServiceStub, "collection", None))


@pytest.fixture
async def bonds(houses: Houses) -> Bonds:
    """Player 7 owns waifus 1 to 6 and has 1 000 quartz; player 8 owns waifus 3 and 9, and is rich."""
    bonds = Bonds.of(await houses("users", "collection"))
    await import_rows(bonds.collection.catalog, waifus=some_waifus(*[1, 2, 3] * 4))
    await bonds.put()
    await bonds.users.has(7, quartzs=1000)
    await bonds.users.has(8, quartzs=100_000)
    await bonds.collection.roster.Grant(a_grant(1, 2, 3, 4, 5, 6))
    await bonds.collection.roster.Grant(a_grant(3, 9, player=8))
    return bonds


@pytest.fixture
async def camp(bonds: Bonds) -> Camp:
    """The players of `bonds`, seen by expeditions."""
    house = bonds.house
    armory = Armory(
        Collection(house, catalog=bonds.collection.catalog, roster=bonds.collection.roster),
        house.stub(EquipmentServiceStub, "collection", None),
    )
    return Camp(bonds, armory, house.stub(RosterServiceStub, "collection", "expeditions"))


def as_allowed(house: House, kind: Callable[..., Any], service: Any) -> SimpleNamespace:
    """A stub that calls each method as the first caller its contract names."""
    methods: dict[str, Any] = {}
    for method in service.methods:
        first = method.GetOptions().Extensions[callers][0]
        caller = Caller.Name(first).removeprefix("CALLER_").lower()
        methods[method.name] = getattr(house.stub(kind, "collection", caller), method.name)
    return SimpleNamespace(**methods)
