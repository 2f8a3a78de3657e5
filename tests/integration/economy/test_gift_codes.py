"""Gift codes: made, redeemed once per player over all lives, guessed in vain, and never written down."""

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from chassis.money import HIGHEST
from chassis.rpc.channel import dial
from geminya.common.v1.admin_pb2 import AdminFreezeFeatureRequest
from geminya.common.v1.admin_pb2_grpc import AdminServiceStub
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from geminya.users.v1 import account_pb2
from services.economy.gift_code import rules
from services.economy.gift_code.watch import GuessWatch
from tests.integration.economy.codes import (
    END,
    ITEM,
    WAIFU,
    WORD,
    Codes,
    a_batch,
    a_redeem,
    an_act,
    drawn,
    rewards,
)
from tests.support.calls import (
    an_op,
    bad_request,
    fails_with,
    insist,
    op_id_of,
    outcomes,
    refused,
)
from tests.support.game import Game
from tests.support.races import race

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def codes(game: Game) -> Codes:
    """Codes of a game with a player 7 who has nothing but one crystal."""
    await game.users.has(7, crystals=1)
    # Races hold the gate, and so it must be there.
    await game.house.run("INSERT INTO economy.gate (user_id, epoch) VALUES (7, 1)")
    return Codes(game)


def clock_of(codes: Codes) -> StoppedClock:
    clock = codes.game.house.clock
    assert isinstance(clock, StoppedClock)
    return clock


async def balances(codes: Codes, player: int = 7) -> tuple[int, int, int]:
    found = await codes.game.users.balances(player)
    return found["sakura_crystals"], found["quartzs"], found["daphine"]


# Redeeming.


async def test_a_code_pays_what_it_says(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, quartzs=20, daphine=1))

    answer = await codes.redeem()

    assert [money.amount for money in answer.balances] == [101, 20, 1]
    assert [money.amount for money in answer.rewards.money] == [100, 20, 1]
    assert await balances(codes) == (101, 20, 1)
    lines = await codes.game.house.rows(
        "SELECT reason, subject FROM users.ledger WHERE reason = 'mint.code'"
    )
    assert len(lines) == 3
    assert all(re.fullmatch(r"code:[0-9a-f-]{36}", line["subject"]) for line in lines)
    await codes.game.invariants_hold()


async def test_a_code_fills_the_bag(codes: Codes) -> None:
    await codes.make(gives=rewards(items={ITEM: 2}))
    await codes.make(code="SECOND", gives=rewards(items={ITEM: 1, "one-star-selector": 3}))

    told = await codes.redeem()
    await codes.redeem(code="SECOND")

    assert told.item_names == {ITEM: "Silver Playbill"}
    assert await codes.bag() == {ITEM: 3, "one-star-selector": 3}
    await codes.game.invariants_hold()


async def test_a_code_brings_a_waifu_and_pays_for_surplus(codes: Codes) -> None:
    await codes.make(gives=rewards(quartzs=10, waifus=(WAIFU, WAIFU)))
    await codes.game.users.has(8, crystals=1)
    await codes.game.owns_everything(8)

    new, full = await codes.redeem(7), await codes.redeem(8)

    assert [one.is_new for one in new.granted] == [True]
    assert new.surplus_quartzs == 0
    assert full.surplus_quartzs > 0
    assert (await balances(codes, 8))[1] == 10 + full.surplus_quartzs
    assert full.balances[1].amount == 10 + full.surplus_quartzs
    assert list(await codes.game.owned(7)) == [WAIFU]
    await codes.game.invariants_hold()


async def test_case_and_space_do_not_matter(codes: Codes) -> None:
    await codes.make(code=" Lantern-night ")

    await codes.redeem(code="  lAnTeRn-NiGhT ")

    assert await codes.used() == 1


