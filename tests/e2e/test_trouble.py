"""What goes wrong between the bot, Discord and the services: still one effect for one wish (suite T18)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from playground import Patience, SilentBotError
from playground.faults import Fault
from playground.interaction import Interaction
from tests.support.calls import until
from tests.support.evening import THIN, Evening, as_read, note, readable

SLOWEST_S = 2.5
"""The longest that a first sign of life may take; Discord gives up after three seconds."""
AGAIN = f"Summon ten again · ✦{THIN}100"


async def assert_summoned(evening: Evening, name: str, times: int) -> None:
    """So many summons, each paid for, and nothing left open."""
    player = await evening.user_id(name)
    assert len(await evening.game.summons(player)) == times
    balances = await evening.game.users.balances(player)
    assert balances["sakura_crystals"] == 2000 - 100 * times
    await evening.house.settles()
    await evening.game.invariants_hold()


async def test_a_button_works_after_the_bot_was_restarted(evening: Evening) -> None:
    mira = evening.robot("mira")
    shown = (await mira.slash("summon ten")).message
    first = await mira.press(shown, AGAIN)

    await evening.restart_bot()
    same = await mira.press(shown, AGAIN)
    next_one = await mira.press(first.message, AGAIN)

    assert same.text.startswith(first.text)
    assert readable(next_one) != readable(first)
    await assert_summoned(evening, "mira", 3)


async def test_an_event_that_two_bots_receive_is_answered_once(evening: Evening) -> None:
    await evening.start_bot()
    mira = evening.robot("mira")
    await evening.player("mira")
    acknowledged = len(callbacks(evening))

    summoned = await mira.slash("summon ten")
    pressed = await mira.press(summoned.message, AGAIN)
    refused = await mira.slash("summon ten", banner="captains-table")

    assert [len(answer.messages) for answer in (summoned, pressed, refused)] == [1, 1, 1]
    assert "You need" in readable(refused)
    # Both tried, and only one was let in each time.
    await until(lambda: has_sent(evening, acknowledged + 6))
    codes = sorted(exchange["status"] for exchange in callbacks(evening)[acknowledged:])
    assert codes == [204] * 3 + [400] * 3 or codes == [200] * 3 + [400] * 3
    await assert_summoned(evening, "mira", 2)


def callbacks(evening: Evening) -> list:
    """The acknowledgements that bots sent."""
    return [one for one in evening.box.exchanges if one["path"].endswith("/callback")]


async def has_sent(evening: Evening, count: int) -> bool:
    return len(callbacks(evening)) >= count


@pytest.mark.parametrize(
    "path_part", ["/callback", "/@original"], ids=["acknowledgement", "answer"]
)
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.FORBIDDEN])
async def test_a_request_that_goes_wrong_is_not_a_wish_that_failed(
    evening: Evening, fault: Fault, path_part: str
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    evening.box.faults.plan(fault, path_part=path_part)
    summoned = await mira.slash("summon ten")

    assert "ten-summon" in readable(summoned)
    assert len(summoned.messages) == 1
    await assert_summoned(evening, "mira", 1)


@pytest.mark.parametrize("path_part", ["/callback", "/@original", "/webhooks/"])
async def test_a_refusal_is_told_though_a_connection_breaks(
    evening: Evening, path_part: str
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira", sakura_crystals=7)
    before = await evening.fingerprint("mira")

    evening.box.faults.plan(Fault.LOST_ANSWER, path_part=path_part)
    refused = await mira.slash("summon ten")

    assert note(refused).startswith("You need 100 sakura crystals")
    assert await evening.fingerprint("mira") == before


def reconnect(evening: Evening) -> object:
    return evening.box.faults.reconnect()


def forget(evening: Evening) -> object:
    return evening.box.faults.invalid_session()


@pytest.mark.parametrize("break_off", [reconnect, forget])
async def test_a_wish_survives_a_new_connection_of_the_gateway(
    evening: Evening, break_off: Callable[[Evening], object]
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    known = set(evening.box.gateway.sessions)

    await break_off(evening)  # type: ignore[misc]
    if break_off is forget:
        # Without a session Discord keeps nothing for the bot; a player waits until it is back.
        await until(lambda: is_back(evening, known), limit_s=20)
    summoned = await mira.slash("summon ten")

    assert "ten-summon" in readable(summoned)
    assert (set(evening.box.gateway.sessions) == known) is (break_off is reconnect)
    await assert_summoned(evening, "mira", 1)


async def is_back(evening: Evening, before: set[str]) -> bool:
    return any(session.id not in before for session in evening.box.gateway.connected)


async def test_an_economy_that_is_away_is_waited_for(
    evening: Evening, logs: list[structlog.typing.EventDict]
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    await evening.house.kill_one("economy")

    async def has_knocked() -> bool:
        return len([said for said in logs if said["event"] == "change.unknown"]) >= 2

    wish = asyncio.create_task(mira.slash("summon ten"))
    await until(has_knocked)
    assert not wish.done()
    await evening.house.start_one("economy")
    summoned = await wish

    assert "ten-summon" in readable(summoned)
    await assert_summoned(evening, "mira", 1)


@pytest.mark.parametrize("moment", ["commit users apply", "commit collection grant"])
async def test_a_house_that_dies_in_the_middle_gives_its_answer_when_it_is_back(
    evening: Evening, moment: str
) -> None:
    mira, nils = evening.robot("mira"), evening.robot("nils")
    await evening.player("mira")
    await evening.player("nils")
    moments = await evening.house.moments_of(lambda: nils.slash("summon ten"))

    async with evening.house.dies_at(moments.index(moment) + 1):
        wish = asyncio.create_task(mira.slash("summon ten"))
        await until(lambda: is_dead(evening))
    assert not wish.done()
    await evening.house.start()
    summoned = await wish

    assert "ten-summon" in readable(summoned)
    await assert_summoned(evening, "mira", 1)


async def is_dead(evening: Evening) -> bool:
    return evening.house.has_died


async def test_five_wishes_at_once_while_the_house_restarts(evening: Evening) -> None:
    names = ["mira", "nils", "ria", "olaf", "uma"]
    for name in names:
        await evening.player(name)

    wishes = [asyncio.create_task(evening.robot(name).slash("summon ten")) for name in names]
    await evening.house.stop()
    await evening.house.start()
    answers = await asyncio.gather(*wishes)

    assert all("ten-summon" in readable(answer) for answer in answers)
    for name in names:
        await assert_summoned(evening, name, 1)


async def test_the_same_interaction_to_the_same_bot_after_its_answer_changes_nothing(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    first = await mira.slash("summon ten")

    late = await mira.slash("summon ten", interaction_id=first.interaction_id)

    assert as_read(late) == as_read(first)
    await assert_summoned(evening, "mira", 1)


async def test_an_answer_that_comes_too_late_is_in_the_history(
    evening: Evening, logs: list[structlog.typing.EventDict]
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    evening.box.visitors.patience = Patience(trace_s=0, answer_s=1, token_s=0)
    with pytest.raises(SilentBotError):
        await mira.slash("summon ten")
    evening.box.visitors.patience = evening.patience
    told = await mira.slash("academy history")

    assert "Ten-summon" in readable(told)
    assert not [said for said in logs if said["log_level"] == "error"]
    await assert_summoned(evening, "mira", 1)


async def test_everybody_is_told_to_wait_at_once(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"player {number}" for number in range(10)]
    ages: list[float] = []
    acknowledge = Interaction.acknowledge

    def noted(self: Interaction, *args: Any) -> None:
        ages.append(self.age_s)
        acknowledge(self, *args)

    monkeypatch.setattr(Interaction, "acknowledge", noted)

    await asyncio.gather(*(evening.robot(name).slash("summon ten") for name in names))

    assert len(ages) == len(names)
    assert max(ages) < SLOWEST_S
