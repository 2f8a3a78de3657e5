"""Awakening, favourites and operators' gifts: each works, refuses, repeats, and holds against many at once."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import pytest

from console import invariants
from geminya.collection.v1 import roster_pb2 as pb
from geminya.common.v1.money_pb2 import CURRENCY_DAPHINE, Money
from geminya.common.v1.operator_pb2 import Operator
from tests.integration.collection.builders import a_grant, import_rows, some_waifus
from tests.support.calls import an_op, bad_request, insist, outcomes, refused
from tests.support.house import CollectionHouse, House, Houses, UsersHouse
from tests.support.races import CALLS, ROUNDS, deadlocks, held


@dataclass(slots=True)
class Academy:
    """Users and collection, with a catalogue of twelve: 1 to 12, of rarities 1, 2, 3, 1 …"""

    house: House
    users: UsersHouse
    roster: Any

    async def row(self, waifu_id: int = 3, player: int = 7) -> dict[str, Any]:
        [row] = await self.house.rows(
            "SELECT * FROM collection.user_waifus WHERE user_id = $1 AND waifu_id = $2",
            player,
            waifu_id,
        )
        return row

    async def awaken(self, wish: pb.AwakenRequest) -> pb.AwakenResponse:
        """The wish, asked again until it is answered, as the bot does."""
        return await insist(lambda: self.roster.Awaken(wish, timeout=20))

    async def give(self, wish: pb.AdminGiveWaifuRequest) -> pb.AdminGiveWaifuResponse:
        """The gift, asked for again until it is answered."""
        return await insist(lambda: self.roster.AdminGiveWaifu(wish, timeout=20))

    async def audit(self) -> list[dict[str, Any]]:
        # An import of the catalogue is written down for nobody.
        return await self.house.rows(
            "SELECT * FROM collection.audit WHERE user_id <> 0 ORDER BY at"
        )

    async def daphine(self, player: int = 7) -> int:
        return (await self.users.balances(player))["daphine"]

    async def open_operations(self) -> int:
        return len(await self.house.open_operations())

    async def is_sound(self) -> None:
        """No invariant is broken; that some were granted for nothing is this test's own doing."""
        findings = await invariants.check(self.house.clone.owner)
        assert not [f for f in findings if f.violations and f.id != "I8"], findings


@pytest.fixture
async def academy(houses: Houses) -> Academy:
    """Player 7 has one daphine and owns waifu 3; player 8 has plenty and owns waifu 6."""
    house = await houses("users", "collection")
    collection = CollectionHouse(house)
    await import_rows(collection.catalog, waifus=some_waifus(*[1, 2, 3] * 4))
    academy = Academy(house, UsersHouse(house), collection.roster)
    await academy.users.has(7, daphine=1)
    await academy.users.has(8, daphine=100)
    await collection.roster.Grant(a_grant(3))
    await collection.roster.Grant(a_grant(6, player=8))
    return academy


def an_awakening(
    waifu_id: int = 3, player: int = 7, *, op_id: str | None = None
) -> pb.AwakenRequest:
    return pb.AwakenRequest(op=an_op(player, op_id=op_id), waifu_id=waifu_id)


def a_gift(
    waifu_id: int = 3, player: int = 7, *, copies: int = 0, op_id: str | None = None
) -> pb.AdminGiveWaifuRequest:
    return pb.AdminGiveWaifuRequest(
        op=an_op(player, op_id=op_id),
        operator=Operator(name="Mio", reason="lost in a storm", ticket="T-5"),
        waifu_id=waifu_id,
        copies=copies,
    )


def a_heart(
    waifu_id: int = 3, player: int = 7, *, is_on: bool = True, op_id: str | None = None
) -> pb.SetFavoriteRequest:
    op = an_op(player, op_id=op_id)
    return pb.SetFavoriteRequest(op=op, waifu_id=waifu_id, is_favorite=is_on)


# Awakening.


async def test_an_awakening_takes_one_daphine_and_lasts(academy: Academy) -> None:
    answer = await academy.roster.Awaken(an_awakening())

    assert (answer.owned.waifu_id, answer.owned.is_awakened) == (3, True)
    assert answer.owned.current_star_level == 3
    assert [money.amount for money in answer.balances] == [0, 0, 0]
    row = await academy.row()
    assert (row["is_awakened"], row["awakening_op"]) == (True, None)
    [line] = [one for one in await academy.users.ledger(7) if one["reason"] == "sink.awaken"]
    assert (line["amount"], line["currency"]) == (-1, "daphine")