async def test_a_repeat_gets_the_first_answer(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, items={ITEM: 1}, waifus=(WAIFU,)))
    op_id = an_op().op_id

    answers = [await codes.redeem(op_id=op_id) for _ in range(2)]
    clock_of(codes).move(400 * DAY)
    answers.append(await codes.redeem(op_id=op_id))

    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert (await codes.used(), await codes.redemptions(), await codes.bag()) == (1, 1, {ITEM: 1})
    assert (await balances(codes))[0] == 101
    with refused("OP_REUSED"):
        await codes.redeem(op_id=op_id, code="ANOTHER")


async def test_the_same_wish_64_times_at_once_has_one_effect(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, items={ITEM: 1}))
    request = a_redeem()

    answers, reasons = await outcomes(
        [insist(lambda: codes.stub.Redeem(request, timeout=8)) for _ in range(64)]
    )

    assert (len(answers), reasons) == (64, [])
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert ((await balances(codes))[0], await codes.bag()) == (101, {ITEM: 1})
    await codes.game.invariants_hold()


async def test_64_wishes_of_one_player_redeem_once(codes: Codes) -> None:
    await codes.make()

    answers, reasons = await race(codes.game.house, "economy", [codes.redeem] * 64)

    assert (len(answers), set(reasons)) == (1, {"CODE_REDEEMED"})
    assert ((await balances(codes))[0], await codes.used(), await codes.tries()) == (101, 1, 0)
    await codes.game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_code_for_99_is_redeemed_by_99_of_600(codes: Codes) -> None:
    await codes.make(limit=99)
    players = range(1000, 1600)
    for player in players:
        await codes.game.users.has(player, crystals=1)

    def wish(player: int) -> Awaitable[Any]:
        return insist(lambda: codes.redeem(player), 60.0)

    answers, reasons = await outcomes([wish(player) for player in players])

    assert (len(answers), reasons) == (99, ["CODE_INVALID"] * 501)
    assert (await codes.used(), await codes.redemptions()) == (99, 99)
    paid = await codes.game.house.value(
        "SELECT count(*) FROM users.users WHERE sakura_crystals = 101 AND id >= 1000"
    )
    assert paid == 99
    await codes.game.house.quiet()
    await codes.game.invariants_hold()


# One answer for whatever is wrong.


async def never_made(codes: Codes) -> None:
    """Nobody knows the word."""


async def ended_by_hand(codes: Codes) -> None:
    made = await codes.make()
    await codes.stub.AdminEndCodes(
        pb.AdminEndCodesRequest(act=an_act(), batch_id=made.batch.batch_id)
    )


async def over(codes: Codes) -> None:
    await codes.make(end=clock_of(codes).now() + MINUTE)
    clock_of(codes).move(MINUTE)


async def not_begun(codes: Codes) -> None:
    await codes.make(start=clock_of(codes).now() + MINUTE)


async def used_up(codes: Codes) -> None:
    await codes.make(limit=1)
    await codes.game.users.has(8, crystals=1)
    await codes.redeem(8)


WRONG: list[Callable[[Codes], Awaitable[None]]] = [
    never_made,
    ended_by_hand,
    over,
    not_begun,
    used_up,
]


@pytest.mark.parametrize("state", WRONG)
async def test_whatever_is_wrong_the_answer_and_its_cost_are_the_same(
    codes: Codes, state: Callable[[Codes], Awaitable[None]]
) -> None:
    await state(codes)
    used = await codes.used()
    await codes.game.house.quiet()
    database = codes.game.house.database("economy")
    before = database.round_trips

    with refused("CODE_INVALID", code=grpc.StatusCode.FAILED_PRECONDITION):
        await codes.redeem()

    await codes.game.house.quiet()
    # The word is looked for and counted in one statement, and the refusal is written in another.
    assert database.round_trips - before == 2
    assert (await codes.used(), await codes.tries(), await codes.redemptions(7)) == (used, 1, 0)
    assert await balances(codes) == (1, 0, 0)
    await codes.game.invariants_hold()


