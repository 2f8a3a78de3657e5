"""Fair dice: seeds are promised, told and never used again; every roll can be done again by anybody."""

import asyncio
import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha.fairness import OldSeeds
from services.economy.gacha.seeds import Seals
from tests.support.calls import an_op, bad_request, fails_with, insist, outcomes, refused
from tests.support.game import Game, a_summon
from tests.support.house import NOON, SECRET_KEY, Houses

WORDS = ("lucky cat", "七福神", "a:1", "x" * 64)


def a_rotation(
    player: int = 7, *, word: str = "", op_id: str | None = None
) -> pb.RotateSeedRequest:
    return pb.RotateSeedRequest(op=an_op(player, op_id=op_id), client_seed=word)


async def rotated(game: Game, player: int = 7, word: str = "") -> pb.RotateSeedResponse:
    return await game.gacha.RotateSeed(a_rotation(player, word=word))


async def seeds_of(game: Game, player: int = 7) -> pb.GetFairnessResponse:
    return await game.gacha.GetFairness(pb.GetFairnessRequest(user_id=player))


async def proof_of(game: Game, op_id: str, player: int = 7) -> pb.GetProofResponse:
    return await game.gacha.GetProof(pb.GetProofRequest(user_id=player, op_id=op_id))


async def stored(game: Game) -> list[dict[str, Any]]:
    return await game.house.rows("SELECT * FROM economy.seeds ORDER BY user_id, seed_no")


# Setting the word.


async def test_who_never_summoned_sees_no_seed_and_makes_none(game: Game) -> None:
    assert await seeds_of(game, 99) == pb.GetFairnessResponse()

    assert await stored(game) == []


@pytest.mark.parametrize("word", WORDS)
async def test_a_word_can_be_set_before_the_first_summon(game: Game, word: str) -> None:
    await game.users.has(7, crystals=100)

    answer = await rotated(game, word=word)
    await game.summon(a_summon())

    assert not answer.HasField("revealed")
    seen = (await seeds_of(game)).current
    assert (seen.seed_no, seen.client_seed, seen.used) == (1, word, 1)
    assert seen.seed_hash == answer.current.seed_hash
    assert answer.current.server_seed == ""
    assert (await game.summons(7))[0]["seed_no"] == 1
    await game.invariants_hold()


async def test_a_rotation_tells_the_seed_that_was_promised(game: Game) -> None:
    await game.users.has(7, crystals=300)
    await game.summon(a_summon())
    promised = (await seeds_of(game)).current

    answer = await rotated(game, word="moon")

    told = answer.revealed
    assert hashlib.sha256(bytes.fromhex(told.server_seed)).hexdigest() == promised.seed_hash
    assert (told.seed_no, told.used, told.client_seed) == (1, 1, promised.client_seed)
    assert told.HasField("reveal_time")
    assert (answer.current.seed_no, answer.current.client_seed) == (2, "moon")
    assert answer.current.seed_hash != promised.seed_hash
    seeds = await seeds_of(game)
    assert seeds.current == answer.current
    assert list(seeds.past) == [told]
    await game.summon(a_summon())
    assert [row["seed_no"] for row in await game.summons(7)] == [1, 2]
    await game.invariants_hold()


@pytest.mark.parametrize("word", ["", "moon", "lucky cat"])
async def test_the_next_seed_is_promised_before_its_word_is_chosen(game: Game, word: str) -> None:
    await game.users.has(7, crystals=300)
    await game.users.has(8, crystals=100)
    await game.summon(a_summon())
    await game.summon(a_summon(8))
    before = await seeds_of(game)
    await game.summon(a_summon())

    assert (await seeds_of(game)).next_seed_hash == before.next_seed_hash
    answer = await rotated(game, word=word)

    assert answer.current.seed_hash == before.next_seed_hash
    after = await seeds_of(game)
    hashes = {after.current.seed_hash, after.next_seed_hash, before.current.seed_hash}
    assert len(hashes | {(await seeds_of(game, 8)).next_seed_hash}) == 4
    assert (await rotated(game)).revealed.seed_hash == before.next_seed_hash


