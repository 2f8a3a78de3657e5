"""Whose collection is looked at: one's own, or somebody's who has not hidden it."""

from typing import Any

import discord

from gateway_bot.clients import Clients
from gateway_bot.players import Player
from gateway_bot.refusals import Hint
from gateway_bot.views.collection import Owner
from geminya.users.v1.account_pb2 import BatchGetAccountsRequest, GetPlayerRequest


async def named(
    clients: Clients,
    interaction: discord.Interaction[Any],
    user: discord.User | discord.Member | None,
) -> Owner:
    """The owner a command names; whoever has no academy gets none by being looked at."""
    if user is None or user.id == interaction.user.id:
        return own(await clients.players.of(interaction))
    found = await clients.account.GetPlayer(GetPlayerRequest(discord_id=user.id))
    if found.settings.is_collection_hidden:
        raise Hint("hidden_collection")
    return Owner(found.user_id, found.academy_name, is_own=False)


async def remembered(
    clients: Clients, interaction: discord.Interaction[Any], other_id: int
) -> Owner:
    """The owner a button names; what was open when it was shown may be hidden now."""
    player = await clients.players.of(interaction)
    if other_id in (0, player.user_id):
        return own(player)
    request = BatchGetAccountsRequest(user_ids=[other_id])
    found = (await clients.account.BatchGetAccounts(request)).accounts
    if not found or found[0].is_collection_hidden:
        raise Hint("hidden_collection")
    return Owner(other_id, found[0].academy_name, is_own=False)


def own(player: Player) -> Owner:
    """The player."""
    return Owner(player.user_id, player.academy_name)