async def test_a_code_begins_and_ends_to_the_second(codes: Codes) -> None:
    clock = clock_of(codes)
    await codes.make(start=clock.now() + MINUTE, end=clock.now() + 2 * MINUTE)
    for player in (8, 9):
        await codes.game.users.has(player, crystals=1)

    clock.move(MINUTE - timedelta(seconds=1))
    with refused("CODE_INVALID"):
        await codes.redeem()
    clock.move(timedelta(seconds=1))
    await codes.redeem(8)
    clock.move(MINUTE)
    with refused("CODE_INVALID"):
        await codes.redeem(9)


@pytest.mark.parametrize("word", ["ß" * 3, "A B", "ABC!", "X" * 65, "..%s", "日本"])
async def test_what_can_be_no_code_is_a_wrong_word(codes: Codes, word: str) -> None:
    await codes.make()

    with refused("CODE_INVALID"):
        await codes.redeem(code=word)

    assert await codes.tries() == 1


async def test_words_that_cannot_be_read_are_no_words(codes: Codes) -> None:
    for word in ("", "\0", "A\u202eB", "X" * 101):
        with bad_request("code"):
            await codes.redeem(code=word)


async def test_once_per_player(codes: Codes) -> None:
    made = await codes.make()
    await codes.redeem()

    for _ in range(2):
        with refused("CODE_REDEEMED"):
            await codes.redeem()
    await codes.stub.AdminEndCodes(
        pb.AdminEndCodesRequest(act=an_act(), batch_id=made.batch.batch_id)
    )
    with refused("CODE_REDEEMED"):
        await codes.redeem()

    assert (await codes.used(), await codes.tries()) == (1, 0)


async def test_a_full_vault_is_told_and_gives_the_code_back(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, items={ITEM: 1}, waifus=(WAIFU,)), limit=1)
    await codes.game.house.run(
        "UPDATE users.users SET sakura_crystals = $1 WHERE id = 7", HIGHEST - 99
    )
    request = a_redeem()

    for _ in range(2):
        with refused("WALLET_FULL", currency="sakura_crystals"):
            await codes.stub.Redeem(request)

    assert (await codes.used(), await codes.redemptions(), await codes.bag()) == (0, 0, {})
    assert await codes.game.owned(7) == {}
    await codes.game.users.has(8, crystals=1)
    await codes.redeem(8)
    await codes.game.house.run("UPDATE users.users SET sakura_crystals = 1 WHERE id = 7")
    await codes.game.invariants_hold()


# Lives and players.


async def test_a_code_works_once_over_all_lives(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, items={ITEM: 1}))
    account = codes.game.users.account
    await codes.redeem()
    await codes.game.house.quiet()

    await account.ResetAccount(account_pb2.ResetAccountRequest(op=an_op(7)), timeout=10)
    with refused("CODE_REDEEMED"):
        await codes.redeem(epoch=2)
    await codes.game.house.quiet()
    discord_id = await codes.game.house.value("SELECT discord_id FROM users.users WHERE id = 7")
    await account.EraseAccount(account_pb2.EraseAccountRequest(op=an_op(7, epoch=2)), timeout=10)
    back = await account.Enter(account_pb2.EnterRequest(discord_id=discord_id))
    with refused("CODE_REDEEMED"):
        await codes.redeem(back.user_id, epoch=back.epoch)

    assert (back.user_id, back.epoch) == (7, 3)
    assert (await codes.used(), await codes.redemptions(), await codes.bag()) == (1, 1, {})
    await codes.game.invariants_hold()


async def test_guessing_does_not_begin_anew_with_a_life(codes: Codes) -> None:
    for _ in range(rules.SHORT.tries):
        with refused("CODE_INVALID"):
            await codes.redeem(code="NOTHING")
    await codes.game.house.quiet()

    request = account_pb2.ResetAccountRequest(op=an_op(7))
    await codes.game.users.account.ResetAccount(request, timeout=10)

    with refused("CODE_TRIES"):
        await codes.redeem(epoch=2)


