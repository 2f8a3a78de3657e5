"""The collection service alone, its methods called as those who may."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from geminya.collection.v1 import catalog_pb2, catalog_pb2_grpc, roster_pb2, roster_pb2_grpc
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.common.v1.callers_pb2 import Caller, callers
from tests.integration.collection.armory import Armory
from tests.integration.collection.builders import Collection, import_rows, some_waifus
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


def as_allowed(house: House, kind: Callable[..., Any], service: Any) -> SimpleNamespace:
    """A stub that calls each method as the first caller its contract names."""
    methods: dict[str, Any] = {}
    for method in service.methods:
        first = method.GetOptions().Extensions[callers][0]
        caller = Caller.Name(first).removeprefix("CALLER_").lower()
        methods[method.name] = getattr(house.stub(kind, "collection", caller), method.name)
    return SimpleNamespace(**methods)