async def test_an_awakening_is_refused_with_its_reason_and_nothing_is_taken(
    academy: Academy,
) -> None:
    await academy.users.has(9, crystals=1)
    await academy.roster.Grant(a_grant(3, player=9))
    await academy.roster.Awaken(an_awakening(6, 8))

    with refused("WAIFU_NOT_OWNED", waifu_id="5"):
        await academy.roster.Awaken(an_awakening(5))
    with refused("WAIFU_NOT_OWNED", waifu_id="6"):
        await academy.roster.Awaken(an_awakening(6))
    with refused("ALREADY_AWAKENED", waifu_id="6"):
        await academy.roster.Awaken(an_awakening(6, 8))
    with refused("INSUFFICIENT_FUNDS", currency="daphine", price="1", balance="0"):
        await academy.roster.Awaken(an_awakening(3, 9))

    assert (await academy.daphine(7), await academy.daphine(8)) == (1, 99)
    row = await academy.row(3, 9)
    assert (row["is_awakened"], row["awakening_op"]) == (False, None)
    assert await academy.open_operations() == 0


async def test_who_could_not_pay_can_awaken_her_later(academy: Academy) -> None:
    await academy.users.has(9, crystals=1)
    await academy.roster.Grant(a_grant(3, player=9))
    poor = an_awakening(3, 9)
    with refused("INSUFFICIENT_FUNDS"):
        await academy.roster.Awaken(poor)
    await academy.house.run("UPDATE users.users SET daphine = 1 WHERE id = 9")

    with refused("INSUFFICIENT_FUNDS"):
        await academy.roster.Awaken(poor)
    await academy.roster.Awaken(an_awakening(3, 9))

    assert (await academy.row(3, 9))["is_awakened"]


async def test_a_second_awakening_waits_for_the_first(academy: Academy) -> None:
    await academy.house.run(
        "UPDATE collection.user_waifus SET awakening_op = gen_random_uuid() WHERE user_id = 8"
    )

    with refused("AWAKENING_UNDER_WAY", waifu_id="6"):
        await academy.roster.Awaken(an_awakening(6, 8))


async def test_a_repeated_awakening_gives_the_same_answer(academy: Academy) -> None:
    request = an_awakening()

    first = await academy.roster.Awaken(request)
    await academy.roster.SetFavorite(a_heart())
    await academy.roster.Grant(a_grant(3, 3))
    again = await academy.roster.Awaken(request)

    assert again.SerializeToString(deterministic=True) == first.SerializeToString(
        deterministic=True
    )
    assert await academy.daphine() == 0