async def test_players_redeem_for_themselves_alone(codes: Codes) -> None:
    await codes.make(gives=rewards(crystals=100, items={ITEM: 1}, waifus=(WAIFU,)))
    await codes.game.users.has(8, crystals=1)
    request = a_redeem(7)
    await codes.stub.Redeem(request)

    # The same op as another player is another operation; nothing of the first one changes.
    await codes.redeem(8, op_id=request.op.op_id)
    with refused("CODE_REDEEMED"):
        await codes.redeem(7)

    assert await codes.bag(7) == await codes.bag(8) == {ITEM: 1}
    assert (await balances(codes, 7), await balances(codes, 8)) == ((101, 0, 0), (101, 0, 0))
    assert (await codes.redemptions(7), await codes.redemptions(8)) == (1, 1)


# Guessing.


async def guess(codes: Codes, player: int = 7, op_id: str | None = None) -> None:
    with refused("CODE_INVALID"):
        await codes.redeem(player, "NO-SUCH-CODE", op_id)


async def test_five_wrong_words_close_the_door_for_ten_minutes(codes: Codes) -> None:
    clock = clock_of(codes)
    await codes.make()
    await guess(codes)
    clock.move(MINUTE)
    for _ in range(4):
        await guess(codes)

    free = str(int((clock.now() + 9 * MINUTE).timestamp()))
    for _ in range(3):
        with refused("CODE_TRIES", next_time=free):
            await codes.redeem()
    # What is asked behind the closed door is no try.
    assert await codes.tries() == 5
    clock.move(9 * MINUTE)
    await codes.redeem()


async def test_twenty_wrong_words_close_the_door_for_a_day(codes: Codes) -> None:
    clock, began = clock_of(codes), clock_of(codes).now()
    await codes.make()
    for _ in range(4):
        for _ in range(5):
            await guess(codes)
        clock.move(11 * MINUTE)

    with refused("CODE_TRIES", next_time=str(int((began + DAY).timestamp()))):
        await codes.redeem()
    clock.move(DAY - 44 * MINUTE)
    await codes.redeem()


async def test_a_repeat_of_one_wish_is_one_try(codes: Codes) -> None:
    op_id = an_op().op_id

    for _ in range(7):
        await guess(codes, op_id=op_id)

    assert await codes.tries() == 1


async def test_a_restart_forgets_no_try_and_another_replica_counts_too(codes: Codes) -> None:
    house = codes.game.house
    for _ in range(3):
        await guess(codes)
    await house.quiet()
    await house.stop()
    await house.start()
    with refused("CODE_INVALID"):
        await insist(lambda: codes.redeem(7, "NO-SUCH-CODE"))
    replica = await house.start_another("economy")
    channel = dial(f"127.0.0.1:{replica.port}", caller="bot", default_timeout_s=10)
    other = GiftCodeServiceStub(channel)

    with refused("CODE_INVALID"):
        await other.Redeem(a_redeem(7, "NO-SUCH-CODE"))
    with refused("CODE_TRIES"):
        await other.Redeem(a_redeem(7, WORD))
    with refused("CODE_TRIES"):
        await codes.redeem()
    await channel.close()
    await replica.kill()


async def test_a_frozen_feature_takes_no_new_code_and_answers_repeats(codes: Codes) -> None:
    house = codes.game.house
    await codes.make()
    request = a_redeem()
    first = await codes.stub.Redeem(request)
    admin = house.stub(AdminServiceStub, "economy", "admin")
    await admin.AdminFreezeFeature(AdminFreezeFeatureRequest(act=an_act(), feature="codes"))
    await house.running["economy"].features.read()
    await codes.game.users.has(8, crystals=1)

    with refused("FROZEN"):
        await codes.redeem(8)

    assert await codes.stub.Redeem(request) == first
    assert (await codes.used(), await codes.redemptions(8), await codes.tries(8)) == (1, 0, 0)


