"""The shop and the bag over the whole house: from the shelf to the card on the table."""

import asyncio

from gateway_bot.text import say
from tests.integration.economy.shelves import LETTER, MAP, STAR, TEA, WIND, bag, purchases, uses
from tests.support.evening import Evening, note, readable


async def rich(evening: Evening, name: str, quartzs: int = 9000) -> int:
    player = await evening.player(name)
    await evening.house.run(
        "UPDATE users.users SET quartzs = quartzs + $2, wallet_version = wallet_version + 1 WHERE id = $1",
        player,
        quartzs,
    )
    await evening.house.run(
        """
        INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
        SELECT id, wallet_version, 'quartzs', gen_random_uuid(), 0, 'mint.overflow', $2, quartzs
        FROM users.users WHERE id = $1
        """,
        player,
        quartzs,
    )
    return player


async def test_from_the_shelf_into_the_bag_and_out_of_it(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")

    shelf = await mira.slash("shop browse")
    bought = await mira.slash("shop buy", item="Falling Star", quantity=3)
    used = await mira.slash("inventory use", item=STAR, count=2)
    left = await mira.slash("inventory list")

    assert "Falling Star" in readable(shelf)
    assert "3 × Falling Star" in readable(bought)
    assert "2 × Falling Star" in readable(used)
    assert [a["filename"] for a in used.message.attachments] == ["summon.jpg"]
    assert "1 × Falling Star" in readable(left)
    assert await bag(evening.game, player) == {STAR: 1}
    assert len(await evening.game.owned(player)) in (1, 2)
    await evening.game.invariants_hold()


async def test_a_row_of_uses_stops_at_the_first_refusal(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    await mira.slash("shop buy", item=STAR, quantity=2)
    await mira.slash("shop buy", item=TEA, quantity=2)

    stars = await mira.slash("inventory use", item=STAR, count=5)
    tea = await mira.slash("inventory use", item="Morning Blend", count=2)

    assert "2 × Falling Star" in readable(stars)
    assert "/inventory list" in readable(stars)
    assert "120" in readable(tea)
    assert "Once a day" in readable(tea)
    assert await bag(evening.game, player) == {TEA: 1}


async def test_ten_guests_come_at_once(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    await mira.slash("shop buy", item=MAP, quantity=2)

    answer = await mira.slash("inventory use", item=MAP, count=2)

    assert "Constellation Map" in readable(answer)
    assert await bag(evening.game, player) == {MAP: 1}


async def test_what_is_missing_or_wrong_is_said_in_a_sentence(evening: Evening) -> None:
    await rich(evening, "mira", 100)
    mira = evening.robot("mira")

    assert "Nothing is called" in note(await mira.slash("shop buy", item="Moon Cheese"))
    assert "4 900" in note(
        await mira.slash("shop buy", item="three-star-selector", quantity=7)
    ).replace("\N{NARROW NO-BREAK SPACE}", " ")
    await mira.slash("shop buy", item=LETTER)
    await mira.slash("shop buy", item=WIND)
    assert "waifu" in note(await mira.slash("inventory use", item=LETTER))
    assert "expedition" in note(await mira.slash("inventory use", item=WIND))
    history = readable(await mira.slash("shop history"))
    assert "Letter with a Name" in history
    assert "not paid" in history


async def test_a_button_buys_one_more(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    bought = await mira.slash("shop buy", item=STAR)

    button = bought.message.labels[0]
    await mira.press(bought.message, button)

    assert await purchases(evening.game, player) == ["completed"] * 2


async def test_a_button_that_buys_pressed_twice_buys_once(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    bought = await mira.slash("shop buy", item=STAR)
    button = bought.message.labels[0]

    first, again = await asyncio.gather(*(mira.press(bought.message, button) for _ in range(2)))

    assert readable(first) == readable(again)
    assert await purchases(evening.game, player) == ["completed"] * 2
    assert await bag(evening.game, player) == {STAR: 2}
    await evening.game.invariants_hold()


async def test_a_button_that_uses_pressed_twice_uses_once(evening: Evening) -> None:
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    await mira.slash("shop buy", item=STAR, quantity=3)
    listed = await mira.slash("inventory list")
    picked = await mira.select(listed.message, say("bag.pick"), STAR)
    button = say("bag.use")

    first, again = await asyncio.gather(*(mira.press(picked.message, button) for _ in range(2)))

    assert readable(first) == readable(again)
    assert await bag(evening.game, player) == {STAR: 2}
    assert len(await uses(evening.game, player)) == 1
    await evening.game.invariants_hold()


async def test_tickets_complete_only_with_whom_they_can_bring(evening: Evening) -> None:
    await rich(evening, "mira")
    mira = evening.robot("mira")

    for item, stars in (("three-star-selector", 3), (LETTER, 1)):
        offered = await mira.autocomplete("inventory use", "waifu", item=item)
        rarities = await evening.house.rows(
            "SELECT DISTINCT rarity FROM collection.waifus WHERE waifu_id = ANY($1)",
            [int(one["value"]) for one in offered],
        )
        assert [row["rarity"] for row in rarities] == [stars]
        assert len(offered) == 25
    series = await mira.autocomplete("inventory use", "series", item="three-star-series")
    fit = await evening.house.value(
        "SELECT count(DISTINCT series_id) FROM collection.waifus WHERE rarity = 3"
    )
    assert len(series) == min(25, fit)