async def test_who_knows_every_seed_that_was_told_cannot_compute_the_next(game: Game) -> None:
    """It takes the key of the house: another key makes another seed of the same one."""
    told = bytes(32)
    ours, theirs = Seals(SECRET_KEY.encode()), Seals(b"the key of another house")

    assert ours.after(told).digest == ours.after(told, "a word").digest
    assert ours.after(told).digest != theirs.after(told).digest
    assert ours.open(ours.after(told).sealed) != told


async def test_a_word_without_a_wish_is_drawn(game: Game) -> None:
    words = {(await rotated(game)).current.client_seed for _ in range(3)}

    assert len(words) == 3


async def test_spaces_around_a_word_do_not_count(game: Game) -> None:
    assert (await rotated(game, word="  lucky   cat ")).current.client_seed == "lucky cat"


@pytest.mark.parametrize("word", [" ", "...", "🍀", "---"])
async def test_a_word_with_nothing_to_read_is_refused(game: Game, word: str) -> None:
    await game.has(7, crystals=100)
    before = await stored(game)
    request = a_rotation(word=word)

    for _ in range(2):
        with refused("SEED_WORD_NOT_ALLOWED"):
            await game.gacha.RotateSeed(request)

    assert await stored(game) == before


@pytest.mark.parametrize("word", ["x" * 65, "a\u200bb", "a\0b", "ﬁ"])
async def test_a_word_of_a_wrong_form_is_named(game: Game, word: str) -> None:
    with bad_request("client_seed"):
        await rotated(game, word=word)


async def test_the_same_rotation_again_gets_the_first_answer(game: Game) -> None:
    await game.users.has(7, crystals=100)
    await game.summon(a_summon())
    request = a_rotation(word="once")

    first = await game.gacha.RotateSeed(request)
    again = await game.gacha.RotateSeed(request)

    assert again == first
    assert [row["seed_no"] for row in await stored(game)] == [1, 2]
    with refused("OP_REUSED"):
        await game.gacha.RotateSeed(a_rotation(word="twice", op_id=request.op.op_id))


async def test_the_same_rotation_64_times_at_once_is_one(game: Game) -> None:
    await game.users.has(7, crystals=100)
    await game.summon(a_summon())
    request = a_rotation()

    answers, reasons = await outcomes([game.gacha.RotateSeed(request) for _ in range(64)])

    assert reasons == []
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert [row["seed_no"] for row in await stored(game)] == [1, 2]


async def test_64_rotations_at_once_each_tell_one_seed(game: Game) -> None:
    answers, reasons = await outcomes([rotated(game) for _ in range(64)])

    assert reasons == []
    assert sorted(answer.current.seed_no for answer in answers) == [*range(1, 65)]
    told = sorted(answer.revealed.seed_no for answer in answers if answer.HasField("revealed"))
    assert told == [*range(1, 64)]
    seeds = await seeds_of(game)
    assert seeds.current.seed_no == 64
    assert [seed.seed_no for seed in seeds.past] == [*range(63, 43, -1)]
    await game.invariants_hold()


async def test_a_seed_is_the_players_own(game: Game) -> None:
    await game.users.has(7, crystals=100)
    await game.users.has(8, crystals=100)
    request = a_summon(8)
    await game.summon(request)
    theirs = [row for row in await stored(game) if row["user_id"] == 8]

    await rotated(game, 7)
    with refused("SUMMON_NOT_FOUND", op_id=request.op.op_id):
        await proof_of(game, request.op.op_id, 7)

    assert [row for row in await stored(game) if row["user_id"] == 8] == theirs
    assert not (await seeds_of(game, 8)).past


async def test_a_closed_life_rotates_nothing(game: Game) -> None:
    await game.house.run("INSERT INTO economy.gate (user_id, epoch, closed) VALUES (7, 1, true)")

    with refused("USER_GONE"):
        await rotated(game)

    assert await stored(game) == []


async def test_a_seed_that_cannot_be_opened_is_not_told(game: Game) -> None:
    await game.has(7, crystals=100)
    foreign = Seals(b"the key of another house").fresh()
    await game.house.run("UPDATE economy.seeds SET sealed_seed = $1", foreign.sealed)
    before = await stored(game)

    with fails_with(grpc.StatusCode.UNAVAILABLE):
        await rotated(game)

    assert await stored(game) == before
    seen = await seeds_of(game)
    assert seen.current.seed_hash
    assert seen.next_seed_hash == ""