async def test_64_guesses_at_once_are_five_tries(codes: Codes) -> None:
    await codes.make()

    def wish() -> Awaitable[Any]:
        return codes.redeem(code="NO-SUCH-CODE")

    _, reasons = await race(codes.game.house, "economy", [wish] * 64)

    assert (reasons.count("CODE_INVALID"), reasons.count("CODE_TRIES")) == (5, 59)
    assert await codes.tries() == 5


async def test_one_who_guesses_closes_no_other_door(codes: Codes) -> None:
    await codes.make()
    await codes.game.users.has(8, crystals=1)
    for _ in range(5):
        await guess(codes)

    await codes.redeem(8)


@pytest.mark.timeout(120)
async def test_brute_force_finds_nothing_and_rings_the_bell(codes: Codes, logs: list[Any]) -> None:
    """Thirty accounts guess drawn codes of a small batch as fast as they can, for a simulated hour."""
    made = await codes.make(**drawn(50))
    attackers, clock = range(100, 130), clock_of(codes)
    for player in attackers:
        await codes.game.users.has(player, crystals=1)
    watch = GuessWatch(codes.game.house.database("economy"), clock)
    words = map("".join, itertools.product(rules.ALPHABET, repeat=4))
    bells = 0
    for _ in range(6):
        wishes = [
            insist(lambda player=player, word=word: codes.redeem(player, f"AAAA-AAAA-{word}"))
            for player in attackers
            for word in itertools.islice(words, 6)
        ]
        answers, reasons = await outcomes(wishes)
        assert answers == []
        assert set(reasons) <= {"CODE_INVALID", "CODE_TRIES"}
        await watch.look()
        bells = sum(entry["event"] == "codes.guessed" for entry in logs)
        clock.move(10 * MINUTE)

    tried = await codes.game.house.value("SELECT count(*) FROM economy.gift_code_tries")
    assert tried == len(attackers) * rules.LONG.tries
    assert (await codes.used(), bells) == (0, 4)
    assert len(made.codes) == 50


async def test_the_watch_is_quiet_below_its_number_and_forgets_old_tries(
    codes: Codes, logs: list[Any]
) -> None:
    clock = clock_of(codes)
    watch = GuessWatch(codes.game.house.database("economy"), clock)
    await codes.game.house.run(
        "INSERT INTO economy.gift_code_tries SELECT n, gen_random_uuid(), $1 FROM generate_series(1, 99) AS n",
        clock.now(),
    )
    await watch.look()
    assert not [entry for entry in logs if entry["event"] == "codes.guessed"]

    clock.move(DAY + MINUTE)
    await watch.look()

    assert await codes.game.house.value("SELECT count(*) FROM economy.gift_code_tries") == 0


# Making codes.


async def test_drawn_codes_are_told_once_more_to_a_repeat_alone(codes: Codes) -> None:
    request = a_batch(**drawn(1000))

    first = await codes.stub.AdminCreateCodes(request)
    again = await codes.stub.AdminCreateCodes(request)
    others = await codes.make(**drawn(1000))

    assert first == again
    assert len(set(first.codes) | set(others.codes)) == 2000
    shape = re.compile(rf"[{rules.ALPHABET}]{{4}}(-[{rules.ALPHABET}]{{4}}){{2}}")
    assert all(shape.fullmatch(word) for word in first.codes)
    assert (first.batch.count, first.batch.used, first.is_written) == (1000, 0, True)
    await codes.redeem(code=first.codes[0].lower())
    with refused("CODE_REDEEMED"):
        await codes.redeem(code=first.codes[0])
    await codes.redeem(code=first.codes[999])


