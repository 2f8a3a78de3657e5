"""Ids, money, time, refusals, page tokens, traces, settings: the small pure parts."""

import os
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import telemetry
from chassis.clock import StoppedClock, SystemClock, day_start, game_day, statement_time
from chassis.ids import GEMINYA, op_of_interaction, op_of_offer, op_of_part, uuid7
from chassis.money import HIGHEST, Currency, Money
from chassis.operations.refusals import KitRejection, OpReused, TooMany, keep, recall
from chassis.postgres import DatabaseTrouble, label_of, translated
from chassis.rejection import Because, Rejection, by_reason
from chassis.rpc import page
from chassis.rpc.interceptors import is_loopback
from chassis.settings import Settings, SettingsError, read_settings
from chassis.wire import (
    balances_out,
    currency_in,
    currency_out,
    money_in,
    money_out,
    time_in,
    time_out,
)

parts = st.lists(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001

# Ids


def test_one_interaction_is_one_operation_whoever_hears_of_it() -> None:
    assert op_of_interaction(42, "summon") == op_of_interaction(42, "summon")
    assert op_of_interaction(42, "summon") == str(uuid.uuid5(GEMINYA, "i:42:summon"))


def test_other_causes_are_other_operations() -> None:
    ops = {
        op_of_interaction(42, "summon"),
        op_of_interaction(43, "summon"),
        op_of_interaction(42, "daily"),
        op_of_offer("42:summon"),
        op_of_part(op_of_interaction(42, "summon"), 0),
        op_of_part(op_of_interaction(42, "summon"), 1),
    }

    assert len(ops) == 6


def test_the_namespace_never_changes() -> None:
    """Another one would let yesterday's interactions act again."""
    assert str(GEMINYA) == "6b0e2b1e-3c2f-5f44-9a51-6d6f6f6e6c74"
    assert op_of_interaction(1, "daily") == "fa28e1cf-72e9-5271-a77e-c98146f17be3"


def test_new_ids_are_uuids_of_version_7_that_sort_by_time() -> None:
    ids = [uuid.UUID(uuid7()) for _ in range(200)]

    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert len(set(ids)) == 200
    milliseconds = [one.int >> 80 for one in ids]
    assert milliseconds == sorted(milliseconds)
    assert abs(milliseconds[0] / 1000 - datetime.now(UTC).timestamp()) < 60


# Money


@pytest.mark.parametrize("amount", [-1, HIGHEST + 1])
def test_there_is_no_money_out_of_bounds(amount: int) -> None:
    with pytest.raises(ValueError, match="no such amount"):
        Money(Currency.QUARTZS, amount)


def test_a_price_times_a_count_stays_in_bounds() -> None:
    assert Money(Currency.QUARTZS, 10).times(99).amount == 990
    with pytest.raises(ValueError, match="no such amount"):
        Money(Currency.QUARTZS, HIGHEST).times(2)


@given(st.builds(Money, st.sampled_from(Currency), st.integers(0, HIGHEST)))
def test_money_travels_whole(money: Money) -> None:
    assert money_in(money_out(money)) == money


def test_balances_stand_in_the_order_of_the_currencies() -> None:
    out = balances_out({"daphine": 3, "quartzs": 2, "sakura_crystals": 1})

    assert [money.amount for money in out] == [1, 2, 3]
    assert [currency_in(currency_out(currency)) for currency in Currency] == list(Currency)


# Time


@given(moments)
def test_a_moment_travels_whole(moment: datetime) -> None:
    stamp = time_out(moment)

    assert stamp is not None
    assert time_in(stamp) == moment


def test_no_moment_stays_none() -> None:
    assert time_out(None) is None


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 7, 1, 16, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 17, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_a_game_day_begins_at_its_offset(moment: datetime, day: date) -> None:
    clock = StoppedClock(moment)

    assert game_day(clock) == day
    assert day_start(clock, date(2026, 7, 2)) == datetime(2026, 7, 1, 17, tzinfo=UTC)


@given(moments, st.integers(-12, 14))
def test_a_day_holds_its_moments(moment: datetime, offset_h: int) -> None:
    clock = StoppedClock(moment, timedelta(hours=offset_h))

    begin = day_start(clock, game_day(clock))

    assert begin <= moment < begin + timedelta(days=1)


def test_a_stopped_clock_moves_when_it_is_moved() -> None:
    clock = StoppedClock(datetime(2026, 7, 1, tzinfo=UTC))
    clock.move(timedelta(hours=2))

    assert clock.now() == datetime(2026, 7, 1, 2, tzinfo=UTC)
    assert statement_time(clock) == clock.now()


def test_a_statement_goes_by_the_clock_of_the_database() -> None:
    assert statement_time(SystemClock()) is None


# Refusals


class Grumpy(Rejection):
    domain = "test.geminya"


class TooLoud(Grumpy):
    reason = "TOO_LOUD"
    because = Because.NOT_FOUND
    text = "{volume} is too loud for {whom}"

    def __init__(self, *, volume: int, whom: str) -> None:
        super().__init__(volume=str(volume), whom=whom)


def test_a_refusal_says_why_with_its_facts() -> None:
    refusal = TooLoud(volume=11, whom="{cats}")

    assert str(refusal) == "11 is too loud for {cats}"
    assert refusal.metadata == {"volume": "11", "whom": "{cats}"}


def test_refusals_are_found_by_their_reason() -> None:
    assert by_reason(Grumpy) == {"TOO_LOUD": TooLoud}
    assert by_reason(KitRejection)["OP_REUSED"] is OpReused


def test_a_kept_refusal_is_the_same_when_it_is_recalled() -> None:
    refusal = TooLoud(volume=11, whom="cats")

    again = recall(keep(refusal), {})

    assert (again.domain, again.reason, again.because) == (
        "test.geminya",
        "TOO_LOUD",
        Because.NOT_FOUND,
    )
    assert (str(again), again.metadata) == (str(refusal), refusal.metadata)
    assert keep(again) == keep(refusal)


def test_a_refusal_that_a_statement_made_is_found_among_the_services_own() -> None:
    again = recall(
        b'{"reason": "TOO_LOUD", "metadata": {"volume": 11, "whom": "cats"}}', by_reason(Grumpy)
    )

    assert isinstance(again, TooLoud)
    assert str(again) == "11 is too loud for cats"


def test_too_many_is_no_outcome_of_a_step() -> None:
    assert TooMany(limit="x").because is Because.RESOURCE_EXHAUSTED


# Pages


@given(filters=parts, key=parts)
def test_a_page_token_leads_back_to_its_key(filters: list[str], key: list[str]) -> None:
    token = page.encode(tuple(filters), tuple(key))

    assert page.decode(tuple(filters), token, len(key)) == tuple(key)


@given(st.text())
def test_any_other_text_is_a_bad_request(text: str) -> None:
    if not text:
        assert page.decode(("ledger", 7), text, 2) is None
        return
    with pytest.raises(page.BadRequest):
        page.decode(("ledger", 7), text, 2)


@pytest.mark.parametrize(
    "filters", [("ledger", 8), ("ledger", "7"), ("summons", 7), ("ledger", 7, 1)]
)
def test_a_token_belongs_to_its_list(filters: tuple[object, ...]) -> None:
    token = page.encode(("ledger", 7), (1, "quartzs"))

    with pytest.raises(page.BadRequest, match="another list"):
        page.decode(filters, token, 2)


@pytest.mark.parametrize(
    "key", ["", "x", "1.5", "1e3", " 1", "٣", "9" * 19, "-" + "9" * 19, "9" * 5000]
)
def test_a_key_that_is_no_whole_number_is_a_bad_request(key: str) -> None:
    with pytest.raises(page.BadRequest):
        page.whole(key)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_key_is_what_it_was(number: int) -> None:
    assert page.whole(str(number)) == number


def test_a_page_has_25_rows_unless_asked_otherwise() -> None:
    assert (page.size_of(0), page.size_of(7)) == (25, 7)


# Traces


def test_a_header_names_a_span() -> None:
    context = telemetry.parse("00-" + "a" * 32 + "-" + "b" * 16 + "-01")

    assert context is not None
    assert (context.trace_id, context.span_id, context.trace_flags) == (
        int("a" * 32, 16),
        int("b" * 16, 16),
        1,
    )


@given(st.one_of(st.text(), st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-z]{2}")))
def test_no_header_can_break_anything(header: str) -> None:
    context = telemetry.parse(header)

    assert context is None or context.is_valid
    with telemetry.under(header):
        assert isinstance(telemetry.link_to(header), tuple)


# Statements and places


@pytest.mark.parametrize(
    ("sql", "label"),
    [
        ("-- save\nSELECT 1", "save"),
        ("\n        -- find\n   SELECT 1", "find"),
        ("SELECT 1", "statement"),
    ],
)
def test_a_statement_is_named_by_its_first_line(sql: str, label: str) -> None:
    assert label_of(sql) == label


@pytest.mark.parametrize(
    ("peer", "is_near"),
    [
        ("ipv4:127.0.0.1:5", True),
        ("ipv6:[::1]:5", True),
        ("ipv6:%5B::1%5D:5", True),
        ("unix:/run/x", True),
        ("ipv4:10.0.0.1:5", False),
        ("ipv4:1.127.0.0:5", False),
        ("ipv6:[::ffff:10.0.0.1]:5", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(peer: str, is_near: bool) -> None:
    assert is_loopback(peer) is is_near


# Settings


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.startswith("GEMINYA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_a_wrong_setting_is_named(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("GEMINYA_USERS_PORT", "many")

    with pytest.raises(SettingsError, match="GEMINYA_USERS_PORT"):
        read_settings()


def test_a_missing_setting_is_named(bare_environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()

    with pytest.raises(SettingsError, match="GEMINYA_USERS_DATABASE_URL"):
        settings.database_url_of("users")
    with pytest.raises(SettingsError, match="GEMINYA_SECRET_KEY"):
        settings.require_secret_key()


def test_the_environment_goes_before_secret_files_before_dotenv(
    bare_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "GEMINYA_HOST=dotenv\nGEMINYA_DISCORD_URL=dotenv\nGEMINYA_OTLP_ENDPOINT=dotenv\n"
    )
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "GEMINYA_HOST").write_text("secret")
    (secrets / "GEMINYA_DISCORD_URL").write_text("secret")
    bare_environment.setenv("GEMINYA_SECRETS_DIR", str(secrets))
    bare_environment.setenv("GEMINYA_HOST", "environment")

    settings = read_settings()

    assert (settings.host, settings.discord_url, settings.otlp_endpoint) == (
        "environment",
        "secret",
        "dotenv",
    )


def test_secret_files_may_stand_in_several_folders(
    bare_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own, given = tmp_path / "own", tmp_path / "given"
    for folder, name in ((own, "geminya_secret_key"), (given, "geminya_discord_token")):
        folder.mkdir()
        (folder / name).write_text(f"what {name} says\n")
    bare_environment.setenv("GEMINYA_SECRETS_DIR", f"{own}:{given}")

    settings = read_settings()

    assert settings.require_secret_key() == b"what geminya_secret_key says"
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "what geminya_discord_token says"


def test_secrets_do_not_show(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("GEMINYA_SECRET_KEY", "very secret indeed")
    bare_environment.setenv("GEMINYA_DATABASE_URL", "postgresql://u:hush@h/d")

    shown = repr(read_settings())

    assert "very secret" not in shown
    assert "hush" not in shown
    assert isinstance(read_settings(), Settings)


def test_a_connection_that_was_lost_on_its_way_back_is_trouble_and_no_bug() -> None:
    # What asyncpg raises when a dying connection left the pool before it was given back.
    with pytest.raises(DatabaseTrouble), translated():
        raise asyncpg.InternalClientError("release() called on a free connection holder")