async def test_the_database_takes_no_other_seed_than_the_promised_one(game: Game) -> None:
    await game.has(7, crystals=100)

    with pytest.raises(Exception, match="seeds_promise"):
        await game.house.run(
            "UPDATE economy.seeds SET server_seed = 'another', revealed_at = now()"
        )


# Rotations while a summon is open.

MOMENTS = 9
"""Of a summon: tests/chaos/test_summon.py names them."""


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
async def test_a_summon_rolls_with_one_seed_wherever_a_rotation_comes_between(
    game: Game, moment: int
) -> None:
    """The summon stops at each of its moments, the seed is told, and the summon goes on."""
    await game.users.has(7, crystals=500)
    await game.summon(a_summon())
    request = a_summon()
    async with game.house.dies_at(moment):
        await game.summon(request)
    await game.house.start()
    rolled = len(await game.summons(7)) == 2

    answer = await insist(lambda: rotated(game))
    await game.house.wakes_up()
    await insist(lambda: game.summon(request))

    first, second = await game.summons(7)
    assert first["op_id"] != request.op.op_id
    # Kept before the seed was told, or rolled with the next one: never with one that somebody knows.
    place = (1, 1) if rolled else (2, 0)
    assert (second["seed_no"], second["nonce"]) == place
    assert answer.revealed.used == 1 + rolled
    assert (await proof_of(game, request.op.op_id)).is_equal
    await game.invariants_hold()


@pytest.mark.timeout(120)
async def test_rotations_and_summons_at_once_keep_every_promise(game: Game) -> None:
    """64 wishes at once, and pity, nonces and seeds stay in one line."""
    await game.users.has(7, crystals=100_000, quartzs=10_000)
    banners = ("standard", "the-long-interval")
    summons = [a_summon(banner=banners[n % 2], count=1) for n in range(40)]

    turns = [a_rotation() for _ in range(24)]

    answers, reasons = await outcomes(
        [insist(lambda one=one: game.summon(one)) for one in summons]
        + [insist(lambda one=one: game.gacha.RotateSeed(one)) for one in turns]
    )
    await game.house.settles()

    assert (len(answers), reasons) == (64, [])
    assert len(await game.summons(7)) == 40
    await game.invariants_hold()
    for request in summons:
        assert (await proof_of(game, request.op.op_id)).is_equal


# Proofs.


async def test_a_proof_holds_the_seed_once_it_is_told(game: Game) -> None:
    await game.users.has(7, crystals=100)
    request = a_summon()
    rolled = await game.summon(request)
    before = await proof_of(game, request.op.op_id)

    told = (await rotated(game)).revealed
    after = await proof_of(game, request.op.op_id)

    assert (before.is_equal, before.is_revealed) == (True, False)
    secret, proof = json.loads(before.proof_json), json.loads(after.proof_json)
    assert secret["server_seed"] is None
    assert told.server_seed not in before.proof_json
    assert (after.is_equal, after.is_revealed) == (True, True)
    assert proof["server_seed"] == told.server_seed
    assert proof["seed_hash"] == secret["seed_hash"] == told.seed_hash
    assert [pull["waifu_id"] for pull in proof["told"]["pulls"]] == [
        pull.waifu_id for pull in rolled.pulls
    ]
    assert after.banner_name == rolled.banner_name
    assert after.seed == told


@pytest.mark.parametrize("method", ["GetProof", "AdminReplaySummon"])
async def test_a_summon_that_is_not_there_is_not_found(game: Game, method: str) -> None:
    request = {"GetProof": pb.GetProofRequest, "AdminReplaySummon": pb.AdminReplaySummonRequest}[
        method
    ]
    op_id = str(uuid.uuid4())

    with refused("SUMMON_NOT_FOUND", op_id=op_id):
        await getattr(game.gacha, method)(request(user_id=7, op_id=op_id))
    with bad_request("op_id"):
        await getattr(game.gacha, method)(request(user_id=7, op_id="7"))
    with bad_request("user_id"):
        await getattr(game.gacha, method)(request(op_id=op_id))


