"""The standalone verifier: bare Python, real summons of every type of banner, and proofs somebody has touched."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geminya.economy.v1 import gacha_pb2 as pb
from tests.integration.economy.shelves import MAP, STAR, a_use, bought, use
from tests.support.calls import an_op, op_id_of
from tests.support.game import Game, a_summon

VERIFIER = Path(__file__).resolve().parents[3] / "tools" / "verify_summon.py"
BANNERS = ("standard", "high-road-low-road", "the-long-interval", "captains-table")
MOST_LINES = 60
Proof = dict[str, Any]


async def verdict(proof: Proof, folder: Path) -> tuple[int, str]:
    """What a bare interpreter, without site packages and without our folder, says of it."""
    file = folder / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", VERIFIER, file],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout + done.stderr


async def proof_of(game: Game, op_id: str) -> Proof:
    request = pb.GetProofRequest(user_id=7, op_id=op_id)
    return json.loads((await game.gacha.GetProof(request)).proof_json)


async def test_the_verifier_has_no_more_lines_than_a_player_reads() -> None:
    assert len(VERIFIER.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.timeout(120)
async def test_summons_of_every_banner_are_true_in_a_bare_interpreter(
    game: Game, tmp_path: Path
) -> None:
    """Long enough for pity, for the promise of ten and for a daphine."""
    await game.has(7, crystals=5_000, quartzs=50_000, seed=0)
    ops: list[str] = []
    for place in range(24):
        op_id = op_id_of("verified", place)
        banner, count = BANNERS[place % 4], 10 if place % 3 else 1
        await game.summon(a_summon(banner=banner, count=count, op_id=op_id))
        ops.append(op_id)
    await game.gacha.RotateSeed(pb.RotateSeedRequest(op=an_op(), client_seed="再び"))
    last = op_id_of("verified", "after")
    await game.summon(a_summon(op_id=last))
    await game.gacha.RotateSeed(pb.RotateSeedRequest(op=an_op()))

    proofs = [await proof_of(game, op_id) for op_id in (*ops, last)]

    for proof in proofs:
        assert await verdict(proof, tmp_path) == (
            0,
            "TRUE: the seed is the one that was promised, and it gives this summon.\n",
        )
    pulls = [pull for proof in proofs for pull in proof["told"]["pulls"]]
    assert any(pull["is_pity"] for pull in pulls)
    assert any(pull["is_guarantee"] for pull in pulls)
    assert any(proof["told"]["daphine"] for proof in proofs)
    assert {proof["banner"]["id"] for proof in proofs} == set(BANNERS)


def another_waifu(proof: Proof) -> None:
    proof["told"]["pulls"][0]["waifu_id"] += 1


def more_stars(proof: Proof) -> None:
    proof["told"]["pulls"][-1]["rarity"] = 3


def one_pull_less(proof: Proof) -> None:
    proof["told"]["pulls"].pop()


def other_pity(proof: Proof) -> None:
    proof["told"]["pity_after"] += 1


def a_daphine(proof: Proof) -> None:
    proof["told"]["daphine"] += 1


def another_seed(proof: Proof) -> None:
    proof["server_seed"] = "00" * 32


def another_word(proof: Proof) -> None:
    proof["client_seed"] += "!"


def another_nonce(proof: Proof) -> None:
    proof["nonce"] += 1


def other_odds(proof: Proof) -> None:
    proof["table"]["odds"] = [[1, 50_000], [2, 200_000], [3, 750_000]]


@pytest.mark.parametrize(
    "touch",
    [
        *(another_waifu, more_stars, one_pull_less, other_pity, a_daphine),
        *(another_seed, another_word, another_nonce, other_odds),
    ],
)
async def test_a_touched_proof_is_false(
    game: Game, tmp_path: Path, touch: Callable[[Proof], None]
) -> None:
    await game.has(7, crystals=100, seed=1)
    op_id = op_id_of("touched")
    await game.summon(a_summon(op_id=op_id))
    await game.gacha.RotateSeed(pb.RotateSeedRequest(op=an_op()))
    proof = await proof_of(game, op_id)

    touch(proof)
    code, said = await verdict(proof, tmp_path)

    assert code == 1
    assert said.startswith("FALSE")


@pytest.mark.parametrize("item_code", [STAR, MAP])
async def test_a_ticket_is_proven_like_a_summon(game: Game, tmp_path: Path, item_code: str) -> None:
    """Also after a summon with the same seed, and after the pool has changed."""
    await game.has(7, crystals=100_000, quartzs=100_000)
    await game.summon(a_summon())
    await bought(game, 7, item_code)
    wish = a_use(7, item_code)
    used = await use(game, wish)
    await game.summon(a_summon())
    await game.gacha.RotateSeed(pb.RotateSeedRequest(op=an_op()))

    proof = await proof_of(game, wish.op.op_id)
    replayed = await game.gacha.AdminReplaySummon(
        pb.AdminReplaySummonRequest(user_id=7, op_id=wish.op.op_id)
    )

    assert proof["nonce"] == 1
    assert proof["told"]["waifu_ids"] == [pull.waifu_id for pull in used.pulls]
    assert replayed.is_equal
    assert (await verdict(proof, tmp_path))[0] == 0
    proof["told"]["waifu_ids"].reverse()
    proof["told"]["waifu_ids"][0] += 1
    assert (await verdict(proof, tmp_path))[0] == 1
    await game.invariants_hold()


async def test_a_secret_seed_is_told_to_be_secret(game: Game, tmp_path: Path) -> None:
    await game.has(7, crystals=100)
    op_id = op_id_of("secret")
    await game.summon(a_summon(op_id=op_id))

    code, said = await verdict(await proof_of(game, op_id), tmp_path)

    assert code == 1
    assert said.startswith("SECRET")