async def test_a_dry_run_writes_nothing_and_tells_no_word(codes: Codes) -> None:
    told = await codes.make(dry_run=True)

    assert (told.is_written, list(told.codes), told.batch.count) == (False, [], 1)
    assert await codes.game.house.value("SELECT count(*) FROM economy.gift_code_batches") == 0
    assert await codes.game.house.value("SELECT count(*) FROM economy.audit") == 0
    await codes.make()
    with refused("CODE_EXISTS"):
        await codes.make(dry_run=True)


async def test_a_word_is_one_code(codes: Codes) -> None:
    first = await codes.make()

    with refused("CODE_EXISTS", code=grpc.StatusCode.ALREADY_EXISTS):
        await codes.make(code=WORD.lower(), name="Another")

    batches = await codes.stub.AdminListCodes(pb.AdminListCodesRequest())
    assert [one.batch_id for one in batches.batches] == [first.batch.batch_id]


async def test_an_act_makes_codes_once_however_often_it_comes(codes: Codes) -> None:
    request = a_batch(**drawn(5))

    made = await asyncio.gather(*(codes.stub.AdminCreateCodes(request) for _ in range(16)))

    assert len({answer.SerializeToString(deterministic=True) for answer in made}) == 1
    assert await codes.game.house.value("SELECT count(*) FROM economy.gift_codes") == 5
    assert await codes.game.house.value("SELECT count(*) FROM economy.audit") == 1
    with refused("OP_REUSED"):
        await codes.make(**drawn(6, op_id=request.act.op_id))
    # A repeat is answered after the end too.
    clock_of(codes).move(400 * DAY)
    assert await codes.stub.AdminCreateCodes(request) == made[0]


async def test_two_makers_of_one_word_make_it_once(codes: Codes) -> None:
    answers, reasons = await outcomes([codes.make() for _ in range(16)])

    assert (len(answers), reasons) == (1, ["CODE_EXISTS"] * 15)