async def test_a_changed_record_is_found_out(game: Game) -> None:
    await game.users.has(7, crystals=100)
    request = a_summon()
    await game.summon(request)
    asked = pb.AdminReplaySummonRequest(user_id=7, op_id=request.op.op_id)
    whole = await game.gacha.AdminReplaySummon(asked)

    await game.house.run(
        "UPDATE economy.summons SET pulls = jsonb_set(pulls, '{0,waifu_id}', '1000121')"
    )
    broken = await game.gacha.AdminReplaySummon(asked)

    assert whole.is_equal
    assert whole.stored_json == whole.computed_json
    assert not broken.is_equal
    assert broken.computed_json == whole.computed_json != broken.stored_json
    assert not (await proof_of(game, request.op.op_id)).is_equal


# Old seeds.


@pytest.fixture
async def aged(houses: Houses) -> tuple[Game, StoppedClock, OldSeeds]:
    clock = StoppedClock(NOON)
    game = Game(await houses(clock=clock))
    await game.stock()
    servicer = game.house.running["economy"]
    [task] = [
        work.__self__ for work in servicer._parts.background if isinstance(work.__self__, OldSeeds)
    ]
    return game, clock, task


async def test_a_used_seed_is_told_after_ninety_days(
    aged: tuple[Game, StoppedClock, OldSeeds],
) -> None:
    game, clock, old = aged
    for player in (7, 8, 9):
        await game.users.has(player, crystals=200)
        await rotated(game, player, f"word {player}")
    await game.summon(a_summon(7))
    clock.move(timedelta(days=89))
    await game.summon(a_summon(8))
    await rotated(game, 8)
    await old.rotate()
    assert not (await seeds_of(game, 7)).past

    clock.move(timedelta(days=1, seconds=1))
    await old.rotate()
    await old.rotate()

    told = await seeds_of(game, 7)
    assert [(seed.seed_no, seed.used) for seed in told.past] == [(1, 1)]
    assert (told.current.seed_no, told.current.client_seed) == (2, "word 7")
    # Who was faster, and who never used it, is left alone.
    assert (await seeds_of(game, 8)).current.seed_no == 2
    assert (await seeds_of(game, 9)).current.seed_no == 1
    await game.summon(a_summon(7))
    await game.invariants_hold()


async def test_a_broken_seal_does_not_hold_up_the_others(
    aged: tuple[Game, StoppedClock, OldSeeds], logs: list[dict[str, Any]]
) -> None:
    game, clock, old = aged
    for player in (7, 8):
        await game.users.has(player, crystals=200)
        await rotated(game, player)
        await game.summon(a_summon(player))
    foreign = Seals(b"the key of another house").fresh()
    await game.house.run(
        "UPDATE economy.seeds SET sealed_seed = $1 WHERE user_id = 7", foreign.sealed
    )
    clock.move(timedelta(days=91))

    await old.rotate()

    assert not (await seeds_of(game, 7)).past
    assert len((await seeds_of(game, 8)).past) == 1
    assert [line["user_id"] for line in logs if line["event"] == "seed.sealed_for_good"] == [7]


async def test_two_replicas_tell_an_old_seed_once(
    aged: tuple[Game, StoppedClock, OldSeeds],
) -> None:
    game, clock, old = aged
    await game.users.has(7, crystals=200)
    await rotated(game)
    await game.summon(a_summon())
    clock.move(timedelta(days=91))

    await asyncio.gather(*(old.rotate() for _ in range(4)))

    assert [row["seed_no"] for row in await stored(game)] == [1, 2]


async def test_the_seed_in_use_is_in_no_answer(game: Game) -> None:
    await game.users.has(7, crystals=200)
    request = a_summon()
    await game.summon(request)
    [row] = await stored(game)
    secret = Seals(SECRET_KEY.encode()).open(row["sealed_seed"])

    said = [
        await seeds_of(game),
        await proof_of(game, request.op.op_id),
        await game.gacha.AdminReplaySummon(
            pb.AdminReplaySummonRequest(user_id=7, op_id=request.op.op_id)
        ),
    ]

    text = b"".join(answer.SerializeToString() for answer in said)
    for form in (secret, secret.hex().encode(), row["sealed_seed"]):
        assert form not in text
