"""Fixtures for everybody: a database of one's own, and the house on top of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from console.certs import make
from tests.support.game import Game
from tests.support.house import CollectionHouse, House, Houses, UsersHouse
from tests.support.pg import Clone, Clones, Cluster, a_cluster, a_durable_cluster

# A busy machine is no failure; the 60 s of every test are the limit.
hypothesis.settings.register_profile("geminya", deadline=None)
hypothesis.settings.load_profile("geminya")


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[structlog.typing.EventDict]]:
    """What the test's processes log, instead of printing it."""
    with structlog.testing.capture_logs() as captured:
        yield captured  # type: ignore[misc]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Clones]:
    """The PostgreSQL of this pytest worker, or its four."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL that flushes what it commits, for counting the flushes."""
    with a_durable_cluster() as cluster:
        yield cluster


@pytest.fixture
async def clone(cluster: Clones) -> AsyncIterator[Clone]:
    """A migrated database for this test alone."""
    async with cluster.clone() as clone:
        yield clone


@pytest.fixture
async def durable_clone(durable_cluster: Cluster) -> AsyncIterator[Clone]:
    """A migrated database that flushes what it commits."""
    async with durable_cluster.clone() as clone:
        yield clone


@pytest.fixture
async def houses(clone: Clone) -> AsyncIterator[Houses]:
    """Makes houses on this test's database: `await houses("users", "economy", clock=…)`."""
    async with Houses(clone) as houses:
        yield houses


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `geminya certs` made; whoever changes something there makes one of their own."""
    folder = tmp_path_factory.mktemp("house") / "certs"
    make(folder)
    return folder


@pytest.fixture
async def house(houses: Houses) -> House:
    """Every service that there is, in one process, without background work."""
    return await houses()


@pytest.fixture
async def users(houses: Houses) -> UsersHouse:
    """The users service alone."""
    return UsersHouse(await houses("users"))


@pytest.fixture
async def collection(houses: Houses) -> CollectionHouse:
    """The collection service alone."""
    return CollectionHouse(await houses("collection"))


@pytest.fixture
async def game(houses: Houses) -> Game:
    """Every service, with the project's own content imported."""
    game = Game(await houses())
    await game.stock()
    return game
