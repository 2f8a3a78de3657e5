"""The part of `/waifu` that is about the two: talks, gifts, nicknames, her room, memories."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, forms, options, pages
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import bond as views
from gateway_bot.views import memories, room
from gateway_bot.views.faces import face_of_waifu
from gateway_bot.views.parts import turned
from gateway_bot.views.waifu import GIFT, MEMORIES, NICKNAME, ROOM, TALK
from geminya.collection.v1 import bond_pb2 as pb
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

MESSAGE, NAME = "message", "name"


class Bond(commands.Cog):
    """What grows between a player and a waifu."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(TALK, self.press_talk)
        bot.on_press(views.SAID, self.press_said)
        bot.on_press(GIFT, self.press_gift)
        bot.on_press(views.GIVE, self.press_give)
        bot.on_press(NICKNAME, self.press_nickname)
        bot.on_press(views.NAMED, self.press_named)
        bot.on_press(ROOM, self.press_room)
        bot.on_press(room.TURN, self.turn_room)
        bot.on_press(room.SET, self.press_set_room)
        bot.on_press(room.BARE, self.press_set_room)
        bot.on_press(MEMORIES, self.press_memories)
        bot.on_press(memories.DEAREST, self.press_dearest)
        bot.on_press(memories.TALKS, self.turn_talks)

    # Talks.

    @app_commands.command(description=say("commands.waifu_talk"))
    @app_commands.describe(
        waifu=say("commands.waifu_own"), message=say("commands.waifu_talk_message")
    )
    async def talk(
        self,
        interaction: Interaction,
        waifu: str,
        message: app_commands.Transform[str, options.Saying],
    ) -> None:
        """Says something to her."""
        await answers.wait(interaction)
        await self.say_to(interaction, await self.own(interaction, waifu), message)

    async def press_talk(self, interaction: Interaction, offer: Offer) -> None:
        """Asks what to say."""
        field = forms.Field(
            MESSAGE,
            say("talk.form_label"),
            placeholder=say("talk.form_hint"),
            max_letters=options.TALK_LETTERS,
            is_long=True,
        )
        custom_id = self.bot.desk(interaction).sign(views.SAID, offer.data)
        await forms.ask(interaction, custom_id, say("talk.form"), [field])

    async def press_said(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off."""
        await answers.wait(interaction)
        message = options.said(forms.answers(interaction).get(MESSAGE, ""))
        await self.say_to(interaction, int(offer.data), message, offer.about(message))

    async def say_to(
        self, interaction: Interaction, waifu_id: int, message: str, offer: Offer | None = None
    ) -> None:
        """Says it once, and shows what she answers."""
        clients, request = self.bot.clients, pb.TalkRequest(waifu_id=waifu_id, message=message)
        her = await self.her(interaction, waifu_id)
        talk = await clients.act(interaction, clients.bond.Talk, request, offer=offer)
        scene = await self.scene(interaction, her, talk.standing)
        desk = self.bot.desk(interaction)
        view = views.talk_view(her, message, talk, desk, sheet_file=scene)
        await answers.show(interaction, view, scene)

    # Gifts.

    @app_commands.command(description=say("commands.waifu_gift"))
    @app_commands.describe(waifu=say("commands.waifu_own"), gift=say("commands.waifu_gift_gift"))
    async def gift(self, interaction: Interaction, waifu: str, gift: str) -> None:
        """Buys it and gives it."""
        await answers.wait(interaction)
        waifu_id = await self.own(interaction, waifu)
        player = await self.bot.clients.players.of(interaction)
        gift_id = await options.gift_id(self.bot.clients, player.user_id, waifu_id, gift)
        await self.give(interaction, waifu_id, gift_id)

    async def press_gift(self, interaction: Interaction, offer: Offer) -> None:
        """What there is to give."""
        await answers.wait(interaction)
        clients, waifu_id = self.bot.clients, int(offer.data)
        player = await clients.players.of(interaction)
        request = pb.ListGiftsRequest(user_id=player.user_id, waifu_id=waifu_id)
        her, found = await asyncio.gather(
            self.her(interaction, waifu_id), clients.bond.ListGifts(request)
        )
        gifts = options.favorites_first(found.gifts)
        await answers.show(interaction, views.gifts_view(her, gifts, self.bot.desk(interaction)))

    async def press_give(self, interaction: Interaction, offer: Offer) -> None:
        """A gift was picked in the menu, which gives way to what she says."""
        await answers.turn(interaction)
        gift_id = next(iter(chosen(interaction)), "")
        await self.give(interaction, int(offer.data), gift_id, offer.about(gift_id))

    async def give(
        self, interaction: Interaction, waifu_id: int, gift_id: str, offer: Offer | None = None
    ) -> None:
        """Gives it once, and shows what she says."""
        clients, request = self.bot.clients, pb.GiveGiftRequest(waifu_id=waifu_id, gift_id=gift_id)
        her = await self.her(interaction, waifu_id)
        given = await clients.act(interaction, clients.bond.GiveGift, request, offer=offer)
        scene = await self.scene(interaction, her, given.standing)
        desk = self.bot.desk(interaction)
        view = views.given_view(her, given, desk, sheet_file=scene)
        await answers.show(interaction, view, scene)

    # Nicknames.

    @app_commands.command(description=say("commands.waifu_nickname"))
    @app_commands.describe(
        waifu=say("commands.waifu_own"), name=say("commands.waifu_nickname_name")
    )
    async def nickname(
        self,
        interaction: Interaction,
        waifu: str,
        name: app_commands.Transform[str, options.Nickname] = "",
    ) -> None:
        """What the player calls her."""
        await answers.wait(interaction)
        await self.call_her(interaction, await self.own(interaction, waifu), name)

    async def press_nickname(self, interaction: Interaction, offer: Offer) -> None:
        """Asks what to call her."""
        field = forms.Field(
            NAME,
            say("nickname.form_label"),
            description=say("nickname.form_note"),
            min_letters=0,
            max_letters=options.NICKNAME_LETTERS,
        )
        custom_id = self.bot.desk(interaction).sign(views.NAMED, offer.data)
        await forms.ask(interaction, custom_id, say("nickname.form"), [field])

    async def press_named(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off."""
        await answers.wait(interaction)
        name = forms.answers(interaction).get(NAME, "")[: options.NICKNAME_LETTERS]
        await self.call_her(interaction, int(offer.data), name, offer.about(name))

    async def call_her(
        self, interaction: Interaction, waifu_id: int, name: str, offer: Offer | None = None
    ) -> None:
        """Gives the nickname, or takes it back."""
        clients = self.bot.clients
        request = pb.SetNicknameRequest(waifu_id=waifu_id, nickname=name)
        done = await clients.act(interaction, clients.bond.SetNickname, request, offer=offer)
        her, desk = await self.her(interaction, waifu_id), self.bot.desk(interaction)
        await answers.show(interaction, views.nickname_view(her.waifu, done.nickname, desk))

    # Her room.

    @app_commands.command(name="room", description=say("commands.waifu_room"))
    @app_commands.describe(waifu=say("commands.waifu_own"))
    async def room_(self, interaction: Interaction, waifu: str) -> None:
        """Her room."""
        await answers.wait(interaction)
        await self.show_room(interaction, await self.own(interaction, waifu))

    async def press_room(self, interaction: Interaction, offer: Offer) -> None:
        """The button in her profile."""
        await answers.wait(interaction)
        await self.show_room(interaction, int(offer.data))

    async def turn_room(self, interaction: Interaction, offer: Offer) -> None:
        """More decorations."""
        await answers.turn(interaction)
        page, waifu_id = turned(offer.data)
        await self.show_room(interaction, int(waifu_id), page)

    async def press_set_room(self, interaction: Interaction, offer: Offer) -> None:
        """The decorations that were picked; none for the button that clears the room."""
        await answers.turn(interaction)
        clients, waifu_id, picked = self.bot.clients, int(offer.data), chosen(interaction)
        request = pb.SetRoomRequest(waifu_id=waifu_id, decoration_ids=picked)
        wish = offer.about(" ".join(picked))
        await clients.act(interaction, clients.bond.SetRoom, request, offer=wish)
        await self.show_room(interaction, waifu_id, note=say("room.done"))

    async def show_room(
        self, interaction: Interaction, waifu_id: int, page: int = 0, note: str | None = None
    ) -> None:
        """The room as it is."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = pb.GetRoomRequest(user_id=player.user_id, waifu_id=waifu_id)
        her, found = await asyncio.gather(
            self.her(interaction, waifu_id), clients.bond.GetRoom(request)
        )
        view = room.room_view(her, found, self.bot.desk(interaction), page=page, note=note)
        await answers.show(interaction, view)

    # Memories.

    @app_commands.command(name="memories", description=say("commands.waifu_memories"))
    @app_commands.describe(waifu=say("commands.waifu_own"))
    async def memories_(self, interaction: Interaction, waifu: str) -> None:
        """What the two have lived through."""
        await answers.wait(interaction)
        await self.show_memories(interaction, await self.own(interaction, waifu))

    async def press_memories(self, interaction: Interaction, offer: Offer) -> None:
        """The button in her profile, and the way back from the talks."""
        await answers.wait(interaction)
        await self.show_memories(interaction, int(offer.data))

    async def press_dearest(self, interaction: Interaction, offer: Offer) -> None:
        """The dearest memory was picked."""
        await answers.turn(interaction)
        clients, waifu_id = self.bot.clients, int(offer.data)
        picked = next(iter(chosen(interaction)), memories.NONE)
        memory_id = "" if picked == memories.NONE else picked
        request = pb.SetFavoriteMemoryRequest(waifu_id=waifu_id, memory_id=memory_id)
        wish = offer.about(picked)
        await clients.act(interaction, clients.bond.SetFavoriteMemory, request, offer=wish)
        note = say("memories.done_dearest" if memory_id else "memories.done_none")
        await self.show_memories(interaction, waifu_id, note)

    async def show_memories(
        self, interaction: Interaction, waifu_id: int, note: str | None = None
    ) -> None:
        """All of them."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = pb.ListMemoriesRequest(user_id=player.user_id, waifu_id=waifu_id)
        her, found = await asyncio.gather(
            self.her(interaction, waifu_id), clients.bond.ListMemories(request)
        )
        view = memories.memories_view(her, found, self.bot.desk(interaction), note=note)
        await answers.show(interaction, view)

    async def turn_talks(self, interaction: Interaction, offer: Offer) -> None:
        """A page of what was said."""
        await answers.turn(interaction)
        page, data = turned(offer.data)
        waifu_id, clients = int(data), self.bot.clients
        user_id = (await clients.players.of(interaction)).user_id

        async def fetch(size: int, token: str) -> tuple[Sequence[pb.Conversation], str]:
            request = pb.ListConversationsRequest(
                user_id=user_id, waifu_id=waifu_id, page_size=size, page_token=token
            )
            answer = await clients.bond.ListConversations(request)
            return answer.conversations, answer.next_page_token

        her, shown = await asyncio.gather(
            self.her(interaction, waifu_id), pages.window(fetch, page, memories.ENTRIES)
        )
        desk = self.bot.desk(interaction)
        view = memories.talks_view(her, shown.rows, page=page, has_more=shown.has_more, desk=desk)
        await answers.show(interaction, view)

    # Her.

    async def own(self, interaction: Interaction, typed: str) -> int:
        """The waifu that was meant, the player's own before all others."""
        player = await self.bot.clients.players.of(interaction)
        return await options.own_waifu_id(self.bot.clients, player.user_id, typed)

    async def her(self, interaction: Interaction, waifu_id: int) -> views.Her:
        """The waifu as she is now; a hint when she is not the player's."""
        player = await self.bot.clients.players.of(interaction)
        request = roster.GetOwnedWaifuRequest(user_id=player.user_id, waifu_id=waifu_id)
        found = await self.bot.clients.roster.GetOwnedWaifu(request)
        if not found.HasField("owned"):
            raise Hint("not_yours")
        return views.Her(found.waifu, found.owned)

    async def scene(
        self, interaction: Interaction, her: views.Her, standing: pb.BondStanding
    ) -> discord.File | None:
        """Her face as it is after a talk or a gift."""
        pictures = self.bot.pictures_for(await self.bot.clients.players.of(interaction))
        face, alt = face_of_waifu(her.waifu, her.owned), views.talk_alt(her, standing)
        return await pictures.talk(face, standing.mood, standing.bond_level, alt)

    async def complete_own(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The player's own waifus while a name is typed."""
        choices = options.own_waifu_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)

    @talk.autocomplete("waifu")
    @gift.autocomplete("waifu")
    @nickname.autocomplete("waifu")
    @room_.autocomplete("waifu")
    @memories_.autocomplete("waifu")
    async def own_ones_of_bond(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The player's own waifus while a name is typed."""
        return await self.complete_own(interaction, typed)

    @gift.autocomplete("gift")
    async def gifts(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Gifts while a name is typed, her favourites first."""
        waifu = getattr(interaction.namespace, "waifu", None) or ""
        choices = options.gift_choices(self.bot.clients, interaction.user.id, waifu, typed)
        return await options.quickly(choices)
