"""What a mission may be; everything wrong with a set of them is said at once."""

from dataclasses import replace
from typing import Any

import pytest

from chassis.money import Currency
from console.sources import read_missions
from geminya.economy.v1 import mission_pb2 as pb
from services.economy.mission import rules
from services.economy.mission.rules import MAX_REWARD, Mission
from services.economy.mission.servicer import mission_in
from services.users.wallet.rules import CEILING
from tests.unit.economy.banners import CONTENT

MISSION = Mission(
    id="day-summon",
    name="A Knock at the Door",
    description="Summon five times.",
    type="summon",
    period="day",
    target_count=5,
    reward_type="sakura_crystals",
    reward_amount=50,
    difficulty="easy",
    is_active=True,
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "Day Summon"}, "not a slug"),
        ({"id": ""}, "not a slug"),
        ({"id": "a" * 65}, "at most 64"),
        ({"type": "play_game"}, "type 'play_game' is none of"),
        ({"period": "month"}, "period 'month' is none of day, week"),
        ({"reward_type": "gold"}, "reward_type 'gold' is none of"),
        ({"difficulty": "brutal"}, "difficulty 'brutal'"),
        ({"name": ""}, "name is empty"),
        ({"name": "n" * 256}, "longer than 255"),
        ({"target_count": 0}, "target_count 0 is not between"),
        ({"target_count": 10_001}, "target_count 10001"),
        ({"reward_amount": 0}, "reward_amount 0 is not between 1 and 1000000"),
        ({"reward_amount": 10_001, "reward_type": "daphine"}, "between 1 and 10000"),
    ],
)
def test_a_fault_is_named_with_its_mission(changed: dict[str, Any], words: str) -> None:
    mission = replace(MISSION, **changed)

    [fault] = rules.faults([replace(MISSION, id="whole"), mission])

    assert fault.startswith(f"{mission.id}: ")
    assert words in fault


def test_a_mission_that_stands_twice_is_a_fault() -> None:
    assert list(rules.faults([MISSION, MISSION])) == ["day-summon: stands twice"]


def test_every_fault_is_named_at_once() -> None:
    broken = replace(MISSION, name="", type="", target_count=-1)

    assert len(list(rules.faults([broken, replace(broken, id="other")]))) == 6


@pytest.mark.parametrize("currency", Currency)
def test_a_promised_reward_is_one_that_the_wallet_takes(currency: Currency) -> None:
    assert MAX_REWARD[currency.value] <= CEILING[currency]


def test_our_own_missions_are_without_fault() -> None:
    """Six for the day from 50 to 200, and a weekly set (docs/game.md)."""
    missions = [mission_in(entry.message) for entry in read_missions(CONTENT / "missions.toml")]

    assert list(rules.faults(missions)) == []
    daily = [mission for mission in missions if mission.period == "day"]
    assert {mission.type for mission in daily} == {
        "summon", "expedition", "talk", "gift", "shop", "equipment"
    }  # fmt: skip
    assert all(50 <= mission.reward_amount <= 200 for mission in daily)
    assert len(missions) > len(daily) == 6


def test_the_first_designs_word_for_crystals_is_understood() -> None:
    message = pb.Mission(mission_id="old", name=" Old ", reward_type="gems")

    assert mission_in(message).reward_type == "sakura_crystals"
    assert mission_in(message).name == "Old"
