"""`/academy`: the player's own place."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, pages
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.cogs.academy_books import Books
from gateway_bot.cogs.academy_inbox import Inbox
from gateway_bot.cogs.academy_life import Life
from gateway_bot.offers import Offer
from gateway_bot.options import AcademyName
from gateway_bot.render.academy import alt_text
from gateway_bot.text import say
from gateway_bot.views import academy as views
from gateway_bot.views import closing, history
from gateway_bot.views import settings as choices
from gateway_bot.views import top as best
from gateway_bot.views.parts import turned
from geminya.collection.v1 import roster_pb2 as roster
from geminya.economy.v1 import gacha_pb2 as gacha
from geminya.users.v1 import account_pb2 as account

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Academy(
    Books, Life, Inbox, commands.GroupCog, name="academy", description=say("commands.academy")
):
    """Status, daily reward, name, settings and the list of the strongest; its books and its life."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.DAILY, self.press_daily)
        bot.on_press(history.ACTION, self.turn_history)
        bot.on_press(best.ACTION, self.turn_top)
        bot.on_press(choices.ACTION, self.press_setting)
        bot.on_press(closing.WARNED, self.press_warned)
        bot.on_press(closing.TYPED, self.submit_typed)

    @app_commands.command(description=say("commands.academy_status"))
    async def status(self, interaction: Interaction) -> None:
        """The academy at a glance."""
        await answers.wait(interaction)
        player = await self.bot.clients.players.of(interaction)
        standing, has_mail = await asyncio.gather(
            self.standing(player.user_id), self.has_mail(player.user_id)
        )
        face = views.academy_face(standing)
        sheet = await self.bot.pictures_for(player).academy(face, alt_text(face))
        desk = self.bot.desk(interaction)
        view = views.status_view(standing, desk, sheet_file=sheet, has_mail=has_mail)
        await answers.show(interaction, view, sheet)

    async def standing(self, user_id: int) -> views.Standing:
        """Asks everybody at once."""
        clients, counts = self.bot.clients, roster.GetRosterRequest(user_id=user_id)
        series = roster.ListSeriesProgressRequest(user_id=user_id, page_size=pages.STEP)
        best_first = roster.ListOwnedWaifusRequest(
            user_id=user_id, query="sort:-power", page_size=views.STRONGEST
        )
        found, owned, pity, progress, place, strongest = await asyncio.gather(
            clients.account.GetAccount(account.GetAccountRequest(user_id=user_id)),
            clients.roster.GetRoster(counts),
            clients.gacha.GetPity(gacha.GetPityRequest(user_id=user_id)),
            clients.roster.ListSeriesProgress(series),
            clients.roster.GetPlace(roster.GetPlaceRequest(user_id=user_id)),
            clients.roster.ListOwnedWaifus(best_first),
        )
        return views.Standing(found.account, owned, pity, progress, place, strongest.entries)

    @app_commands.command(description=say("commands.academy_daily"))
    async def daily(self, interaction: Interaction) -> None:
        """Today's reward."""
        await self.claim(interaction, None)

    async def press_daily(self, interaction: Interaction, offer: Offer) -> None:
        """The button under the status."""
        await self.claim(interaction, offer)

    async def claim(self, interaction: Interaction, offer: Offer | None) -> None:
        """Claims the reward and shows it."""
        await answers.wait(interaction)
        clients, request = self.bot.clients, account.ClaimDailyRequest()
        claimed = await clients.act(interaction, clients.account.ClaimDaily, request, offer=offer)
        await answers.show(interaction, views.daily_view(claimed))

    @app_commands.command(description=say("commands.academy_rename"))
    @app_commands.describe(name=say("commands.academy_rename_name"))
    async def rename(
        self, interaction: Interaction, name: app_commands.Transform[str, AcademyName]
    ) -> None:
        """Another name over the gate."""
        await answers.wait(interaction)
        clients, request = self.bot.clients, account.RenameRequest(academy_name=name)
        renamed = await clients.act(interaction, clients.account.Rename, request)
        await answers.show(interaction, views.renamed_view(renamed.academy_name))

    @app_commands.command(description=say("commands.academy_top"))
    async def top(self, interaction: Interaction) -> None:
        """The strongest collections."""
        await answers.wait(interaction)
        await self.show_top(interaction, 0)

    async def turn_top(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of them."""
        await answers.turn(interaction)
        page, _ = turned(offer.data)
        await self.show_top(interaction, page)

    async def show_top(self, interaction: Interaction, page: int) -> None:
        """One page of them; the first one where there are not so many any more."""
        clients = self.bot.clients
        user_id = (await clients.players.of(interaction)).user_id

        async def fetch(size: int, token: str) -> tuple[Sequence[roster.TopEntry], str]:
            request = roster.ListTopRequest(page_size=size, page_token=token)
            answer = await clients.roster.ListTop(request)
            return answer.entries, answer.next_page_token

        shown, own = await asyncio.gather(
            pages.window(fetch, page, best.ENTRIES),
            clients.roster.GetPlace(roster.GetPlaceRequest(user_id=user_id)),
        )
        if page and not shown.rows:
            await self.show_top(interaction, 0)
            return
        view = best.top_view(
            shown.rows,
            await self.accounts([entry.user_id for entry in shown.rows]),
            own,
            user_id,
            page=page,
            has_more=shown.has_more,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view)

    async def accounts(self, user_ids: Sequence[int]) -> Mapping[int, account.AccountBrief]:
        """The names over these gates."""
        if not user_ids:
            return {}
        request = account.BatchGetAccountsRequest(user_ids=user_ids)
        answer = await self.bot.clients.account.BatchGetAccounts(request)
        return {found.user_id: found for found in answer.accounts}

    @app_commands.command(description=say("commands.academy_settings"))
    async def settings(self, interaction: Interaction) -> None:
        """What the player has set."""
        await answers.wait(interaction, private=True)
        player = await self.bot.clients.players.of(interaction)
        known = account.Settings(
            prefers_text=player.prefers_text,
            is_collection_hidden=player.is_collection_hidden,
            notices=player.notices,
        )
        view = choices.settings_view(known, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_setting(self, interaction: Interaction, offer: Offer) -> None:
        """A button that turns a setting around, or a choice from the menu."""
        await answers.turn(interaction)
        picked = "".join(chosen(interaction))
        clients, request = self.bot.clients, choices.wish(offer.data, picked)
        change, offer = clients.account.UpdateSettings, offer.about(picked) if picked else offer
        changed = await clients.act(interaction, change, request, offer=offer)
        clients.players.forget(interaction.user.id)
        view = choices.settings_view(changed.settings, self.bot.desk(interaction))
        await answers.show(interaction, view)
