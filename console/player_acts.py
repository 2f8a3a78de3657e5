"""Acts of an operator on a player: whom, and what is asked of the services."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from console.acts import Act, Player, written
from console.calls import Calls, Refused, once
from console.trouble import Trouble
from geminya.collection.v1 import catalog_pb2, equipment_pb2, roster_pb2
from geminya.common.v1 import money_pb2
from geminya.users.v1 import account_pb2, wallet_pb2

CURRENCIES = {
    money_pb2.CURRENCY_SAKURA_CRYSTALS: "crystals",
    money_pb2.CURRENCY_QUARTZS: "quartz",
    money_pb2.CURRENCY_DAPHINE: "daphine",
}
ANY_LIFE = 1
"""The epoch of an act on the person: a ban asks for none."""
HIGHEST_ID = 2**63 - 1

DiscordArgument = Annotated[
    int | None,
    typer.Argument(
        metavar="DISCORD_ID", min=1, max=HIGHEST_ID, show_default=False, help="Whom, on Discord."
    ),
]
UserOption = Annotated[
    int | None,
    typer.Option(
        "--user-id", min=1, max=HIGHEST_ID, show_default=False, help="Whom, by the inner id."
    ),
]


async def find(
    calls: Calls, discord_id: int | None, user_id: int | None, *, even_closed: bool = False
) -> Player:
    """Whom the command names. An academy that was closed is one only where an act asks for no life."""
    if (discord_id is None) == (user_id is None):
        raise Trouble("name one player: a Discord id, or --user-id")
    if discord_id is not None:
        found = await calls.account.GetPlayer(account_pb2.GetPlayerRequest(discord_id=discord_id))
        return Player(found.user_id, found.epoch, found.academy_name)
    assert user_id is not None
    try:
        account = await get_account(calls, user_id)
    except Refused as refusal:
        if refusal.reason != "USER_NOT_FOUND" or not even_closed:
            raise
        return Player(user_id, ANY_LIFE, "")
    return Player(account.user_id, account.epoch, account.academy_name)


async def get_account(calls: Calls, user_id: int) -> account_pb2.Account:
    """The academy as it stands."""
    request = account_pb2.GetAccountRequest(user_id=user_id)
    return (await calls.account.GetAccount(request)).account


async def get_balances(calls: Calls, player: Player) -> dict[str, int]:
    """What the player has."""
    return amounts((await get_account(calls, player.user_id)).balances)


def amounts(balances: Any) -> dict[str, int]:
    """Balances by the names of the options."""
    return {CURRENCIES[money.currency]: money.amount for money in balances}


async def adjust(
    calls: Calls, act: Act, player: Player, changes: Mapping[str, int]
) -> dict[str, int]:
    """What the player has after the change."""
    request = wallet_pb2.AdminAdjustRequest(
        op=act.on(player),
        operator=act.operator,
        adjustments=[
            wallet_pb2.Adjustment(currency=currency, amount=changes[name])
            for currency, name in CURRENCIES.items()
            if name in changes
        ],
    )
    with once(act.op_id):
        return amounts((await calls.wallet.AdminAdjust(request)).balances)


async def find_waifu(calls: Calls, named: str) -> catalog_pb2.Waifu:
    """Her who has this id, or this whole name; whatever else is like it is told."""
    if named.isascii() and named.isdecimal():
        if len(named) > 9:
            raise Trouble(f"nobody in the catalogue has the id {named}")
        request = catalog_pb2.GetWaifuRequest(waifu_id=int(named))
        return (await calls.catalog.GetWaifu(request)).waifu
    words = catalog_pb2.SearchWaifusRequest(words=written(named))
    found = list((await calls.catalog.SearchWaifus(words)).waifus)
    same = [one for one in found if one.name.casefold() == named.casefold()]
    if len(same) == 1:
        return same[0]
    alike = ", ".join(f"{one.name} of {one.series} ({one.waifu_id})" for one in (same or found)[:8])
    raise Trouble(
        f"“{named}” is not the name of one waifu; "
        + (f"give the id of whom you mean: {alike}" if alike else "nobody is called like that")
    )


async def give_waifu(
    calls: Calls, act: Act, player: Player, gift: catalog_pb2.Waifu, copies: int
) -> str:
    """What became of the copies."""
    request = roster_pb2.AdminGiveWaifuRequest(
        op=act.on(player), operator=act.operator, waifu_id=gift.waifu_id, copies=copies
    )
    with once(act.op_id):
        granted = (await calls.roster.AdminGiveWaifu(request)).granted
    stars = f"{granted.stars_before} → {granted.stars_after} stars"
    rest = (
        f", {granted.surplus_quartzs} quartz for what was too much"
        if granted.surplus_quartzs
        else ""
    )
    return f"{stars}, {granted.character_shards} shards{rest}"


async def give_equipment(calls: Calls, act: Act, player: Player) -> str:
    """Which piece it was."""
    request = equipment_pb2.AdminGiveEquipmentRequest(op=act.on(player), operator=act.operator)
    with once(act.op_id):
        piece = (await calls.equipment.AdminGiveEquipment(request)).equipment
    return f"{piece.main_effect.type} in place {piece.slot_no} ({piece.equipment_id})"
