"""A backup made while players play comes back whole (suite T15), and a damaged one touches nothing."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from typer.testing import CliRunner

from chassis.embedded import Embedded
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES, read_settings
from console import beside, invariants
from console.addresses import with_database
from console.checks import Wish, look
from console.dumps import program, put_back
from console.main import app
from console.manifest import FACTS, SUMS, fingerprint, sum_of
from console.migrate import pending
from console.trouble import Trouble
from geminya.expeditions.v1 import expedition_pb2
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from geminya.users.v1 import account_pb2
from tests.integration.economy.shelves import STAR, a_buy
from tests.support.calls import an_op, insist, until
from tests.support.console import ROOT, Said
from tests.support.faults import Faults, broken
from tests.support.game import Game, a_summon
from tests.support.house import SECRET_KEY, House
from tests.support.pg import OLDEST, Clone, Clones, Cluster, an_oldest_cluster, in_thread

PLAYERS = range(1, 7)
WHO = 123456789012345678
BUSY_S = 120.0
"""The crowd has the machine for itself; whoever wants something beside it waits."""


def environment_of(owners: Mapping[str, str], **more: str) -> dict[str, str]:
    """What an operator of this house has set."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GEMINYA_")}
    own = {f"GEMINYA_{name.upper()}_OWNER_DATABASE_URL": url for name, url in owners.items()}
    return kept | own | {"PYTHONPATH": str(ROOT), "GEMINYA_SECRET_KEY": SECRET_KEY} | more


