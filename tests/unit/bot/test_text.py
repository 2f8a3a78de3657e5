"""Every word a player may read is there, and says only what it knows."""

import re
import string
from importlib import import_module
from pathlib import Path

import pytest

import gateway_bot
from chassis.rpc.status import Refused
from gateway_bot import text
from gateway_bot.refusals import sentence_for
from geminya.common.v1.refusal_pb2 import refusal

PACKAGES = ("common", "users", "collection", "expeditions", "economy")
BOT = Path(gateway_bot.__file__).parent
SOURCES = [path for path in BOT.rglob("*.py") if "render" not in path.relative_to(BOT).parts]


def reasons(package: str) -> dict[str, list[str]]:
    """Reason to metadata keys, as the contract says."""
    module = import_module(f"geminya.{package}.v1.error_reason_pb2")
    values = module.DESCRIPTOR.enum_types_by_name["ErrorReason"].values
    return {
        value.name: list(value.GetOptions().Extensions[refusal].keys)
        for value in values
        if value.number
    }


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_reason_has_a_sentence_and_no_sentence_is_without_one(package: str) -> None:
    assert set(text.refusals()[package]) == set(reasons(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_sentence_uses_only_the_keys_of_its_reason(package: str) -> None:
    for reason, keys in reasons(package).items():
        assert places(text.refusals()[package][reason]) <= set(keys), reason


@pytest.mark.parametrize("package", PACKAGES)
def test_a_sentence_is_one_or_two_friendly_ones(package: str) -> None:
    for sentence in text.refusals()[package].values():
        assert sentence[0].isupper()
        assert sentence[-1] in ".!"
        assert len(sentence) < 200


def test_the_facts_of_a_refusal_are_shown_as_a_player_writes_them() -> None:
    facts = {"currency": "CURRENCY_QUARTZS", "price": "1000", "balance": "20"}
    sentence = sentence_for(Refused("INSUFFICIENT_FUNDS", "users.geminya", facts))
    assert "1\N{NARROW NO-BREAK SPACE}000 quartz and have 20" in sentence


@pytest.mark.parametrize("name", ["sakura_crystals", "CURRENCY_SAKURA_CRYSTALS"])
def test_a_currency_is_known_by_both_of_its_names(name: str) -> None:
    sentence = sentence_for(Refused("WALLET_FULL", "users.geminya", {"currency": name}))
    assert "sakura crystals" in sentence


@pytest.mark.parametrize("time", ["2027-01-15T17:00:00+00:00", "1800032400"])
def test_a_time_is_counted_by_discord(time: str) -> None:
    facts = {"next_time": time}
    sentence = sentence_for(Refused("ALREADY_CLAIMED", "users.geminya", facts))
    assert "<t:1800032400:R>" in sentence


def test_what_a_player_typed_cannot_shape_the_sentence() -> None:
    facts = {"banner_id": "**<@1>**"}
    sentence = sentence_for(Refused("BANNER_NOT_FOUND", "economy.geminya", facts))
    assert r"\*\*\<@1>\*\*" in sentence


def test_a_fact_that_is_missing_or_odd_is_no_second_refusal() -> None:
    assert "…" in sentence_for(Refused("INSUFFICIENT_FUNDS", "users.geminya", {"price": "x"}))
    assert "UNHEARD" in sentence_for(Refused("UNHEARD", "users.geminya", {}))


def test_a_refusal_of_the_kit_is_known_in_every_service() -> None:
    sentence = sentence_for(Refused("TOO_MANY", "economy.geminya", {"limit": "3"}))
    assert sentence == text.refusals()["common"]["TOO_MANY"]


def test_every_word_that_the_code_asks_for_is_there_and_no_other() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCES)
    asked = set(re.findall(r"[\"']([a-z_]+\.[a-z_]+)[\"']", code))
    hints = {f"hints.{key}" for key in re.findall(r'Hint\(\s*"(\w+)"', code)}
    known = {key for key in keys() if key.split(".")[0] not in TABLES}
    assert hints <= known
    assert set(re.findall(r'say\(\s*"([^"]+)"', code)) <= keys()
    assert known - asked - hints == set()


TABLES = {
    *("purchase", "period", "rareness", "needs"),
    *("effect", "reasons", "stat", "currency", "banner_type", "kinds", "states"),
    *("encounter_type", "affinity", "outcome", "fortune", "item", "tally", "ending"),
    *("luck", "modifier", "on_the_way", "plan_part", "plan_effect"),
}


def keys() -> set[str]:
    return {f"{section}.{key}" for section, words in text._read("en.toml").items() for key in words}