DAMAGE: dict[str, tuple[dict[str, Any], str, str]] = {
    "letters that are none": ({"code": "NO WAY!"}, "code", "is not made of A-Z"),
    "a word of three letters": ({"code": "ABC"}, "code", "is shorter than 4"),
    "a word without a limit": ({"limit": 0}, "usage_limit", "is needed"),
    "a word without an end": ({"end": None}, "end_time", "is needed"),
    "two of one word": ({"count": 2}, "count", "is not 1"),
    "an end that is over": ({"end": datetime(2020, 1, 1, tzinfo=UTC)}, "end_time", "is over"),
    "an end before the start": ({"start": END}, "end_time", "is not after the start"),
    "nothing to give": ({"gives": rewards()}, "rewards", "gives nothing"),
    "too many crystals": (
        {"gives": rewards(crystals=1_000_001)}, "rewards.money", "is not between 1 and 1000000",
    ),
    "a currency twice": (
        {"gives": pb.CodeRewards(money=[*rewards(crystals=1).money] * 2)}, "rewards.money", "twice",
    ),
    "an item twice": (
        {"gives": pb.CodeRewards(items=[*rewards(items={ITEM: 1}).items] * 2)},
        "rewards.items", "twice",
    ),
    "no item": ({"gives": rewards(items={"no-item": 1})}, "rewards.items", "no item no-item"),
    "nobody": ({"gives": rewards(waifus=(999,))}, "rewards.waifu_ids", "no waifu 999"),
    "too many pieces": ({"gives": rewards(items={ITEM: 10_001})}, "rewards.items", "is above"),
    "no pieces": ({"gives": rewards(items={ITEM: 0})}, "rewards.items", "is below"),
    "none of them": ({"count": 0}, "count", "is below 1"),
    "too many of them": (drawn(1001), "count", "is above 1000"),
    "no name": ({"name": ""}, "name", "is required"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_damaged_batch_is_named_and_not_written(
    codes: Codes, damage: str, dry_run: bool
) -> None:
    given, field, text = DAMAGE[damage]

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await codes.make(**given, dry_run=dry_run)

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(caught.value.details()), caught.value.details()
    assert text in str(caught.value.details()), caught.value.details()
    for table in ("gift_code_batches", "gift_codes", "audit"):
        assert await codes.game.house.value(f"SELECT count(*) FROM economy.{table}") == 0


async def test_everything_that_is_wrong_is_named_at_once(codes: Codes) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await codes.make(code="a b", limit=0, end=None, count=2, gives=rewards())

    for field in ("code", "count", "usage_limit", "end_time", "rewards"):
        assert f"{field}:" in str(caught.value.details())


# Looking and ending.


async def test_a_batch_is_found_by_a_word_of_it(codes: Codes) -> None:
    made = await codes.make(**drawn(3))
    await codes.redeem(code=made.codes[1])

    found = await codes.stub.AdminFindCode(pb.AdminFindCodeRequest(code=made.codes[1].lower()))
    other = await codes.stub.AdminFindCode(pb.AdminFindCodeRequest(code=made.codes[2]))

    assert (found.batch.batch_id, found.used, other.used) == (made.batch.batch_id, 1, 0)
    assert (found.batch.count, found.batch.used) == (3, 1)
    for word in ("NO-SUCH-CODE", "!!"):
        with refused("CODE_NOT_FOUND"):
            await codes.stub.AdminFindCode(pb.AdminFindCodeRequest(code=word))


async def test_an_ended_batch_ends_every_code_of_it_and_nothing_else(codes: Codes) -> None:
    made, other = await codes.make(**drawn(3)), await codes.make()
    await codes.redeem(code=made.codes[0])
    request = pb.AdminEndCodesRequest(act=an_act(), batch_id=made.batch.batch_id)

    ended, again = [await codes.stub.AdminEndCodes(request) for _ in range(2)]

    assert (ended.batch.is_active, ended.batch.used, again) == (False, 1, ended)
    with refused("CODE_INVALID"):
        await codes.redeem(code=made.codes[1])
    assert (await balances(codes))[0] == 101
    [row] = await codes.game.house.rows("SELECT * FROM economy.audit WHERE action = 'end_codes'")
    assert (row["user_id"], row["operator"]) == (0, "keeper")
    assert (row["before"]["active_codes"], row["after"]["active_codes"]) == (3, 0)
    with refused("OP_REUSED"):
        another = other.batch.batch_id
        await codes.stub.AdminEndCodes(pb.AdminEndCodesRequest(act=request.act, batch_id=another))
    with refused("BATCH_NOT_FOUND"):
        nothing = op_id_of("nothing")
        await codes.stub.AdminEndCodes(pb.AdminEndCodesRequest(act=an_act(), batch_id=nothing))
    await codes.redeem()


async def test_16_ends_of_one_act_leave_one_audit_row(codes: Codes) -> None:
    made = await codes.make(**drawn(3))
    request = pb.AdminEndCodesRequest(act=an_act(), batch_id=made.batch.batch_id)

    answers, reasons = await outcomes([codes.stub.AdminEndCodes(request) for _ in range(16)])

    assert (len(answers), reasons) == (16, [])
    ends = "SELECT count(*) FROM economy.audit WHERE action = 'end_codes'"
    assert await codes.game.house.value(ends) == 1


async def test_batches_and_redemptions_are_listed_by_page(codes: Codes) -> None:
    for number in range(5):
        made = await codes.make(code=f"WORD-{number}", name=f"n{number}")
        for player in (100, 101):
            await codes.game.users.has(10 * number + player, crystals=1)
            await codes.redeem(10 * number + player, code=f"WORD-{number}")
    await codes.stub.AdminEndCodes(
        pb.AdminEndCodesRequest(act=an_act(), batch_id=made.batch.batch_id)
    )

    async def names(**given: Any) -> list[str]:
        found, token = [], ""
        while True:
            request = pb.AdminListCodesRequest(page_size=2, page_token=token, **given)
            answer = await codes.stub.AdminListCodes(request)
            found += [one.name for one in answer.batches]
            if not (token := answer.next_page_token):
                return found

    async def users(**given: Any) -> list[int]:
        found, token = [], ""
        while True:
            request = pb.AdminListRedemptionsRequest(page_size=2, page_token=token, **given)
            answer = await codes.stub.AdminListRedemptions(request)
            found += [one.user_id for one in answer.redemptions]
            if not (token := answer.next_page_token):
                return found

    assert await names() == ["n3", "n2", "n1", "n0"]
    assert await names(with_ended=True) == ["n4", "n3", "n2", "n1", "n0"]
    assert sorted(await users()) == sorted(10 * n + p for n in range(5) for p in (100, 101))
    assert set(await users(batch_id=made.batch.batch_id)) == {140, 141}
    assert await users(user_id=101) == [101]
    for token in ("x", "AAAA"):
        with bad_request("page_token"):
            await codes.stub.AdminListCodes(pb.AdminListCodesRequest(page_token=token))
        with bad_request("page_token"):
            await codes.stub.AdminListRedemptions(pb.AdminListRedemptionsRequest(page_token=token))


async def test_players_make_no_codes_and_operators_redeem_none(codes: Codes) -> None:
    bot = codes.game.house.stub(GiftCodeServiceStub, "economy", "bot")
    admin = codes.game.house.stub(GiftCodeServiceStub, "economy", "admin")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await bot.AdminCreateCodes(a_batch())
    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await admin.Redeem(a_redeem())


# Secrets.


async def test_no_word_stands_anywhere_in_the_database(codes: Codes) -> None:
    made = await codes.make(**drawn(3))
    await codes.make()
    await codes.make(code="OTHER-WORD", dry_run=True)
    words = [*made.codes, WORD, "GUESSED-WORD", "OTHER-WORD"]
    await codes.redeem()
    await codes.redeem(code=made.codes[0])
    for word in ("GUESSED-WORD", WORD):
        with refused("CODE_INVALID" if word != WORD else "CODE_REDEEMED"):
            await codes.redeem(code=word)
    await codes.stub.AdminFindCode(pb.AdminFindCodeRequest(code=WORD))
    await codes.game.house.quiet()

    tables = await codes.game.house.rows(
        "SELECT table_schema || '.' || quote_ident(table_name) AS name FROM information_schema.tables "
        "WHERE table_schema IN ('users', 'collection', 'expeditions', 'economy')"
    )
    for table in tables:
        for row in await codes.game.house.rows(f"SELECT * FROM {table['name']}"):
            told = " ".join(
                value.decode("latin-1") if isinstance(value, bytes) else str(value)
                for value in row.values()
            ).upper()
            assert not [word for word in words if word in told], table["name"]


async def test_another_key_makes_another_hash(codes: Codes) -> None:
    """A copy of the table is worth nothing without the key of the house."""
    from services.economy.gift_code.words import Words

    ours, theirs = Words(b"a key"), Words(b"another key")

    assert ours.hash_of(WORD) == ours.hash_of(f" {WORD.lower()} ")
    assert ours.hash_of(WORD) != theirs.hash_of(WORD)
    assert ours.drawn("x", 3) != theirs.drawn("x", 3)
    assert ours.hash_of("a b") == ours.hash_of("")


async def test_the_service_cannot_change_what_was_promised(codes: Codes) -> None:
    await codes.make()
    database = codes.game.house.database("economy")

    for statement in (
        "UPDATE gift_codes SET rewards = '{}'",
        "UPDATE gift_codes SET usage_limit = 1000",
        "DELETE FROM gift_codes",
        "UPDATE gift_code_redemptions SET user_id = 8",
        "UPDATE gift_code_tries SET at = now()",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await database.bare.run(statement)