async def geminya(folder: Path, environment: Mapping[str, str], *words: str) -> Said:
    """Runs `geminya …` to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console.main", *words),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    return Said(process.returncode or 0, out.decode(), err.decode())


class Holding(Faults):
    """A network in which nothing is handed over while the gate is shut."""

    is_shut = False

    async def send(self, method: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if self.is_shut and method.endswith("Grant"):
            raise broken(grpc.StatusCode.UNAVAILABLE, "nobody is there")
        return await call()


class Life(NamedTuple):
    """A player between two resets."""

    player: int
    epoch: int


@dataclass
class Crowd:
    """Players who play until they are told to stop."""

    game: Game
    summoned: dict[str, Life] = field(default_factory=dict[str, Life])
    """Summons of which a player was shown the result, by op id."""
    _is_over: bool = False

    async def plays(self, player: int) -> None:
        """Summons, shops, and begins anew now and then."""
        # The stubs of a contract are made for either kind of channel.
        game: Any = self.game
        epoch = 1
        [place, *_] = (await game.atlas.GetRotation(GetRotationRequest())).templates
        while not self._is_over:
            summon = a_summon(player, count=1)
            summon.op.epoch = epoch
            if answer := await _asks(game.summon(summon)):
                self.summoned[summon.op.op_id] = Life(player, epoch)
                start = expedition_pb2.StartExpeditionRequest(
                    op=an_op(player, epoch=epoch),
                    template_id=place.template_id,
                    waifu_ids=[answer.pulls[0].waifu_id],
                )
                await _asks(game.expeditions.StartExpedition(start, timeout=8))
            await _asks(game.shop.Buy(a_buy(player, STAR, epoch=epoch), timeout=8))
            daily = account_pb2.ClaimDailyRequest(op=an_op(player, epoch=epoch))
            await _asks(game.users.account.ClaimDaily(daily))
            if player == PLAYERS[0] and len(self.summoned) > 10 * epoch:
                reset = account_pb2.ResetAccountRequest(op=an_op(player, epoch=epoch))
                if begun := await _asks(game.users.account.ResetAccount(reset)):
                    epoch = begun.epoch

    def is_well_begun(self) -> bool:
        """Whether somebody who never begins anew was shown a summon as well."""
        steady = [life for life in self.summoned.values() if life.player != PLAYERS[0]]
        return len(self.summoned) >= 8 and len(steady) >= 2

    def ends(self) -> None:
        """Nobody begins anything any more."""
        self._is_over = True


async def _asks(wish: Awaitable[Any]) -> Any:
    """The answer; none where the wish is refused or nobody answers."""
    try:
        return await wish
    except grpc.aio.AioRpcError:
        return None


HOUSES = ["apart"] if os.environ.get("SIZE", "small") == "small" else ["apart", "together"]
"""Of several databases, which is the harder one; the standard size takes a house of one as well."""


@pytest.fixture(params=HOUSES)
async def place(request: pytest.FixtureRequest, cluster: Clones) -> AsyncIterator[Clone]:
    """The databases of a house: one for all services, or several."""
    if request.param == "together" or not isinstance(cluster, Cluster):
        async with cluster.clone() as clone:
            yield clone
        return
    async with cluster.database() as one, cluster.database() as other:
        yield Clone(dict.fromkeys(SERVICES, one) | {"users": other}, cluster.passwords)


@contextlib.asynccontextmanager
async def a_played_game(place: Clone, journal: Path) -> AsyncIterator[Game]:
    async with House(place, SERVICES, erasure_journal=journal) as house:
        house.faults = Holding()
        game = Game(house)
        await game.stock()
        for player in PLAYERS:
            await game.users.has(player, crystals=1_000_000, discord_id=WHO + player)
        yield game


async def erase(game: Game, player: int) -> None:
    account: Any = game.users.account
    request = account_pb2.EraseAccountRequest(op=an_op(player))
    await insist(lambda: account.EraseAccount(request, timeout=8), limit_s=BUSY_S)


@pytest.mark.timeout(600)
async def test_a_backup_under_load_comes_back_whole(place: Clone, tmp_path: Path) -> None:
    journal = tmp_path / "erasures.jsonl"
    environment = environment_of(place.owners, GEMINYA_ERASURE_JOURNAL=str(journal))
    early, late = PLAYERS[-2:]
    async with a_played_game(place, journal) as game:
        crowd, first = Crowd(game), a_summon(late)
        play = [asyncio.create_task(crowd.plays(player)) for player in PLAYERS[:-2]]
        await insist(lambda: game.summon(first), limit_s=BUSY_S)
        await erase(game, early)
        await until(lambda: asyncio.sleep(0, crowd.is_well_begun()), limit_s=BUSY_S)
        game.house.faults.is_shut = True  # type: ignore[attr-defined]
        shown = dict(crowd.summoned)

        backup = await geminya(tmp_path, environment, "backup", "--out", "backups")
        assert backup.code == 0, backup.err
        await erase(game, late)
        game.house.faults.is_shut = False  # type: ignore[attr-defined]
        crowd.ends()
        await asyncio.gather(*play)
    folder = backup.out.splitlines()[0]

    with Embedded(tmp_path / "new", durable=False) as server:
        restored = await geminya(tmp_path, environment, "restore", folder, "--to", server.url)
        # The time it took and what is lost, for whoever reads along with `-s`.
        sys.stdout.write(backup.out + restored.out)
        assert restored.code == 0, restored.err
        async with admin_connection(server.url) as admin:
            await same_as_promised(admin, shown)
            assert await state_of(admin, early) == await state_of(admin, late) == ("closed", None)
            assert (
                await admin.value(
                    "SELECT count(*) FROM collection.user_waifus WHERE user_id = $1", late
                )
                == 0
            )
            assert "was erased after the backup" in await admin.value(
                "SELECT reason FROM users.audit WHERE user_id = $1 AND action = 'erase'", late
            )
        findings = await invariants.check(server.url)
        assert [finding for finding in findings if finding.violations] == []

        again = await geminya(tmp_path, environment, "restore", folder, "--to", server.url)
        assert (again.code, "is not empty" in again.err) == (2, True)

    assert re.search(r"operations +[1-9]\d* were under way, 0 still are", restored.out)
    assert "1 of 1 were in the backup and are gone again" in restored.out
    assert "is lost" in restored.out
    assert ("changes waited" in backup.out) == (len({*place.owners.values()}) > 1)


async def same_as_promised(admin: Admin, shown: Mapping[str, Life]) -> None:
    """Whatever a player was shown before the backup is still so (I11)."""
    rows = await admin.all_rows("SELECT op_id, user_id FROM economy.summons")
    people = await admin.all_rows("SELECT id, epoch FROM users.users")
    alive = {Life(row["id"], row["epoch"]) for row in people}
    # A life that has begun anew keeps no summons; every other one keeps each of them.
    kept = {(op, life.player) for op, life in shown.items() if life in alive}
    assert any(player != PLAYERS[0] for _, player in kept)
    assert kept <= {(row["op_id"], row["user_id"]) for row in rows}


async def test_newer_programs_put_back_what_they_took_from_the_oldest_server(
    oldest: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They set what such a server does not know; whatever else goes wrong is not forgiven."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEMINYA_SECRET_KEY", SECRET_KEY)
    settings = read_settings()
    async with oldest.clone() as place:
        backup = await geminya(tmp_path, environment_of(place.owners), "backup", "--out", "kept")
        assert backup.code == 0, backup.err
    made = tmp_path / backup.out.splitlines()[0]
    again = with_database(oldest.template, "again")
    wish = Wish(made, "", (), True, frozenset(), "somebody")
    plan = await look(settings, wish, dict.fromkeys(SERVICES, again))

    async with beside.building(plan) as site:
        await beside.fill(settings, plan)
        tool = program("pg_restore", settings, plan.beside["users"], plan.manifest.program)
        # Everything is there already.
        with pytest.raises(Trouble, match=r"pg_restore failed: .*already exists"):
            await put_back(tool, made / "users", 15, lambda table: None)
        await site.hand_over()
    assert await pending(again) == []


@pytest.fixture(scope="module")
def oldest() -> Iterator[Cluster]:
    if not (OLDEST / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDEST}")
    with an_oldest_cluster() as cluster:
        yield cluster


async def state_of(admin: Admin, player: int) -> tuple[str, int | None]:
    [row] = await admin.all_rows("SELECT state, discord_id FROM users.users WHERE id = $1", player)
    return row["state"], row["discord_id"]


# What is refused, and touches nothing.


@dataclass(frozen=True)
class Kept:
    """A backup, and where it could be restored to."""

    folder: Path
    to: str


@pytest.fixture(scope="module")
def kept(cluster: Clones, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    owners: list[str] = []

    async def make() -> None:
        async with cluster.clone() as clone:
            owners.append(clone.owners["users"])
            said = await geminya(folder, environment_of(clone.owners), "backup", "--out", "backups")
            assert said.code == 0, said.err

    in_thread(make())
    [made] = (folder / "backups").glob("geminya-*")
    return Kept(made, with_database(owners[0], "never_there"))


@pytest.fixture
def backup(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """A copy to break; whatever comes of it, no database is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEMINYA_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("GEMINYA_ERASURE_JOURNAL", str(tmp_path / "erasures.jsonl"))
    (tmp_path / "erasures.jsonl").touch()
    yield Kept(shutil.copytree(kept.folder, tmp_path / "backups" / kept.folder.name), kept.to)
    assert databases(kept.to) == []


