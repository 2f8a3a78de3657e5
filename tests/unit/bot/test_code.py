"""Gift codes as players see them: for their eyes only."""

from typing import Any

import pytest

from gateway_bot.cogs.code import Code
from gateway_bot.players import TooYoung
from gateway_bot.refusals import excuse_for
from gateway_bot.views import code as views
from geminya.collection.v1.catalog_pb2 import BatchGetWaifusResponse
from geminya.collection.v1.roster_pb2 import Granted
from geminya.economy.v1.gift_code_pb2 import CodeRewards, RedeemResponse
from geminya.economy.v1.shop_pb2 import ItemAmount
from geminya.users.v1.account_pb2 import EnterResponse
from tests.unit.bot.builders import a_waifu, at, crystals, daphine, invalid, quartz, shown
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_views import WILD, fits

FULL = RedeemResponse(
    rewards=CodeRewards(
        money=[crystals(1500), quartz(20)],
        items=[ItemAmount(item_code="two-star-series", quantity=3)],
        waifu_ids=[1, 2, 3],
    ),
    granted=[
        Granted(waifu_id=1, is_new=True, stars_after=2),
        Granted(waifu_id=2, stars_before=2, stars_after=2, shards_gained=10, character_shards=30),
        Granted(waifu_id=3, stars_before=6, stars_after=6, shards_gained=50, surplus_quartzs=50),
    ],
    surplus_quartzs=50,
    balances=[crystals(3500), quartz(70), daphine(0)],
    risen_rank=3,
    item_names={"two-star-series": "Silver Playbill"},
)


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    made.script(
        "catalog", "BatchGetWaifus", BatchGetWaifusResponse(waifus=[a_waifu(n) for n in (1, 2, 3)])
    )
    yield made
    await made.clients.close()


async def redeem(stage: Stage, word: str = "Lantern-Night") -> Act:
    cog: Any = Code(stage)  # type: ignore[arg-type]
    act = Act()
    await cog.redeem.callback(cog, act, word)
    return act


async def test_a_parcel_shows_all_that_is_in_it_and_to_nobody_else(stage: Stage) -> None:
    asked = stage.script("codes", "Redeem", FULL)

    act = await redeem(stage, "  ＬＡＮＴＥＲＮ ")

    assert act.deferred == [True]
    assert asked.requests[0].code == "LANTERN"
    assert asked.requests[0].op.user_id == 7
    for told in (
        "1\N{NARROW NO-BREAK SPACE}500",
        "3 × Silver Playbill",
        "Waifu 1",
        "NEW",
        "+10 shards",
        "+50",
        "rank 3",
        "bag",
    ):
        assert told in act.text, told
    assert "LANTERN" not in act.text
    assert len(stage.drawn_for) == 1
    fits(act.view)


async def test_money_alone_needs_no_picture(stage: Stage) -> None:
    only = RedeemResponse(
        rewards=CodeRewards(money=[crystals(100)]),
        balances=[crystals(2100), quartz(0), daphine(0)],
    )
    stage.script("codes", "Redeem", only)

    act = await redeem(stage)

    assert "bag" not in act.text
    assert act.files == []
    fits(act.view)


def test_the_fullest_parcel_fits_with_the_longest_names() -> None:
    ids = range(1, 11)
    waifus = {n: a_waifu(n, name=WILD + "長" * 200, series=WILD) for n in ids}
    fullest = RedeemResponse(
        rewards=CodeRewards(
            money=[crystals(10**6), quartz(10**5), daphine(1000)],
            items=[ItemAmount(item_code=f"{'x' * 60}-{n}", quantity=10_000) for n in range(20)],
            waifu_ids=ids,
        ),
        granted=[Granted(waifu_id=n, is_new=True, stars_after=3) for n in ids],
        balances=[crystals(2**53), quartz(2**53), daphine(2**53)],
    )
    view = views.redeemed_view(fullest, waifus, sheet_file=None)

    fits(view)
    assert "**bold**" not in shown(view)
    # Nobody knows their names: numbers are shown.
    fits(views.redeemed_view(fullest, {}, sheet_file=None))


async def test_a_young_account_is_told_when_and_asks_nobody(stage: Stage) -> None:
    asked = stage.script("codes", "Redeem", FULL)
    when = at(4_000_000_000)
    stage.script("account", "Enter", EnterResponse(user_id=7, epoch=1, reward_time=when))

    with pytest.raises(TooYoung) as caught:
        await redeem(stage)

    excuse = excuse_for(caught.value)
    assert excuse is not None
    assert (excuse.reason, "<t:4000000000:R>" in excuse.sentence) == ("ACCOUNT_TOO_YOUNG", True)
    assert asked.requests == []


async def test_an_account_that_grew_up_meanwhile_may_redeem(stage: Stage) -> None:
    stage.script("codes", "Redeem", FULL)
    stage.script("account", "Enter", EnterResponse(user_id=7, epoch=1, reward_time=at(1_000_000)))

    assert "parcel" in (await redeem(stage)).text


async def test_letters_that_no_service_reads_are_a_wrong_word() -> None:
    excuse = excuse_for(invalid("code", "has characters that are not allowed"))

    assert excuse is not None
    assert (excuse.reason, excuse.error_id) == ("CODE_INVALID", "")
