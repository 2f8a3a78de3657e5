"""A summon takes its price once, gives what it rolled, and says no for a reason."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from chassis.money import HIGHEST
from geminya.common.v1 import money_pb2, operation_pb2
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1 import mission_pb2
from services.economy.gacha import flows
from services.economy.gacha.seeds import Seals
from tests.support.calls import an_op, bad_request, fails_with, insist, outcomes, refused, until
from tests.support.game import Game, a_summon
from tests.support.house import NOON, SECRET_KEY, Houses
from tests.support.operators import an_act
from tests.support.players import CURRENCIES
from tests.unit.economy.banners import a_source, an_item

QUARTZ_BANNER, QUARTZ_PRICE = "the-long-interval", 20
PAID_NOT_ROLLED = 3
"""The moment at which the payment is committed."""
NAMES = {number: name for name, number in CURRENCIES.items()}


def money(amounts: Any) -> dict[str, int]:
    return {NAMES[one.currency]: one.amount for one in amounts}


async def lines(game: Game, player: int, op_id: str) -> list[tuple[int, str, str, int]]:
    """What an op did to the wallet: step, currency, reason and amount."""
    return [
        (line["step"], line["currency"], line["reason"], line["amount"])
        for line in await game.users.ledger(player)
        if line["op_id"] == op_id
    ]


async def nothing_happened(game: Game, player: int, **balances: int) -> None:
    """No money moved, nobody was granted, nothing was rolled."""
    there = await game.users.balances(player)
    assert {name: there[name] for name in balances} == balances
    assert await game.owned(player) == {}
    assert await game.summons(player) == []


async def imports(game: Game, *sources: pb.SourceBanner) -> None:
    """Brings banners in as the operator does."""
    request = pb.AdminImportBannersRequest(act=an_act(), banners=sources)
    assert (await game.gacha.AdminImportBanners(request)).is_written


# It works.


@pytest.mark.parametrize("count", [1, 10])
async def test_a_summon_gives_its_pulls_and_says_everything_about_them(
    game: Game, count: int
) -> None:
    await game.has(7, crystals=250)
    request = a_summon(count=count)

    answer = await game.summon(request)

    assert (answer.banner_id, answer.banner_name) == ("standard", "Every Lamp in the Harbour")
    assert money([answer.price]) == {"crystals": 10 * count}
    assert money(answer.bonus) == {"quartzs": count}
    assert money(answer.balances) == {
        "crystals": 250 - 10 * count, "quartzs": count, "daphine": 0
    }  # fmt: skip
    assert len(answer.pulls) == count
    assert answer.time.ToDatetime(NOON.tzinfo) == NOON
    [summon] = await game.summons(7)
    assert summon["pulls"] == [
        {
            "waifu_id": pull.waifu_id,
            "rarity": pull.rarity,
            "is_pity": pull.is_pity,
            "is_guarantee": pull.is_guarantee,
        }
        for pull in answer.pulls
    ]
    assert (summon["pity_before"], summon["pity_after"]) == (0, answer.pity_after)
    owned = await game.owned(7)
    assert {pull.waifu_id: pull.stars_after for pull in answer.pulls} == owned
    assert sum(pull.is_new for pull in answer.pulls) == len(owned)
    await game.invariants_hold()


async def test_copies_inside_one_ten_are_new_once(game: Game) -> None:
    await game.has(7, crystals=10_000)

    for _ in range(6):
        answer = await game.summon(a_summon())
        seen: set[int] = set()
        for pull in answer.pulls:
            assert not (pull.is_new and pull.waifu_id in seen)
            assert pull.is_new == (pull.stars_before == 0 and pull.waifu_id not in seen)
            seen.add(pull.waifu_id)


async def test_the_rank_rises_with_the_collection_and_is_told(game: Game) -> None:
    await game.has(7, crystals=10_000)

    risen = [(await game.summon(a_summon())).risen_rank for _ in range(8)]
    await game.house.quiet()

    assert 2 in risen
    assert await game.house.value("SELECT collector_rank FROM users.users") == max(risen)


# It refuses.


async def test_a_banner_that_is_not_there_is_not_found(game: Game) -> None:
    await game.has(7, crystals=250)

    with refused("BANNER_NOT_FOUND", code=grpc.StatusCode.NOT_FOUND, banner_id="winter"):
        await game.summon(a_summon(banner="winter"))
    await nothing_happened(game, 7, sakura_crystals=250)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"start_time": NOON + timedelta(seconds=1)}, id="before it opens"),
        pytest.param({"end_time": NOON}, id="when it ends"),
        pytest.param({"end_time": NOON - timedelta(days=30)}, id="long after"),
        pytest.param({"is_active": False}, id="switched off"),
    ],
)
async def test_a_closed_banner_takes_nothing(game: Game, changed: dict[str, Any]) -> None:
    await game.has(7, crystals=250)
    await game.open_banner("standard", **changed)

    with refused(
        "BANNER_CLOSED",
        code=grpc.StatusCode.FAILED_PRECONDITION,
        banner_id="standard",
        name="Every Lamp in the Harbour",
    ):
        await game.summon(a_summon())
    await nothing_happened(game, 7, sakura_crystals=250)
    await game.invariants_hold()


async def test_a_banner_opens_and_ends_with_the_clock(houses: Houses) -> None:
    clock = StoppedClock(NOON)
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=1000)
    end = NOON + timedelta(hours=1)
    await game.open_banner("standard", end_time=end)

    clock.time = end - timedelta(microseconds=1)
    await game.summon(a_summon())
    clock.time = end
    with refused("BANNER_CLOSED"):
        await game.summon(a_summon())


async def test_a_refusal_stays_one_though_the_banner_opens(game: Game) -> None:
    await game.has(7, crystals=250)
    await game.open_banner("standard", is_active=False)
    request = a_summon()
    with refused("BANNER_CLOSED"):
        await game.summon(request)

    await game.open_banner("standard", is_active=True)

    with refused("BANNER_CLOSED", name="Every Lamp in the Harbour"):
        await game.summon(request)
    await game.summon(a_summon())


async def test_too_small_a_purse_is_refused_with_the_numbers(game: Game) -> None:
    await game.has(7, crystals=99)

    with refused("INSUFFICIENT_FUNDS", currency="sakura_crystals", price="100", balance="99"):
        await game.summon(a_summon())
    await nothing_happened(game, 7, sakura_crystals=99, quartzs=0)
    await game.invariants_hold()


async def test_a_refused_summon_stays_refused_though_the_purse_fills(game: Game) -> None:
    await game.has(7, crystals=99)
    request = a_summon()
    with refused("INSUFFICIENT_FUNDS"):
        await game.summon(request)

    await game.house.run("UPDATE users.users SET sakura_crystals = 5000 WHERE id = 7")

    with refused("INSUFFICIENT_FUNDS", price="100", balance="99"):
        await game.summon(request)
    await game.summon(a_summon())


async def test_who_has_no_academy_cannot_summon(game: Game) -> None:
    with refused("USER_NOT_FOUND", user_id="8"):
        await game.summon(a_summon(8))
    await game.invariants_hold()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"count": 2}, "count"),
        ({"count": 0}, "count"),
        ({"banner": ""}, "banner_id"),
        ({"banner": "No Slug"}, "banner_id"),
        ({"op_id": "no uuid"}, "op.op_id"),
    ],
)
async def test_a_wish_without_form_is_not_asked(
    game: Game, changed: dict[str, Any], field: str
) -> None:
    with bad_request(field):
        await game.summon(a_summon(**changed))


# It repeats.


async def test_a_repeated_summon_has_one_effect_and_equal_answers(game: Game) -> None:
    await game.has(7, crystals=250)
    request = a_summon()
    first = await game.summon(request)

    again = [await game.summon(request) for _ in range(3)]

    assert [answer.SerializeToString(deterministic=True) for answer in again] == [
        first.SerializeToString(deterministic=True)
    ] * 3
    assert (await game.users.balances(7))["sakura_crystals"] == 150
    assert len(await game.summons(7)) == 1
    await game.invariants_hold()


@pytest.mark.parametrize("changed", [{"count": 1}, {"banner": "high-road-low-road"}])
async def test_the_same_op_with_another_wish_changes_nothing(
    game: Game, changed: dict[str, Any]
) -> None:
    await game.has(7, crystals=250)
    request = a_summon()
    await game.summon(request)

    with refused("OP_REUSED", code=grpc.StatusCode.ALREADY_EXISTS):
        await game.summon(a_summon(op_id=request.op.op_id, **changed))
    assert len(await game.summons(7)) == 1


# Many at once.


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("banner", "purse", "left"),
    [
        pytest.param("standard", {"crystals": 1000}, 100, id="crystals"),
        pytest.param(QUARTZ_BANNER, {"quartzs": 2000}, 100, id="quartz"),
    ],
)
async def test_of_64_wishes_at_once_as_many_succeed_as_are_paid_for(
    game: Game, banner: str, purse: dict[str, int], left: int
) -> None:
    """Half of them are sent twice; what is left is the bonus of ten summons."""
    await game.has(7, **purse)
    every_pull = mission_pb2.Mission(
        mission_id="every-pull", name="Every Pull", type="summon", period="day", is_active=True,
        target_count=10_000, reward_type="quartzs", reward_amount=1, difficulty="easy",
    )  # fmt: skip
    await game.missions.AdminImportMissions(
        mission_pb2.AdminImportMissionsRequest(act=an_act(), missions=[every_pull])
    )
    half = [an_op(7).op_id for _ in range(32)]
    wishes = [a_summon(banner=banner, op_id=op_id) for op_id in half for _ in range(2)]

    answers, reasons = await outcomes(
        [insist(lambda wish=wish: game.summon(wish)) for wish in wishes]
    )
    await game.house.settles()

    assert len(answers) == 2 * 10
    assert reasons == ["INSUFFICIENT_FUNDS"] * 44
    balances = await game.users.balances(7)
    assert (balances["sakura_crystals"], balances["quartzs"]) == (0, left)
    summons = await game.summons(7)
    assert [summon["nonce"] for summon in summons] == list(range(10))
    assert [s["pity_before"] for s in summons] == [0, *(s["pity_after"] for s in summons[:-1])]
    progress = await game.house.rows(
        "SELECT mission_id, current_progress FROM economy.user_mission_progress"
    )
    assert {row["mission_id"]: row["current_progress"] for row in progress} == {
        "day-summon": 5,
        "week-summon": 50,
        "every-pull": 100,
    }
    await game.invariants_hold()


@pytest.mark.timeout(120)
async def test_players_summon_beside_each_other(game: Game) -> None:
    players = range(1, 9)
    for player in players:
        await game.has(player, crystals=300, seed=player)

    answers, reasons = await outcomes(
        [insist(lambda p=p: game.summon(a_summon(p))) for p in players for _ in range(4)]
    )
    await game.house.settles()

    assert len(answers) == 8 * 3
    assert reasons == ["INSUFFICIENT_FUNDS"] * 8
    for player in players:
        assert (await game.users.balances(player))["sakura_crystals"] == 0
        assert len(await game.summons(player)) == 3
    await game.invariants_hold()


async def test_players_of_different_seeds_get_different_waifus(game: Game) -> None:
    for player in (1, 2):
        await game.has(player, crystals=100, seed=player)

    first, second = [await game.summon(a_summon(player)) for player in (1, 2)]

    assert [p.waifu_id for p in first.pulls] != [p.waifu_id for p in second.pulls]


async def test_a_new_player_gets_a_seed_of_her_own(game: Game) -> None:
    for player in (1, 2):
        await game.users.has(player, crystals=100)
        await game.summon(a_summon(player))

    rows = await game.house.rows("SELECT * FROM economy.seeds ORDER BY user_id")
    opened = [Seals(SECRET_KEY.encode()).open(row["sealed_seed"]) for row in rows]
    assert [len(seed) for seed in opened] == [32, 32]
    assert len({*opened, *(row["client_seed"] for row in rows)}) == 4
    assert [row["next_nonce"] for row in rows] == [1, 1]


# Other currencies.


async def test_on_a_quartz_banner_the_bonus_comes_with_the_last_payment(game: Game) -> None:
    await game.has(7, quartzs=10 * QUARTZ_PRICE)
    request = a_summon(banner=QUARTZ_BANNER)

    answer = await game.summon(request)
    await game.house.quiet()

    assert await lines(game, 7, request.op.op_id) == [
        (1, "quartzs", "sink.gacha", -200),
        *([(3, "daphine", "mint.summon", d)] if (d := money(answer.bonus).get("daphine")) else []),
        (3, "quartzs", "mint.summon", 10),
    ]
    assert money(answer.balances)["quartzs"] == 10
    await game.invariants_hold()


@pytest.mark.parametrize(("count", "bonus"), [(1, 1), (10, 10)])
async def test_the_bonus_never_helps_to_pay(game: Game, count: int, bonus: int) -> None:
    price = count * QUARTZ_PRICE
    for player, balance in enumerate([price - 1, price - bonus], 1):
        await game.has(player, quartzs=balance)

        with refused("INSUFFICIENT_FUNDS", price=str(price), balance=str(balance)):
            await game.summon(a_summon(player, banner=QUARTZ_BANNER, count=count))

        await nothing_happened(game, player, quartzs=balance)
    await game.invariants_hold()


async def test_surplus_and_bonus_of_a_quartz_banner_are_one_line(game: Game) -> None:
    await game.has(7, quartzs=1000)
    await game.owns_everything(7)
    request = a_summon(banner=QUARTZ_BANNER)

    answer = await game.summon(request)
    await game.house.quiet()

    left_over = sum({p.waifu_id: p.surplus_quartzs for p in answer.pulls}.values())
    [last] = [line for line in await lines(game, 7, request.op.op_id) if line[:2] == (3, "quartzs")]
    assert last == (3, "quartzs", "mint.overflow", 10 + left_over)
    assert money(answer.bonus)["quartzs"] == 10 + left_over
    await game.invariants_hold()


async def test_pulls_that_cost_no_crystals_find_daphine_and_leave_pity_alone(game: Game) -> None:
    await game.has(7, crystals=100, quartzs=20_000, seed=5)
    await game.summon(a_summon())
    pity = (await game.summons(7))[0]["pity_after"]

    answers = [await game.summon(a_summon(banner=QUARTZ_BANNER)) for _ in range(20)]
    await game.house.quiet()

    found = sum(money(answer.bonus).get("daphine", 0) for answer in answers)
    recorded = await game.summons(7)
    assert found > 0
    assert (await game.users.balances(7))["daphine"] == found
    assert sum(summon["daphine"] for summon in recorded) == found
    assert {(s["pity_before"], s["pity_after"]) for s in recorded[1:]} == {(pity, pity)}
    assert not any(pull["is_pity"] for summon in recorded[1:] for pull in summon["pulls"])
    await game.invariants_hold()


async def test_a_banner_may_be_priced_in_daphine(game: Game) -> None:
    await game.users.has(7, daphine=21)
    await imports(game, a_source("souls", cost=2, currency_type="daphine"))
    request = a_summon(banner="souls")

    answer = await game.summon(request)
    await game.house.quiet()

    found = money(answer.bonus).get("daphine", 0)
    assert (await lines(game, 7, request.op.op_id))[:2] == [
        (1, "daphine", "sink.gacha", -20),
        (1, "quartzs", "mint.summon", 10),
    ]
    assert (await game.users.balances(7))["daphine"] == 1 + found
    await game.invariants_hold()


# What was begun goes on as it began.


async def test_a_running_summon_stays_with_the_banner_it_began_with(game: Game) -> None:
    await game.has(7, crystals=250)
    request = a_summon()
    async with game.house.dies_at(PAID_NOT_ROLLED):
        await game.summon(request)
    [old] = await game.house.rows("SELECT * FROM economy.banners WHERE id = 'standard'")

    await game.house.start()
    guests = [an_item(waifu_id) for waifu_id in (1000121, 1000017)]
    other = a_source("standard", *guests, type="premium", cost=77, currency_type="quartzs")
    await insist(lambda: imports(game, other))
    await game.house.settles()
    answer = await insist(lambda: game.summon(request))

    [summon] = await game.summons(7)
    assert summon["banner_version_id"] == old["version_id"]
    assert (summon["price"], summon["currency_type"]) == (100, "sakura_crystals")
    assert answer.banner_name == "Every Lamp in the Harbour"
    assert {pull.waifu_id for pull in answer.pulls} - {1000121, 1000017}
    await game.invariants_hold()


async def test_a_running_summon_is_finished_though_its_banner_has_closed(game: Game) -> None:
    await game.has(7, crystals=250)
    request = a_summon()
    async with game.house.dies_at(PAID_NOT_ROLLED):
        await game.summon(request)

    await game.house.run("UPDATE economy.banners SET is_active = false")
    await game.house.wakes_up()

    assert len((await insist(lambda: game.summon(request))).pulls) == 10


async def test_a_frozen_flow_refuses_what_is_new_and_finishes_what_is_open(game: Game) -> None:
    await game.has(7, crystals=500)
    done, begun = a_summon(), a_summon()
    first = await game.summon(done)
    async with game.house.dies_at(PAID_NOT_ROLLED):
        await game.summon(begun)
    await game.house.run(
        """INSERT INTO economy."freeze" (flow, reason, by) VALUES ('summon', 'a test', 'me')"""
    )

    await game.house.start()
    with refused("FROZEN", flow="summon"):
        await insist(lambda: game.summon(a_summon()))
    assert await game.summon(done) == first
    await game.house.settles()
    assert len((await game.summon(begun)).pulls) == 10

    await game.house.run('DELETE FROM economy."freeze"')
    await game.house.running["economy"].features.read()
    await game.summon(a_summon())
    await game.invariants_hold()


async def test_a_closed_life_is_gone_and_pays_nothing(game: Game) -> None:
    await game.has(7, crystals=250)
    await game.house.run("UPDATE users.gate SET closed = true WHERE user_id = 7")
    request = a_summon()

    for _ in range(2):
        with refused("USER_GONE"):
            await game.summon(request)

    await nothing_happened(game, 7, sakura_crystals=250)
    assert await state_of(game, request) == operation_pb2.OPERATION_STATE_CLOSED_GONE
    await game.invariants_hold()


@pytest.mark.parametrize("schema", ["economy", "collection", "users"])
async def test_a_life_that_is_closed_under_way_ends_the_summon_for_good(
    game: Game, schema: str
) -> None:
    """Closed here before the roll, there before the grant or before the surplus is paid."""
    await game.has(7, crystals=250)
    await game.owns_everything(7)
    request = a_summon()
    async with game.house.dies_at(PAID_NOT_ROLLED):
        await game.summon(request)

    # As a reset leaves it that has come so far and no further.
    await game.house.run("UPDATE users.users SET state = 'closing' WHERE id = 7")
    await game.house.run(
        f"""INSERT INTO {schema}.gate (user_id, epoch, closed) VALUES (7, 1, true)
        ON CONFLICT (user_id) DO UPDATE SET closed = true"""
    )
    await game.house.wakes_up()

    with refused("USER_GONE"):
        await insist(lambda: game.summon(request))
    assert await state_of(game, request) == operation_pb2.OPERATION_STATE_CLOSED_GONE
    assert len(await game.summons(7)) == (schema == "collection")
    await game.invariants_hold()


async def test_a_summon_of_an_older_life_is_gone(game: Game) -> None:
    await game.has(7, crystals=250)
    await game.house.run("INSERT INTO economy.gate (user_id, epoch) VALUES (7, 2)")

    with refused("USER_GONE"):
        await game.summon(a_summon())
    await nothing_happened(game, 7, sakura_crystals=250)


async def test_a_refusal_after_the_payment_waits_for_an_operator(
    game: Game, logs: list[dict[str, Any]]
) -> None:
    """Rule C9. Only a wallet that cannot hold any more can refuse here."""
    await game.has(7, quartzs=1000)
    request = a_summon(banner=QUARTZ_BANNER)
    async with game.house.dies_at(PAID_NOT_ROLLED):
        await game.summon(request)

    await game.house.run("UPDATE users.users SET quartzs = $1 WHERE id = 7", HIGHEST)
    await game.house.start()
    await game.house.leases_end()
    await game.house.running["economy"].sweeper.sweep()

    with fails_with(grpc.StatusCode.UNAVAILABLE):
        await game.summon(request)
    [waiting] = await game.house.open_operations()
    assert waiting["parked"]
    assert "WALLET_FULL" in waiting["trouble"]
    assert len([line for line in logs if line["event"] == "operation.parked"]) == 1


async def test_whose_seed_cannot_be_opened_does_not_pay(
    game: Game, logs: list[dict[str, Any]]
) -> None:
    """With another GEMINYA_SECRET_KEY the price was once taken for dice that nobody could throw."""
    await game.has(7, crystals=250)
    foreign = Seals(b"the key of another house").fresh()
    await game.house.run("UPDATE economy.seeds SET sealed_seed = $1", foreign.sealed)

    with fails_with(grpc.StatusCode.UNAVAILABLE):
        await game.summon(a_summon())

    await nothing_happened(game, 7, sakura_crystals=250)
    [alarm] = [line for line in logs if line["event"] == "operation.parked"]
    assert "GEMINYA_SECRET_KEY" in alarm["why"]


async def state_of(game: Game, request: pb.SummonRequest) -> int:
    stub = game.house.stub(OperationServiceStub, "economy")
    answer = await stub.GetOperation(
        operation_pb2.GetOperationRequest(user_id=request.op.user_id, op_id=request.op.op_id)
    )
    return answer.state


# Secrets.


async def test_the_seed_is_in_no_answer_and_in_no_log(
    game: Game, logs: list[dict[str, Any]]
) -> None:
    await game.has(7, crystals=1000)
    [row] = await game.house.rows("SELECT sealed_seed FROM economy.seeds")
    sealed = row["sealed_seed"]
    secret = Seals(SECRET_KEY.encode()).open(sealed)
    request = a_summon()

    operations = game.house.stub(OperationServiceStub, "economy")
    answers = [
        await game.summon(request),
        await game.summon(request),
        await game.gacha.ListSummons(pb.ListSummonsRequest(user_id=7)),
        await game.gacha.GetPity(pb.GetPityRequest(user_id=7)),
        await game.gacha.GetOdds(pb.GetOddsRequest(banner_id="standard")),
        await operations.GetOperation(
            operation_pb2.GetOperationRequest(user_id=7, op_id=request.op.op_id)
        ),
    ]

    said = b"".join(answer.SerializeToString() for answer in answers) + repr(logs).encode()
    for form in (secret, secret.hex().encode(), sealed, sealed[20:60], b"sealed"):
        assert form not in said


# Limits.


async def test_a_fourth_summon_waits_while_three_are_open(houses: Houses) -> None:
    game = Game(await houses(max_open_operations=3))
    await game.stock()
    await game.has(7, crystals=1000)
    await game.has(8, crystals=1000)
    await game.house.running.pop("collection").kill()
    open_ones = [asyncio.create_task(game.summon(a_summon())) for _ in range(3)]
    await until(lambda: has_open(game, 3))

    with pytest.raises(grpc.aio.AioRpcError) as fourth:
        await game.summon(a_summon())

    pushed_back(fourth.value, "open operations")
    assert len(await game.house.open_operations()) == 3
    another = asyncio.create_task(game.summon(a_summon(8)))
    await until(lambda: has_open(game, 4))
    for task in (*open_ones, another):
        task.cancel()
    await asyncio.gather(*open_ones, another, return_exceptions=True)


async def test_an_eleventh_change_in_ten_seconds_waits_and_a_repeat_is_no_change(
    houses: Houses,
) -> None:
    game = Game(await houses(max_changes_per_10_s=10))
    await game.stock()
    await game.has(7, crystals=1000)
    first = a_summon()
    await game.summon(first)
    for _ in range(9):
        with refused("BANNER_NOT_FOUND"):
            await game.summon(a_summon(banner="winter"))

    with pytest.raises(grpc.aio.AioRpcError) as eleventh:
        await game.summon(a_summon())

    pushed_back(eleventh.value, "changes in ten seconds")
    assert len((await game.summon(first)).pulls) == 10
    with refused("BANNER_NOT_FOUND"):
        await game.summon(a_summon(8, banner="winter"))


async def has_open(game: Game, count: int) -> bool:
    return len(await game.house.open_operations()) == count


def pushed_back(error: grpc.aio.AioRpcError, limit: str) -> None:
    """The refusal says which limit, and after how long to come back."""
    with refused("TOO_MANY", code=grpc.StatusCode.RESOURCE_EXHAUSTED, limit=limit):
        raise error
    assert dict(error.trailing_metadata() or ())["grpc-retry-pushback-ms"] == "200"


# What the ledger calls it.


async def test_every_line_of_a_summon_names_its_banner(game: Game) -> None:
    await game.has(7, crystals=100, quartzs=200)
    await game.owns_everything(7)
    await game.summon(a_summon())
    await game.summon(a_summon(banner="the-long-interval"))

    lines = [line for line in await game.users.ledger(7) if line["reason"] != "mint.start"]

    named = {(line["reason"], line["subject"]) for line in lines}
    assert named == {
        ("sink.gacha", "banner:standard"),
        ("mint.summon", "banner:standard"),
        ("mint.overflow", "banner:standard"),
        ("sink.gacha", "banner:the-long-interval"),
        ("mint.overflow", "banner:the-long-interval"),
    } | ({("mint.summon", "banner:the-long-interval")} & named)


def test_a_summon_that_was_opened_by_the_version_before_asks_for_the_same_bytes() -> None:
    """Its terms have no subject, and another request with its op would park it."""
    price = money_pb2.Money(currency=money_pb2.CURRENCY_SAKURA_CRYSTALS, amount=100)

    asked = flows.payment(pb.SummonTerms(price=price), 10)

    assert [change.subject for change in asked.changes] == ["", ""]