@pytest.mark.timeout(300)
async def test_one_daphine_awakens_one_of_many(academy: Academy) -> None:
    """64 wishes at once, half of them copies, for two waifus and one daphine."""
    for round_ in range(ROUNDS):
        player = 100 + round_
        await academy.users.has(player, daphine=1)
        await academy.roster.Grant(a_grant(1, 2, player=player))
        wishes = [an_awakening(1 + place % 2, player) for place in range(CALLS // 2)]
        async with held(academy.house, "collection", player):
            tasks = [asyncio.ensure_future(academy.awaken(wish)) for wish in wishes * 2]
        answers, reasons = await outcomes(tasks)

        assert len({answer.owned.waifu_id for answer in answers}) == 1
        assert 1 <= len(answers) <= 2
        assert set(reasons) <= {"INSUFFICIENT_FUNDS", "ALREADY_AWAKENED", "AWAKENING_UNDER_WAY"}
        assert await academy.daphine(player) == 0
        assert (
            await academy.house.value(
                "SELECT count(*) FROM collection.user_waifus WHERE user_id = $1 AND is_awakened",
                player,
            )
            == 1
        )
    assert await deadlocks(academy.house) == 0
    await academy.house.settles()
    await academy.is_sound()


async def test_a_profile_tells_what_she_is_worth_on_an_expedition(academy: Academy) -> None:
    await academy.house.run(
        "UPDATE collection.user_waifus SET current_star_level = 6, constellation_level = 6, "
        "bond_level = 10 WHERE user_id = 7"
    )
    own, other = [
        await academy.roster.GetOwnedWaifu(pb.GetOwnedWaifuRequest(user_id=player, waifu_id=3))
        for player in (7, 8)
    ]

    assert own.expedition_stats.atk == own.waifu.stats.atk * 95 * 15 * 114 // 100_000
    assert not other.HasField("expedition_stats")


async def test_the_price_is_told_as_long_as_she_can_be_awakened(academy: Academy) -> None:
    def asked(player: int) -> Awaitable[pb.GetOwnedWaifuResponse]:
        request = pb.GetOwnedWaifuRequest(user_id=player, waifu_id=3)
        return academy.roster.GetOwnedWaifu(request)

    own, other = await asked(7), await asked(8)
    await academy.house.run("UPDATE collection.user_waifus SET is_awakened = true")
    awake = await asked(7)

    assert own.awakening_price == Money(currency=CURRENCY_DAPHINE, amount=1)
    assert not other.HasField("awakening_price")
    assert not awake.HasField("awakening_price")


# Favourites.


async def test_a_favourite_is_marked_and_unmarked(academy: Academy) -> None:
    assert (await academy.roster.SetFavorite(a_heart())).is_favorite
    assert (await academy.row())["is_favorite"]

    assert not (await academy.roster.SetFavorite(a_heart(is_on=False))).is_favorite
    assert not (await academy.row())["is_favorite"]


async def test_only_ones_own_can_be_a_favourite(academy: Academy) -> None:
    with refused("WAIFU_NOT_OWNED", waifu_id="6"):
        await academy.roster.SetFavorite(a_heart(6))

    assert not (await academy.row(6, 8))["is_favorite"]


async def test_a_late_copy_of_a_heart_does_not_put_it_back(academy: Academy) -> None:
    request = a_heart()
    await academy.roster.SetFavorite(request)
    await academy.roster.SetFavorite(a_heart(is_on=False))

    assert (await academy.roster.SetFavorite(request)).is_favorite
    assert not (await academy.row())["is_favorite"]


async def test_many_hearts_at_once_have_one_outcome_each(academy: Academy) -> None:
    wishes = [a_heart(is_on=place % 2 == 0) for place in range(32)]

    answers, reasons = await outcomes([academy.roster.SetFavorite(wish) for wish in wishes])

    assert reasons == []
    assert [answer.is_favorite for answer in answers] == [wish.is_favorite for wish in wishes]
    assert [answer.is_favorite for answer in answers] == [
        (await academy.roster.SetFavorite(wish)).is_favorite for wish in wishes
    ]


# An operator's gift.


async def test_an_operators_gift_is_handed_over_and_written_down(academy: Academy) -> None:
    answer = await academy.roster.AdminGiveWaifu(a_gift(copies=3))

    assert answer.granted.waifu_id == 3
    assert answer.granted.stars_after == 4
    [row] = await academy.audit()
    assert (row["action"], row["operator"], row["ticket"]) == ("give_waifu", "Mio", "T-5")
    assert row["before"] == {"stars": 3, "shards": 0, "constellation": 0}
    assert row["after"] == {"waifu_id": 3, "copies": 3}


async def test_surplus_and_rank_of_a_gift_are_paid(academy: Academy) -> None:
    await academy.house.run(
        "UPDATE collection.user_waifus SET current_star_level = 6 WHERE user_id = 7"
    )
    await academy.house.run(
        "UPDATE collection.roster SET power = 4000, owned_count = 9 WHERE user_id = 7"
    )

    answer = await academy.roster.AdminGiveWaifu(a_gift(12))
    surplus = await academy.roster.AdminGiveWaifu(a_gift(3, copies=2))

    assert answer.granted.is_new
    assert answer.risen_rank == 3
    assert surplus.granted.surplus_quartzs == 100
    assert (await academy.users.balances(7))["quartzs"] == 100
    assert (await academy.house.value("SELECT collector_rank FROM users.users WHERE id = 7")) == 3


async def test_a_gift_of_nobody_is_refused_and_not_written_down(academy: Academy) -> None:
    with refused("WAIFU_NOT_FOUND", waifu_id="99"):
        await academy.roster.AdminGiveWaifu(a_gift(99))
    with bad_request("operator"):
        await academy.roster.AdminGiveWaifu(pb.AdminGiveWaifuRequest(op=an_op(7), waifu_id=3))

    assert await academy.audit() == []


async def test_a_repeated_gift_is_given_once(academy: Academy) -> None:
    request = a_gift()

    answers = await asyncio.gather(*(academy.roster.AdminGiveWaifu(request) for _ in range(8)))

    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert (await academy.row())["character_shards"] == 50
    assert len(await academy.audit()) == 1
    with refused("OP_REUSED"):
        await academy.roster.AdminGiveWaifu(a_gift(5, op_id=request.op.op_id))


async def test_many_gifts_at_once_are_all_given(academy: Academy) -> None:
    """64 gifts at once, half of them copies: 15 copies pay three steps, and the others become quartz."""
    wishes = [a_gift() for _ in range(CALLS // 2)]

    answers, reasons = await outcomes([academy.give(wish) for wish in wishes * 2])

    assert reasons == []
    assert answers[: len(wishes)] == answers[len(wishes) :]
    assert len(await academy.audit()) == len(wishes)
    row = await academy.row()
    assert (row["current_star_level"], row["star_shards"]) == (6, 750)
    paid = (await academy.users.balances(7))["quartzs"]
    assert row["surplus_shards"] == paid == len(wishes) * 50 - 750
    await academy.house.settles()
    await academy.is_sound()


async def test_an_audit_row_cannot_be_changed_by_the_service(academy: Academy) -> None:
    await academy.roster.AdminGiveWaifu(a_gift())

    for statement in ("UPDATE audit SET reason = 'none'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="permission denied"):
            await academy.house.database("collection").bare.run(f"-- edit_audit\n{statement}")