def databases(to: str) -> list[str]:
    found: list[str] = []

    async def look() -> None:
        async with admin_connection(with_database(to, "postgres")) as admin:
            rows = await admin.all_rows("SELECT datname FROM pg_database WHERE datname ~ 'never'")
            found.extend(row["datname"] for row in rows)

    in_thread(look())
    return found


def refusal(backup: Kept, *words: str) -> str:
    """The sentence with which a restore is refused."""
    said = CliRunner().invoke(app, ["restore", str(backup.folder), "--to", backup.to, *words])
    assert isinstance(said.exception, Trouble), said.output
    return str(said.exception)


def rewrite(backup: Kept, **facts: Any) -> None:
    """Other facts, with sums that agree."""
    file = backup.folder / FACTS
    before = sum_of(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))
    sums = backup.folder / SUMS
    sums.write_text(sums.read_text().replace(before, sum_of(file)))


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def a_file(backup: Kept) -> Path:
    return sorted((backup.folder / "users").glob("*.dat.gz"))[0]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGES: dict[str, tuple[Callable[[Kept], object], str]] = {
    "a flipped byte": (lambda b: flip_a_byte(a_file(b)), "was changed"),
    "a flipped byte in the facts": (lambda b: flip_a_byte(b.folder / FACTS), FACTS),
    "a missing file": (lambda b: a_file(b).unlink(), "is missing"),
    "one file too many": (lambda b: (b.folder / "users" / "more").touch(), "does not belong"),
    "a cut manifest": (lambda b: cut(b.folder / FACTS), f"{FACTS} is damaged"),
    "cut sums": (lambda b: cut(b.folder / SUMS), "damaged"),
    "no sums": (lambda b: (b.folder / SUMS).unlink(), "is no whole backup"),
    "another format": (lambda b: rewrite(b, format=9), "format 9"),
    "a newer version": (
        lambda b: rewrite(b, migrations={name: ["9999"] for name in SERVICES}),
        "comes from another version: users has seen migration 9999",
    ),
    "a newer PostgreSQL": (
        lambda b: rewrite(b, versions=dict.fromkeys(SERVICES, 99)),
        "comes from PostgreSQL 99",
    ),
    "another key": (lambda b: rewrite(b, key=fingerprint(b"other")), "another GEMINYA_SECRET_KEY"),
    "old age": (lambda b: rewrite(b, taken_at="2026-01-01T00:00:00+00:00"), "days old"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_restore_refuses(damage: str, backup: Kept) -> None:
    break_it, sentence = DAMAGES[damage]
    break_it(backup)

    assert sentence in refusal(backup)


def test_a_restore_wants_a_journal_of_who_was_erased(
    backup: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_ERASURE_JOURNAL", str(tmp_path / "lost.jsonl"))

    assert "nobody says who was erased" in refusal(backup)


def test_verify_says_what_is_wrong(backup: Kept) -> None:
    words = ["backup", "verify", str(backup.folder)]
    well = CliRunner().invoke(app, words)
    flip_a_byte(a_file(backup))
    ill = CliRunner().invoke(app, words)

    assert (well.exit_code, ill.exit_code) == (0, 1)
    assert well.output.startswith("ok ")
    assert f"wrong users/{a_file(backup).name} was changed" in ill.output
