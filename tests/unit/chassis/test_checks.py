"""The checks of a message, as its contract has them."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.checks import violations
from chassis.text import is_clean
from geminya.collection.v1 import catalog_pb2, roster_pb2
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1 import gacha_pb2
from geminya.users.v1 import account_pb2, wallet_pb2


def an_op(**given: object) -> Op:
    return Op(**{"op_id": str(uuid.uuid4()), "user_id": 7, "epoch": 1, **given})  # type: ignore[arg-type]


def wrongs(message: object) -> dict[str, str]:
    return {violation.field: violation.description for violation in violations(message)}


def test_a_message_of_good_form_has_nothing_wrong() -> None:
    change = wallet_pb2.Change(currency=1, amount=-5, reason="sink.gacha")  # type: ignore[arg-type]

    assert wrongs(wallet_pb2.ApplyRequest(op=an_op(), changes=[change])) == {}


def test_an_empty_message_names_what_is_required() -> None:
    assert wrongs(account_pb2.ClaimDailyRequest()) == {"op": "is required"}
    assert wrongs(Op()) == {
        "op_id": "is required",
        "user_id": "is below 1",
        "epoch": "is below 1",
    }


def test_everything_wrong_is_named_with_its_place() -> None:
    change = wallet_pb2.Change(currency=9, amount=2**60, reason="x" * 40)  # type: ignore[arg-type]
    request = wallet_pb2.ApplyRequest(op=an_op(user_id=-1), changes=[change], min_collector_rank=-1)

    assert wrongs(request) == {
        "op.user_id": "is below 1",
        "changes[0].currency": "9 is not a known value",
        "changes[0].amount": "is above 9007199254740991",
        "changes[0].reason": "is longer than 32",
        "min_collector_rank": "is below 0",
    }


@given(amount=st.integers(-(2**63), 2**63 - 1))
def test_a_range_has_both_its_ends(amount: int) -> None:
    change = wallet_pb2.Change(currency=1, amount=amount, reason="r")  # type: ignore[arg-type]

    is_in_range = amount != 0 and abs(amount) <= 2**53 - 1
    assert ("amount" not in wrongs(change)) is is_in_range


@pytest.mark.parametrize(("count", "is_right"), [(1, True), (10, True), (0, False), (2, False)])
def test_only_the_named_numbers_are_allowed(count: int, is_right: bool) -> None:
    request = gacha_pb2.SummonRequest(op=an_op(), banner_id="spring", count=count)

    assert ("count" not in wrongs(request)) is is_right


@pytest.mark.parametrize(
    ("slug", "is_right"),
    [
        ("spring-26", True),
        ("a", True),
        ("Spring", False),
        ("-a", False),
        ("a--b", False),
        ("a-", False),
        ("a b", False),
        ("a\n", False),
        ("ä", False),
    ],
)
def test_a_slug_is_small_letters_digits_and_single_hyphens(slug: str, is_right: bool) -> None:
    request = gacha_pb2.SummonRequest(op=an_op(), banner_id=slug, count=1)

    assert ("banner_id" not in wrongs(request)) is is_right


@pytest.mark.parametrize(
    ("op_id", "is_right"),
    [
        ("6b0e2b1e-3c2f-5f44-9a51-6d6f6f6e6c74", True),
        ("6B0E2B1E-3C2F-5F44-9A51-6D6F6F6E6C74", False),
        ("6b0e2b1e3c2f5f449a516d6f6f6e6c74", False),
        ("{6b0e2b1e-3c2f-5f44-9a51-6d6f6f6e6c74}", False),
        ("6b0e2b1e-3c2f-5f44-9a51", False),
        ("x", False),
    ],
)
def test_a_uuid_has_one_form_only(op_id: str, is_right: bool) -> None:
    """Two spellings of one id would be two hashes of one op."""
    assert ("op_id" not in wrongs(an_op(op_id=op_id))) is is_right


@pytest.mark.parametrize(("items", "is_right"), [(0, False), (1, True), (100, True), (101, False)])
def test_a_list_has_a_length(items: int, is_right: bool) -> None:
    request = roster_pb2.GrantRequest(op=an_op(), waifu_ids=[1] * items)

    assert ("waifu_ids" not in wrongs(request)) is is_right


def test_a_text_with_nul_is_wrong_wherever_it_stands() -> None:
    """PostgreSQL answers a NUL with an error."""
    row = catalog_pb2.SourceRow(line=2, cells={"na\0me": b"x"})
    request = catalog_pb2.AdminImportCatalogRequest(series=[row])

    assert list(wrongs(request).values()) == ["holds a NUL character"]
    assert wrongs(wallet_pb2.ListLedgerRequest(user_id=7, page_token="a\0")) == {
        "page_token": "holds a NUL character"
    }


@given(st.text())
def test_clean_text_has_nothing_hidden_in_it(text: str) -> None:
    if is_clean(text):
        assert "\0" not in text
        assert not any(mark in text for mark in "\u200b\u200d\u202e\u2066\u2028\ufeff\n\r\t\x7f")


@pytest.mark.parametrize("text", ["Sakura", "花の学院", "École", "♥ 7", "❤️", "Ω", "a-b_c!?"])
def test_what_people_write_is_clean(text: str) -> None:
    assert is_clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\u200bb",
        "a\u200db",
        "\u202eabc",
        "\u2066abc",
        "a\u2028b",
        "a\u2029b",
        "a\nb",
        "a\tb",
        "\x1b[31m",
        "ﬁ",
        "①",
        "\u3164",
        "\u1160",
        "\u2800",
        "\u034f",
        "\ue000",
        "\U000e0041",
        "e\u0301",
    ],
)
def test_what_hides_or_looks_alike_is_not_clean(text: str) -> None:
    assert not is_clean(text)
