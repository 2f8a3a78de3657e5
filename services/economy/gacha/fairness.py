"""Fair dice: seeds are promised by their hash, told when their time is over, and every roll can be done again."""

import structlog

from chassis.background import again_and_again
from chassis.clock import Clock, statement_time
from chassis.operations.gate import lock_gate
from chassis.operations.operation import Parked
from chassis.operations.refusals import UserGone
from chassis.postgres import Database, Tx
from chassis.text import has_letters
from chassis.wire import time_out
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.errors import SeedWordNotAllowed, SummonNotFound
from services.economy.gacha import proofs, seed_store
from services.economy.gacha.seed_store import OldSeed, RollRow, SeedRow, TicketRow
from services.economy.gacha.seeds import SealBroken, Seals

log = structlog.get_logger()

SHOWN_SEEDS = 20
OLD_DAYS = 90
"""So long a seed is in use at most (docs/game.md)."""
BATCH = 200
ROTATE_S = 600.0


class Fairness:
    """Tells and changes seeds, and proves rolls."""

    def __init__(self, seals: Seals, clock: Clock) -> None:
        self._seals = seals
        self._clock = clock

    async def seeds(self, tx: Tx, user_id: int) -> pb.GetFairnessResponse:
        """The seed in use, and those that are over."""
        rows = await seed_store.list_seeds(tx, user_id, SHOWN_SEEDS + 1)
        past = [seed_out(row) for row in rows if row.revealed_at is not None]
        current = next((row for row in rows if row.revealed_at is None), None)
        if current is None:
            return pb.GetFairnessResponse(past=past[:SHOWN_SEEDS])
        return pb.GetFairnessResponse(
            current=seed_out(current),
            past=past[:SHOWN_SEEDS],
            next_seed_hash=self._promised(current),
        )

    async def rotate(self, tx: Tx, user_id: int, word: str = "") -> pb.RotateSeedResponse:
        """Ends the seed in use and begins the next; the caller holds the player's gate."""
        ended = await seed_store.find_seed(tx, user_id)
        if ended is None:
            told, following = (0, None), self._seals.fresh(word)
        else:
            seed = self._opened(ended)
            told, following = (ended.seed_no, seed), self._seals.after(seed, word)
        now = statement_time(self._clock)
        begun, *over = await seed_store.rotate_seed(tx, user_id, told, following, now)
        return pb.RotateSeedResponse(
            revealed=seed_out(over[0]) if over else None, current=seed_out(begun)
        )

    async def proof(self, tx: Tx, user_id: int, op_id: str) -> pb.GetProofResponse:
        """Everything behind a summon, and whether it comes out again."""
        row = await _get_roll(tx, user_id, op_id)
        return pb.GetProofResponse(
            is_equal=proofs.computed(row, self._opened(row)) == proofs.told(row),
            is_revealed=row.server_seed is not None,
            proof_json=proofs.document(row),
            banner_name=proofs.name_of(row),
            seed=seed_out(row),
        )

    async def replay(self, tx: Tx, user_id: int, op_id: str) -> pb.AdminReplaySummonResponse:
        """The summon as it was kept, and as it comes out now."""
        row = await _get_roll(tx, user_id, op_id)
        stored, computed = proofs.told(row), proofs.computed(row, self._opened(row))
        return pb.AdminReplaySummonResponse(
            is_equal=stored == computed,
            stored_json=proofs.written(stored),
            computed_json=proofs.written(computed),
            banner_name=proofs.name_of(row),
        )

    def _promised(self, current: SeedRow) -> str:
        """The hash of the seed that follows; none where the one in use cannot be opened."""
        try:
            return self._seals.after(self._seals.open(current.sealed_seed)).digest.hex()
        except SealBroken:
            return ""

    def _opened(self, row: SeedRow | RollRow | TicketRow) -> bytes:
        if row.server_seed is not None:
            return row.server_seed
        return self._seals.require(row.sealed_seed)


class OldSeeds:
    """Tells seeds that were in use for long, player by player."""

    def __init__(self, database: Database, fairness: Fairness, clock: Clock) -> None:
        self._database = database
        self._fairness = fairness
        self._clock = clock

    async def keep_rotating(self) -> None:
        """Looks for them again and again until it is cancelled."""
        await again_and_again(self.rotate, ROTATE_S, away="seeds.not_rotated")

    async def rotate(self) -> None:
        """Rotates a batch of them; one that cannot be opened must not hold up the others."""
        old = await seed_store.list_old_seeds(
            self._database.bare, OLD_DAYS, statement_time(self._clock), BATCH
        )
        for seed in old:
            try:
                await self._rotate(seed)
            except UserGone:
                continue
            except Parked as broken:
                log.error("seed.sealed_for_good", user_id=seed.user_id, why=str(broken))

    async def _rotate(self, seed: OldSeed) -> None:
        async with self._database.transaction() as tx:
            await lock_gate(tx, seed.user_id, seed.epoch)
            # The player may have been faster.
            current = await seed_store.find_seed(tx, seed.user_id)
            if current is not None and current.seed_no == seed.seed_no:
                await self._fairness.rotate(tx, seed.user_id, current.client_seed)
        log.info("seed.rotated", user_id=seed.user_id)


def word_in(request: pb.RotateSeedRequest) -> str:
    """The player's word, empty where one is to be drawn; one that nobody can read is refused."""
    word = " ".join(request.client_seed.split())
    if request.client_seed and not has_letters(word):
        raise SeedWordNotAllowed
    return word


def seed_out(row: SeedRow | RollRow | TicketRow) -> pb.FairSeed:
    """A seed as a message; its bytes only where they were told."""
    return pb.FairSeed(
        seed_no=row.seed_no,
        seed_hash=row.seed_hash.hex(),
        client_seed=row.client_seed,
        used=row.next_nonce,
        server_seed=row.server_seed.hex() if row.server_seed else "",
        create_time=time_out(row.created_at),
        reveal_time=time_out(row.revealed_at),
    )


async def _get_roll(tx: Tx, user_id: int, op_id: str) -> RollRow | TicketRow:
    row = await seed_store.find_roll(tx, user_id, op_id)
    row = row or await seed_store.find_ticket(tx, user_id, op_id)
    if row is None:
        raise SummonNotFound(op_id=op_id)
    return row
