"""Who may call what: the table of docs/reliability.md, section 9, written out."""

import pytest
from google.protobuf.descriptor import FieldDescriptor

from tests.contract.contracts import callers_of, methods

PLAYERS = {"bot"}
LOOKS = {"bot", "admin"}
"""Reads: an operator may look at whatever a player may."""

TABLE = {
    "common.OperationService/GetOperation": LOOKS,
    "users.AccountService/Enter": LOOKS,  # finds a player for the operator, too
    "users.AccountService/GetAccount": LOOKS,
    "users.AccountService/Rename": PLAYERS,
    "users.AccountService/ClaimDaily": PLAYERS,
    "users.WalletService/ListLedger": LOOKS,
    "users.WalletService/Apply": {"economy", "expeditions", "collection"},
    "collection.CatalogService/GetWaifu": LOOKS,
    "collection.CatalogService/BatchGetWaifus": LOOKS,
    "collection.CatalogService/SearchWaifus": LOOKS,
    "collection.CatalogService/SearchSeries": LOOKS,
    "collection.CatalogService/ListPool": {
        "economy",
        "admin",
    },  # a read: what the banners draw from
    "collection.CatalogService/AdminImportCatalog": {"admin"},
    "collection.RosterService/Grant": {"economy"},
    "collection.RosterService/ListOwnedWaifus": LOOKS,
    "collection.RosterService/GetOwnedWaifu": LOOKS,
    "collection.RosterService/GetRoster": LOOKS,
    "economy.GachaService/ListBanners": LOOKS,
    "economy.GachaService/GetBanner": LOOKS,
    "economy.GachaService/GetOdds": LOOKS,
    "economy.GachaService/Summon": PLAYERS,
    "economy.GachaService/ListSummons": LOOKS,
    "economy.GachaService/GetPity": LOOKS,
    "economy.GachaService/AdminImportBanners": {"admin"},
    "economy.MissionService/ListMissions": LOOKS,
    "economy.MissionService/AdminImportMissions": {"admin"},
}


def test_every_method_names_its_callers_and_they_are_those_of_the_table() -> None:
    assert {name: callers_of(method) for name, method in methods().items()} == TABLE


@pytest.mark.parametrize("name", methods())
def test_nobody_is_called_unspecified(name: str) -> None:
    found = callers_of(methods()[name])

    assert found
    assert "unspecified" not in found


@pytest.mark.parametrize("name", methods())
def test_only_the_operators_tool_calls_what_is_the_operators(name: str) -> None:
    if name.rpartition("/")[2].startswith("Admin"):
        assert callers_of(methods()[name]) == {"admin"}


@pytest.mark.parametrize("name", methods())
def test_what_changes_something_of_a_player_carries_an_op_and_is_not_the_operators(
    name: str,
) -> None:
    """The bot cannot mint, and an operator changes players by `Admin…` alone, with an audit row."""
    method = methods()[name]
    op = method.input_type.fields_by_name.get("op")
    if op is None:
        assert method.name.startswith(("Get", "List", "Search", "BatchGet", "Admin", "Enter"))
        return
    assert (op.number, op.message_type.full_name) == (1, "geminya.common.v1.Op")
    assert op.type == FieldDescriptor.TYPE_MESSAGE
    assert "admin" not in callers_of(method)


def test_the_bot_can_neither_mint_nor_grant_nor_close() -> None:
    for name, method in methods().items():
        if name.rpartition("/")[2] in ("Apply", "Grant", "CloseUser", "Settle", "LockParty"):
            assert "bot" not in callers_of(method)
