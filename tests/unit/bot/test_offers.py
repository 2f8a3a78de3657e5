"""Custom ids: who may press, what it does, until when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bot.offers import ID_LETTERS, ForeignOffer, Offers, StaleOffer
from tests.unit.bot.builders import NOW, OWNER, STRANGER, an_offers, asked_at

slugs = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda s: len(s) <= 50)


@given(data=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=44))
def test_a_button_says_what_was_signed(data: str) -> None:
    offers = an_offers()
    opened = offers.open(OWNER, offers.sign(OWNER, asked_at(), "coll", data))
    assert (opened.action, opened.data) == ("coll", data)


@given(banner_id=slugs)
def test_a_custom_id_fits_into_discords_hundred_letters(banner_id: str) -> None:
    assert len(an_offers().sign(OWNER, asked_at(), "sum", f"10~{banner_id}")) <= ID_LETTERS


def test_the_longest_banner_id_of_the_contract_fits() -> None:
    assert len(an_offers().sign(OWNER, asked_at(), "s", "b" * 64)) <= ID_LETTERS


def test_what_does_not_fit_is_a_bug() -> None:
    with pytest.raises(ValueError, match="custom id of"):
        an_offers().sign(OWNER, asked_at(), "coll", "x" * 70)


def test_a_stranger_cannot_press() -> None:
    custom_id = an_offers().sign(OWNER, asked_at(), "sum", "10~standard")
    with pytest.raises(ForeignOffer):
        an_offers().open(STRANGER, custom_id)


def test_another_key_makes_other_buttons() -> None:
    custom_id = Offers(b"another key, really").sign(OWNER, asked_at(), "sum")
    with pytest.raises(ForeignOffer):
        an_offers().open(OWNER, custom_id)


@pytest.mark.parametrize(
    ("old", "new"),
    [("10~", "11~"), ("v1.", "v2."), (".sum.", ".daily."), ("standard", "premium")],
)
def test_a_tampered_button_is_nobodys(old: str, new: str) -> None:
    custom_id = an_offers().sign(OWNER, asked_at(), "sum", "10~standard")
    assert old in custom_id
    with pytest.raises(ForeignOffer):
        an_offers().open(OWNER, custom_id.replace(old, new))


def test_the_expiry_is_signed_too() -> None:
    parts = an_offers().sign(OWNER, asked_at(), "sum", "1~standard").split(".")
    parts[3] = "zzzzzz"
    with pytest.raises(ForeignOffer):
        an_offers().open(OWNER, ".".join(parts))


@given(custom_id=st.text(max_size=100))
def test_rubbish_is_nobodys(custom_id: str) -> None:
    with pytest.raises(ForeignOffer):
        an_offers().open(OWNER, custom_id)


def test_an_old_button_is_stale() -> None:
    custom_id = an_offers().sign(OWNER, asked_at(), "sum", life_s=60)
    assert an_offers(NOW + 60).open(OWNER, custom_id)
    with pytest.raises(StaleOffer):
        an_offers(NOW + 61).open(OWNER, custom_id)


def test_every_answer_has_an_offer_of_its_own() -> None:
    offers = an_offers()
    occasions = (asked_at(), asked_at(), asked_at(number=1))
    ids = [offers.sign(OWNER, occasion, "sum", "1~a") for occasion in occasions]
    nonces = [offers.open(OWNER, custom_id).nonce for custom_id in ids]
    assert ids[0] == ids[1]
    assert nonces[0] == nonces[1] != nonces[2]


def test_the_buttons_of_one_answer_differ() -> None:
    offers = an_offers()
    orders = [("sum", "1~a"), ("sum", "10~a"), ("odds", "1~a")]
    ids = [offers.sign(OWNER, asked_at(), *order) for order in orders]
    assert len({offers.open(OWNER, custom_id).nonce for custom_id in ids}) == 3
