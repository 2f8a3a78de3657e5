"""What an academy may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.money import Currency, Money
from chassis.text import is_clean
from services.users.account import rules
from services.users.errors import NameNotAllowed

names = st.text(min_size=3, max_size=32)
snowflakes = st.integers(1, 2**63 - 1)


@pytest.mark.parametrize(
    "name", ["Sakura Academy", "花の学院", "École n° 7", "3rd Wing", "Ōkami ☆"]
)
def test_a_readable_name_stands(name: str) -> None:
    assert rules.check_name(name) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [("  Moonlit Hall ", "Moonlit Hall"), ("Moonlit    Hall", "Moonlit Hall")],
)
def test_space_around_and_between_is_tidied(written: str, name: str) -> None:
    assert rules.check_name(written) == name


@pytest.mark.parametrize(
    "name",
    [
        "http://a.b",
        "see HTTPS://x",
        "www.example",
        "discord.gg/abc",
        "Discord.com/x",
        "my-site.net",
        "best.io now",
    ],
)
def test_a_name_leads_nowhere(name: str) -> None:
    with pytest.raises(NameNotAllowed):
        rules.check_name(name)


@pytest.mark.parametrize("name", ["---", "☆☆☆", "a ", " a  b"[:3], "      ", "!!! ???"])
def test_a_name_has_something_to_read(name: str) -> None:
    with pytest.raises(NameNotAllowed):
        rules.check_name(name)


@given(names)
def test_an_allowed_name_is_stable(name: str) -> None:
    try:
        allowed = rules.check_name(name)
    except NameNotAllowed:
        return
    assert rules.check_name(allowed) == allowed
    assert 3 <= len(allowed) <= 32


@given(snowflakes)
def test_the_first_name_is_allowed_and_tells_no_whole_id(discord_id: int) -> None:
    name = rules.first_name(discord_id)

    assert rules.check_name(name) == name
    assert is_clean(name)
    assert len(name) <= 32
    assert discord_id < 10**6 or str(discord_id) not in name


def test_the_numbers_of_the_game() -> None:
    assert Money(Currency.SAKURA_CRYSTALS, 2000) == rules.START
    assert Money(Currency.SAKURA_CRYSTALS, 500) == rules.DAILY
