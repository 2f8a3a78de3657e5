"""Using: one item, one effect; what cannot act is not taken (F3)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import StoppedClock
from chassis.dice import Dice, Seed
from chassis.money import HIGHEST
from geminya.economy.v1 import shop_pb2 as pb
from geminya.expeditions.v1 import expedition_pb2
from geminya.users.v1 import account_pb2
from services.economy.gacha.seeds import Seals
from services.economy.shop import rules
from services.economy.shop.cleaning import Cleaning
from tests.integration.economy.shelves import (
    LETTER,
    MAP,
    PETAL,
    SERIES,
    STAR,
    TEA,
    WIND,
    a_source,
    a_use,
    bag,
    bought,
    sends,
    shelve,
    use,
    uses,
)
from tests.support.calls import an_op, insist, outcomes, refused
from tests.support.game import Game, a_summon
from tests.support.house import SECRET_KEY, Houses
from tests.support.races import CALLS, ROUNDS, deadlocks, race

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)
HOUR = timedelta(hours=1)
SUNDAY = datetime(2026, 7, 5, 16, 59, tzinfo=UTC)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(SUNDAY)


@pytest.fixture
async def game(houses: Houses, clock: StoppedClock) -> AsyncIterator[Game]:
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=1000, quartzs=20_000, seed=1)
    yield game
    await game.house.quiet()
    await game.invariants_hold()


async def test_a_star_falls_to_somebody_of_three_stars(game: Game) -> None:
    await bought(game, 7, STAR, 2)

    answer = await use(game, a_use(7, STAR))

    [pull] = answer.pulls
    assert (pull.rarity, pull.is_new, answer.owned) == (3, True, 1)
    assert answer.item.item_code == STAR
    assert await game.owned(7) == {pull.waifu_id: 3}
    assert await bag(game) == {STAR: 1}
    [row] = await uses(game)
    assert (row["seed_no"], row["nonce"], row["item_type"]) == (1, 0, "guarantee_ticket")


async def test_what_was_rolled_can_be_computed_again(game: Game) -> None:
    await bought(game, 7, STAR)
    answer = await use(game, a_use(7, STAR))

    [row] = await game.house.rows(
        """
        SELECT sealed_seed, client_seed, nonce, body FROM economy.item_uses AS u
        JOIN economy.ticket_pools ON digest = pool_digest
        JOIN economy.seeds USING (user_id, seed_no) WHERE user_id = 7
        """
    )
    seed = Seed(Seals(SECRET_KEY.encode()).open(row["sealed_seed"]), "test", row["nonce"])
    again = rules.roll(row["body"]["waifu_ids"], 1, Dice(seed))
    assert again == (answer.pulls[0].waifu_id,)


async def test_summons_and_tickets_share_the_numbers_of_a_seed(game: Game) -> None:
    await bought(game, 7, STAR, 2)

    for _ in range(2):
        await game.summon(a_summon(7, count=1))
        await use(game, a_use(7, STAR))

    summons, tickets = await game.summons(7), await uses(game)
    assert [row["nonce"] for row in summons] == [0, 2]
    assert sorted(row["nonce"] for row in tickets) == [1, 3]
    assert (await game.house.value("SELECT next_nonce FROM economy.seeds WHERE user_id = 7")) == 4


async def test_a_ticket_moves_no_pity(game: Game) -> None:
    await bought(game, 7, STAR)
    await use(game, a_use(7, STAR))
    assert await game.house.value("SELECT count(*) FROM economy.pity WHERE user_id = 7") == 0


async def test_who_has_never_rolled_gets_a_seed(game: Game) -> None:
    await game.users.has(8, quartzs=300)
    await bought(game, 8, STAR)

    await use(game, a_use(8, STAR))

    [row] = await game.house.rows("SELECT seed_no, next_nonce FROM economy.seeds WHERE user_id = 8")
    assert row == {"seed_no": 1, "next_nonce": 1}


async def test_a_series_ticket_brings_somebody_of_the_series(game: Game) -> None:
    await bought(game, 7, SERIES, 3)
    series_id = await game.house.value(
        "SELECT series_id FROM collection.waifus WHERE rarity = 2 ORDER BY waifu_id LIMIT 1"
    )

    answer = await use(game, a_use(7, SERIES, series_id=series_id))

    [row] = await game.house.rows(
        "SELECT series_id, rarity FROM collection.waifus WHERE waifu_id = $1",
        answer.pulls[0].waifu_id,
    )
    assert row == {"series_id": series_id, "rarity": 2}
    with refused("CHOICE_MISSING", choice="series"):
        await use(game, a_use(7, SERIES))
    with refused("POOL_EMPTY", rarity="2"):
        await use(game, a_use(7, SERIES, series_id=999))
    assert await bag(game) == {SERIES: 2}


async def test_a_letter_brings_exactly_her(game: Game) -> None:
    await bought(game, 7, LETTER, 2)
    ones = await game.house.rows(
        "SELECT waifu_id FROM collection.waifus WHERE rarity = 1 ORDER BY waifu_id LIMIT 1"
    )
    star = await game.house.value("SELECT waifu_id FROM collection.waifus WHERE rarity = 3 LIMIT 1")
    wanted = ones[0]["waifu_id"]

    answer = await use(game, a_use(7, LETTER, waifu_id=wanted))

    assert [pull.waifu_id for pull in answer.pulls] == [wanted]
    [row] = await uses(game)
    assert (row["seed_no"], row["nonce"]) == (None, None)
    with refused("CHOICE_MISSING", choice="waifu"):
        await use(game, a_use(7, LETTER))
    for other in (star, 5):
        with refused("CHOICE_NOT_ALLOWED", rarity="1"):
            await use(game, a_use(7, LETTER, waifu_id=other))
    assert await bag(game) == {LETTER: 1}


async def test_a_map_brings_ten_different_ones(game: Game) -> None:
    await bought(game, 7, MAP)

    answer = await use(game, a_use(7, MAP))

    assert len({pull.waifu_id for pull in answer.pulls}) == 10
    assert {pull.rarity for pull in answer.pulls} == {3}
    assert len(await game.owned(7)) == 10


async def test_surplus_of_a_ticket_is_paid(game: Game) -> None:
    await game.owns_everything(7)
    await bought(game, 7, STAR)
    before = (await game.users.balances(7))["quartzs"]

    answer = await use(game, a_use(7, STAR))

    surplus = answer.pulls[0].surplus_quartzs
    assert surplus > 0
    assert answer.paid[0].amount == surplus
    assert answer.balances[1].amount == before + surplus


async def test_tea_pays_once_a_game_day(game: Game, clock: StoppedClock) -> None:
    await bought(game, 7, TEA, 3)
    before = (await game.users.balances(7))["sakura_crystals"]

    answer = await use(game, a_use(7, TEA))

    assert answer.paid[0].amount == 120
    assert answer.balances[0].amount == before + 120
    next_day = str(int(SUNDAY.timestamp()) + 60)
    with refused("USED_TODAY", next_time=next_day):
        await use(game, a_use(7, TEA))
    clock.move(timedelta(minutes=1))
    assert (await use(game, a_use(7, TEA))).owned == 1
    ledger = await game.house.rows(
        "SELECT subject FROM users.ledger WHERE user_id = 7 AND reason = 'mint.boost'"
    )
    assert [row["subject"] for row in ledger] == [f"item:{TEA}"] * 2


async def test_tea_of_another_life_is_tea_of_today(game: Game) -> None:
    await bought(game, 7, TEA)
    await use(game, a_use(7, TEA))
    await game.users.account.ResetAccount(account_pb2.ResetAccountRequest(op=an_op(7)), timeout=10)
    await game.house.run(
        """
        INSERT INTO economy.user_inventory (user_id, item_code, quantity, acquired_at)
        VALUES (7, $1, 1, '2020-01-01')
        """,
        TEA,
    )
    with refused("USED_TODAY"):
        await use(game, a_use(7, TEA, op=an_op(7, epoch=2)))


async def test_tea_for_a_full_vault_stays_in_the_bag(game: Game) -> None:
    await bought(game, 7, TEA)
    crystals = (await game.users.balances(7))["sakura_crystals"]
    await game.house.run("UPDATE users.users SET sakura_crystals = $1 WHERE id = 7", HIGHEST)
    wish = a_use(7, TEA)

    for _ in range(2):
        with refused("WALLET_FULL"):
            await use(game, wish)

    assert (await bag(game), await uses(game)) == ({TEA: 1}, [])
    await game.house.run("UPDATE users.users SET sakura_crystals = $1 WHERE id = 7", crystals)
    # The day is free again.
    assert (await use(game, a_use(7, TEA))).paid[0].amount == 120


async def test_wind_brings_a_party_home_sooner(game: Game, clock: StoppedClock) -> None:
    await bought(game, 7, WIND, 3)
    await game.summon(a_summon(7))
    expedition_id = await sends(game, 7)
    before = await ready(game, expedition_id)

    answer = await use(game, a_use(7, WIND, expedition_id=expedition_id))

    assert answer.taken_minutes == min(120, int((before - SUNDAY).total_seconds()) // 60)
    assert answer.expedition_name
    assert await ready(game, expedition_id) == answer.ready_time.ToDatetime(UTC)
    assert await bag(game) == {WIND: 2}


async def test_wind_for_nobody_stays_in_the_bag(game: Game, clock: StoppedClock) -> None:
    await bought(game, 7, WIND, 3)
    with refused("CHOICE_MISSING", choice="expedition"):
        await use(game, a_use(7, WIND))
    with refused("EXPEDITION_NOT_FOUND"):
        await use(game, a_use(7, WIND, expedition_id=an_op().op_id))
    await game.summon(a_summon(7))
    expedition_id = await sends(game, 7)
    clock.move(48 * HOUR)
    wish = a_use(7, WIND, expedition_id=expedition_id)
    for _ in range(2):
        with refused("ALREADY_BACK"):
            await use(game, wish)

    assert (await bag(game), await uses(game)) == ({WIND: 3}, [])


async def ready(game: Game, expedition_id: str) -> datetime:
    request = expedition_pb2.GetExpeditionRequest(user_id=7, expedition_id=expedition_id)
    found = await game.expeditions.GetExpedition(request)
    stamp: Timestamp = found.expedition.ready_time
    return stamp.ToDatetime(UTC)


async def test_what_cannot_be_used_is_refused(game: Game) -> None:
    with refused("ITEM_NOT_FOUND"):
        await use(game, a_use(7, "nothing"))
    with refused("ITEM_NOT_OWNED"):
        await use(game, a_use(7, STAR))
    with refused("ITEM_NOT_USABLE"):
        await use(game, a_use(7, PETAL))


async def test_a_repeated_use_is_one(game: Game) -> None:
    await bought(game, 7, STAR, 2)
    wish = a_use(7, STAR)

    first = await use(game, wish)
    assert [await use(game, wish) for _ in range(3)] == [first] * 3

    assert await bag(game) == {STAR: 1}
    with refused("OP_REUSED"):
        await use(game, a_use(7, STAR, op=wish.op, series_id=1))


async def test_another_player_uses_nothing_of_mine(game: Game) -> None:
    await bought(game, 7, STAR)
    await bought(game, 7, WIND)
    await game.has(8, crystals=500, quartzs=500)
    await bought(game, 8, WIND)
    await game.summon(a_summon(7))
    mine = await sends(game, 7)
    before = await ready(game, mine)

    with refused("ITEM_NOT_OWNED"):
        await use(game, a_use(8, STAR))
    with refused("EXPEDITION_NOT_FOUND"):
        await use(game, a_use(8, WIND, expedition_id=mine))

    assert await ready(game, mine) == before
    assert (await bag(game), await bag(game, 8)) == ({STAR: 1, WIND: 1}, {WIND: 1})


async def test_one_ticket_and_64_uses_are_one(game: Game) -> None:
    await bought(game, 7, STAR)
    wishes = [a_use(7, STAR) for _ in range(CALLS)]

    answers, reasons = await race(
        game.house, "economy", [partial(use, game, wish) for wish in wishes]
    )

    assert len(answers) == 1
    assert reasons == ["ITEM_NOT_OWNED"] * (CALLS - 1)
    assert len(await uses(game)) == 1
    assert await deadlocks(game.house) == 0


async def test_64_pots_of_tea_at_once_are_one(game: Game) -> None:
    await bought(game, 7, TEA, 5)

    answers, reasons = await race(
        game.house, "economy", [partial(use, game, a_use(7, TEA)) for _ in range(CALLS)]
    )

    assert (len(answers), set(reasons)) == (1, {"USED_TODAY"})
    assert await bag(game) == {TEA: 4}


async def test_64_copies_of_a_use_are_one(game: Game) -> None:
    await bought(game, 7, STAR, 5)
    wish = a_use(7, STAR)

    answers, _ = await outcomes([insist(partial(use, game, wish)) for _ in range(CALLS)])

    assert len({answer.pulls[0].waifu_id for answer in answers}) == 1
    assert await bag(game) == {STAR: 4}


async def test_tickets_and_summons_at_once_leave_no_gap(game: Game) -> None:
    await bought(game, 7, STAR, 20)
    tickets = [partial(use, game, a_use(7, STAR)) for _ in range(20)]
    summons = [partial(game.summon, a_summon(7, count=1)) for _ in range(20)]

    answers, reasons = await race(game.house, "economy", [*tickets, *summons])

    assert (len(answers), reasons) == (40, [])
    assert (await game.house.value("SELECT next_nonce FROM economy.seeds WHERE user_id = 7")) == 40


async def test_what_ends_first_is_used_first_and_what_has_ended_is_gone(
    game: Game, clock: StoppedClock
) -> None:
    await shelve(
        game,
        a_source("old-tea", item_type="boost", lasts_hours=2, price=100, effects=BOOST),
    )
    await bought(game, 7, "old-tea", 2)
    clock.move(2 * HOUR)
    await bought(game, 7, "old-tea", 3)
    listed = await game.shop.ListInventory(pb.ListInventoryRequest(user_id=7))
    assert [stack.quantity for stack in listed.stacks] == [2, 3]

    # The first two end at the full hour behind their time: 19:00.
    assert (await use(game, a_use(7, "old-tea"))).owned == 4
    assert sorted((await bag_by_end(game)).values()) == [1, 3]
    clock.move(2 * HOUR - timedelta(minutes=30))
    listed = await game.shop.ListInventory(pb.ListInventoryRequest(user_id=7))
    assert [stack.quantity for stack in listed.stacks] == [3]

    clock.move(24 * HOUR)
    with refused("ITEM_NOT_OWNED"):
        await use(game, a_use(7, "old-tea"))
    await game.invariants_hold()
    await Cleaning(game.house.database("economy"), clock).clean()
    assert await bag(game) == {}
    expired = await game.house.value("SELECT quantity FROM economy.expired_items WHERE user_id = 7")
    assert expired == 4


BOOST = {"boost": {"currency_type": "quartzs", "amount": 1}}


async def bag_by_end(game: Game) -> dict[int, int]:
    rows = await game.house.rows("SELECT ends_s, quantity FROM economy.user_inventory")
    return {row["ends_s"]: row["quantity"] for row in rows}


async def test_a_bag_is_read_page_by_page(game: Game) -> None:
    for code in (STAR, SERIES, LETTER, TEA, WIND):
        await bought(game, 7, code)
    request, codes = pb.ListInventoryRequest(user_id=7, page_size=2), list[str]()
    while True:
        answer = await game.shop.ListInventory(request)
        codes += [stack.item.item_code for stack in answer.stacks]
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    assert sorted(codes) == sorted([STAR, SERIES, LETTER, TEA, WIND])


async def test_days_of_boosts_are_forgotten_after_a_week(game: Game, clock: StoppedClock) -> None:
    await bought(game, 7, TEA)
    await use(game, a_use(7, TEA))
    clock.move(timedelta(days=9))

    await Cleaning(game.house.database("economy"), clock).clean()

    assert await game.house.value("SELECT count(*) FROM economy.boost_days") == 0
