"""Who may call what: the table of docs/reliability.md, section 9, written out."""

import re

import pytest
from google.protobuf.descriptor import FieldDescriptor

from chassis.settings import SERVICES
from geminya.common.v1.callers_pb2 import feature
from tests.contract.contracts import ROOT, callers_of, methods

PLAYERS = {"bot"}
LOOKS = {"bot", "admin"}
"""Reads: an operator may look at whatever a player may."""

TABLE = {
    "common.OperationService/GetOperation": LOOKS,
    "common.OperationService/SearchOperations": LOOKS,
    "common.OperationService/CloseStep": {"collection", "expeditions", "economy"},
    "common.ExportService/ListHeldRows": LOOKS,
    "common.ClosingService/CloseUser": {"users"},
    "common.ClosingService/GetOpenCount": {"users"},
    "common.AdminService/AdminFreezeFeature": {"admin"},
    "common.AdminService/AdminUnfreezeFeature": {"admin"},
    "common.AdminService/AdminListFeatures": {"admin"},
    "common.AdminService/AdminListOperations": {"admin"},
    "common.AdminService/AdminGetOperation": {"admin"},
    "common.AdminService/AdminRetryOperation": {"admin"},
    "common.AdminService/AdminRefundOperation": {"admin"},
    "common.AdminService/AdminListAudit": {"admin"},
    "users.AccountService/Enter": LOOKS,  # finds a player for the operator, too
    "users.AccountService/GetAccount": LOOKS,
    "users.AccountService/Rename": PLAYERS,
    "users.AccountService/ClaimDaily": PLAYERS,
    "users.AccountService/GetPlayer": LOOKS,
    "users.AccountService/GetContact": PLAYERS,
    "users.AccountService/BatchGetAccounts": LOOKS,
    "users.AccountService/UpdateSettings": PLAYERS,
    "users.AccountService/ResetAccount": PLAYERS,
    "users.AccountService/EraseAccount": PLAYERS,
    "users.AccountService/AdminEraseAccount": {"admin"},
    "users.AccountService/ListBans": LOOKS,
    "users.AccountService/AdminBan": {"admin"},
    "users.AccountService/AdminLiftBan": {"admin"},
    "users.WalletService/ListLedger": LOOKS,
    "users.WalletService/Apply": {"economy", "expeditions", "collection"},
    "users.WalletService/BatchApply": {"economy"},
    "users.WalletService/AdminAdjust": {"admin"},
    "users.WalletService/AdminApproveAdjust": {"admin"},
    "users.WalletService/AdminRejectAdjust": {"admin"},
    "users.WalletService/AdminListProposals": {"admin"},
    "users.DutyService/LeaseDuty": PLAYERS,
    "users.DutyService/ReturnDuty": PLAYERS,
    "collection.CatalogService/GetWaifu": LOOKS,
    "collection.CatalogService/BatchGetWaifus": LOOKS,
    "collection.CatalogService/BatchGetSeries": LOOKS,
    "collection.CatalogService/SearchWaifus": LOOKS,
    "collection.CatalogService/SearchSeries": LOOKS,
    "collection.CatalogService/GetSeries": LOOKS,
    "collection.CatalogService/ListSeries": LOOKS,
    "collection.CatalogService/ListPool": {
        "economy",
        "admin",
    },  # a read: what the banners draw from
    "collection.CatalogService/AdminImportCatalog": {"admin"},
    "collection.RosterService/Grant": {"economy"},
    "collection.RosterService/BatchGrant": {"economy"},
    "collection.RosterService/ListOwnedWaifus": LOOKS,
    "collection.RosterService/GetOwnedWaifu": LOOKS,
    "collection.RosterService/GetRoster": LOOKS,
    "collection.RosterService/ListAlbum": LOOKS,
    "collection.RosterService/SuggestQuery": LOOKS,
    "collection.RosterService/ListSeriesProgress": LOOKS,
    "collection.RosterService/ListTop": LOOKS,
    "collection.RosterService/GetPlace": LOOKS,
    "collection.RosterService/Awaken": PLAYERS,
    "collection.RosterService/SetFavorite": PLAYERS,
    "collection.RosterService/AdminGiveWaifu": {"admin"},
    "collection.RosterService/LockParty": {"expeditions"},
    "collection.RosterService/ListCandidates": {"expeditions", "admin"},  # a read: who could go
    "collection.RosterService/Settle": {"expeditions"},
    "collection.EquipmentService/ListEquipment": LOOKS,
    "collection.EquipmentService/GetEquipment": LOOKS,
    "collection.EquipmentService/UnlockSubSlot": PLAYERS,
    "collection.EquipmentService/ClearSubSlots": PLAYERS,
    "collection.EquipmentService/DiscardEquipment": PLAYERS,
    "collection.EquipmentService/SetEquipmentFavorite": PLAYERS,
    "collection.EquipmentService/AdminGiveEquipment": {"admin"},
    "collection.BondService/Talk": PLAYERS,
    "collection.BondService/GiveGift": PLAYERS,
    "collection.BondService/SetNickname": PLAYERS,
    "collection.BondService/SetRoom": PLAYERS,
    "collection.BondService/SetFavoriteMemory": PLAYERS,
    "collection.BondService/ListGifts": LOOKS,
    "collection.BondService/GetRoom": LOOKS,
    "collection.BondService/ListMemories": LOOKS,
    "collection.BondService/ListConversations": LOOKS,
    "collection.BondService/AdminImportBond": {"admin"},
    "expeditions.AtlasService/ListTemplates": LOOKS,
    "expeditions.AtlasService/GetTemplate": LOOKS,
    "expeditions.AtlasService/GetRotation": LOOKS,
    "expeditions.AtlasService/ListEncounters": {"admin"},  # it tells what is still to be found out
    "expeditions.AtlasService/AdminImportAtlas": {"admin"},
    "expeditions.ExpeditionService/StartExpedition": PLAYERS,
    "expeditions.ExpeditionService/RepeatExpedition": PLAYERS,
    "expeditions.ExpeditionService/CompleteExpedition": PLAYERS,
    "expeditions.ExpeditionService/CancelExpedition": PLAYERS,
    "expeditions.ExpeditionService/Hasten": {"economy"},
    "expeditions.ExpeditionService/ListExpeditions": LOOKS,
    "expeditions.ExpeditionService/GetExpedition": LOOKS,
    "expeditions.ExpeditionService/ListExpeditionLogs": LOOKS,
    "expeditions.ExpeditionService/AdminReplayExpedition": {"admin"},
    "expeditions.PlannerService/GetPlan": LOOKS,
    "expeditions.PlannerService/SuggestParty": LOOKS,
    "expeditions.PlannerService/ListSuited": LOOKS,
    "expeditions.PlannerService/GetLootOdds": LOOKS,
    "expeditions.NoticeService/LeaseNotices": PLAYERS,
    "expeditions.NoticeService/ReportNotice": PLAYERS,
    "expeditions.NoticeService/ListInbox": LOOKS,
    "expeditions.NoticeService/ReadInbox": PLAYERS,
    "economy.GachaService/ListBanners": LOOKS,
    "economy.GachaService/GetBanner": LOOKS,
    "economy.GachaService/GetOdds": LOOKS,
    "economy.GachaService/Summon": PLAYERS,
    "economy.GachaService/ListSummons": LOOKS,
    "economy.GachaService/GetPity": LOOKS,
    "economy.GachaService/AdminImportBanners": {"admin"},
    "economy.GachaService/ListBannerPool": LOOKS,
    "economy.GachaService/GetFairness": LOOKS,
    "economy.GachaService/RotateSeed": PLAYERS,
    "economy.GachaService/GetProof": LOOKS,
    "economy.GachaService/AdminReplaySummon": {"admin"},
    "economy.GachaService/AdminSimulateBanner": {"admin"},
    "economy.GachaService/AdminScheduleBanner": {"admin"},
    "economy.GachaService/AdminListBannerVersions": {"admin"},
    "economy.MissionService/ListMissions": LOOKS,
    "economy.MissionService/AdminImportMissions": {"admin"},
    "economy.MissionService/ClaimMission": PLAYERS,
    "economy.MissionService/ClaimAllMissions": PLAYERS,
    "economy.MissionService/RecordActivity": {"users", "collection"},
    "economy.MissionService/AdminListMissions": {"admin"},
    "economy.MissionService/AdminEndMission": {"admin"},
    "economy.ShopService/Settle": {"expeditions"},
    "economy.ShopService/ListItems": LOOKS,
    "economy.ShopService/GetItem": LOOKS,
    "economy.ShopService/Buy": PLAYERS,
    "economy.ShopService/ListPurchases": LOOKS,
    "economy.ShopService/ListInventory": LOOKS,
    "economy.ShopService/UseItem": PLAYERS,
    "economy.ShopService/AdminImportShop": {"admin"},
    "economy.ShopService/AdminEndItem": {"admin"},
    "economy.GiftCodeService/Redeem": PLAYERS,
    "economy.GiftCodeService/AdminCreateCodes": {"admin"},
    "economy.GiftCodeService/AdminListCodes": {"admin"},
    "economy.GiftCodeService/AdminFindCode": {"admin"},
    "economy.GiftCodeService/AdminEndCodes": {"admin"},
    "economy.GiftCodeService/AdminListRedemptions": {"admin"},
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
    if (several := method.input_type.fields_by_name.get("requests")) is not None:
        # Several players in company: each request is one that has an op.
        assert callers_of(method) == {"economy"}
        op = several.message_type.fields_by_name["op"]
        assert (op.number, op.message_type.full_name) == (1, "geminya.common.v1.Op")
        return
    if op is None:
        reads = ("Get", "List", "Search", "Suggest", "BatchGet", "Admin", "Enter")
        # What bots settle among themselves changes nothing of a player.
        assert method.name.startswith((*reads, "Lease", "Report", "Return"))
        return
    assert (op.number, op.message_type.full_name) == (1, "geminya.common.v1.Op")
    assert op.type == FieldDescriptor.TYPE_MESSAGE
    has_operator = "operator" in method.input_type.fields_by_name
    is_admin = method.name.startswith("Admin")
    assert ("admin" in callers_of(method)) == is_admin == has_operator


NEVER_BY_THE_BOT = {
    "Apply",
    "BatchApply",
    "Grant",
    "BatchGrant",
    "CloseUser",
    "Settle",
    "LockParty",
}


def test_the_document_tells_what_a_service_may_call_of_another() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| (\w+) \| (.+Service\..+) \|$", text, flags=re.MULTILINE)
    told = {caller: {*re.findall(r"`(\w+\.\w+)`", may)} for caller, may in rows}

    assert told == {
        service: {
            name.partition(".")[2].replace("/", ".")
            for name, callers in TABLE.items()
            if service in callers
        }
        for service in SERVICES
    }


def test_the_bot_can_neither_mint_nor_grant_nor_close() -> None:
    for name, method in methods().items():
        if name.rpartition("/")[2] in NEVER_BY_THE_BOT:
            assert "bot" not in callers_of(method)


@pytest.mark.parametrize("name", methods())
def test_every_change_that_a_player_asks_for_belongs_to_a_feature(name: str) -> None:
    """So that an operator can freeze it; what nobody but a service asks for finishes what has begun."""
    method = methods()[name]
    asked_by_players = "op" in method.input_type.fields_by_name and "bot" in callers_of(method)
    assert bool(method.GetOptions().Extensions[feature]) == asked_by_players
