"""`/equipment`: the shelf, its pieces, and what can be done with them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.offers import Offer, unpacked
from gateway_bot.refusals import Hint
from gateway_bot.render.equipment import alt_text, shelf_alt_text
from gateway_bot.text import say
from gateway_bot.views import equipment as views
from gateway_bot.views.effects import effect_words
from gateway_bot.views.faces import face_of_piece, small_face_of_piece
from geminya.collection.v1 import equipment_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Equipment(commands.GroupCog, name="equipment", description=say("commands.equipment")):
    """From the shelf to a piece, and back."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.SHELF, self.press_shelf)
        bot.on_press(views.PIECE, self.press_piece)
        bot.on_press(views.CONSUME, self.press_consume)
        bot.on_press(views.UNLOCK_ASK, self.press_unlock_ask)
        bot.on_press(views.UNLOCK, self.press_unlock)
        bot.on_press(views.CLEAR_ASK, self.press_clear_ask)
        bot.on_press(views.CLEAR, self.press_clear)
        bot.on_press(views.DISCARD_ASK, self.press_discard_ask)
        bot.on_press(views.DISCARD, self.press_discard)
        bot.on_press(views.HEART, self.press_heart)

    # Commands.

    @app_commands.command(name="list", description=say("commands.equipment_list"))
    async def list_(self, interaction: Interaction) -> None:
        """Every piece."""
        await answers.wait(interaction)
        await self.show_shelf(interaction)

    @app_commands.command(description=say("commands.equipment_detail"))
    @app_commands.describe(piece=say("commands.equipment_piece"))
    async def detail(self, interaction: Interaction, piece: str) -> None:
        """One piece from close up."""
        await answers.wait(interaction)
        found = options.piece((await self.shelf(interaction)).equipment, piece)
        await self.show_piece(interaction, found)

    @app_commands.command(description=say("commands.equipment_unlock"))
    @app_commands.describe(
        piece=say("commands.equipment_piece"), consume=say("commands.equipment_unlock_consume")
    )
    async def unlock(self, interaction: Interaction, piece: str, consume: str) -> None:
        """What would be given up for a slot; a button does it."""
        await answers.wait(interaction)
        pieces = (await self.shelf(interaction)).equipment
        target, consumed = options.piece(pieces, piece), options.piece(pieces, consume)
        await self.ask_unlock(interaction, target, consumed)

    @app_commands.command(description=say("commands.equipment_clear"))
    @app_commands.describe(
        piece=say("commands.equipment_piece"), every=say("commands.equipment_clear_all")
    )
    @app_commands.rename(every="all")
    async def clear(self, interaction: Interaction, piece: str, every: bool = False) -> None:
        """The slots that would be removed; a button does it."""
        await answers.wait(interaction)
        found = options.piece((await self.shelf(interaction)).equipment, piece)
        await self.ask_clear(interaction, found, is_all=every)

    @app_commands.command(description=say("commands.equipment_discard"))
    @app_commands.describe(piece=say("commands.equipment_piece"))
    async def discard(self, interaction: Interaction, piece: str) -> None:
        """What would be thrown away; a button does it."""
        await answers.wait(interaction)
        found = options.piece((await self.shelf(interaction)).equipment, piece)
        await answers.show(interaction, views.discard_view(found, self.bot.desk(interaction)))

    @app_commands.command(description=say("commands.equipment_favorite"))
    @app_commands.describe(
        piece=say("commands.equipment_piece"), heart=say("commands.equipment_favorite_heart")
    )
    async def favorite(self, interaction: Interaction, piece: str, heart: bool = True) -> None:
        """Locks a piece, or unlocks it."""
        await answers.wait(interaction)
        found = options.piece((await self.shelf(interaction)).equipment, piece)
        await self.set_heart(interaction, found.equipment_id, is_on=heart)

    # Buttons and menus: the message changes with them.

    async def press_shelf(self, interaction: Interaction, _: Offer) -> None:
        """Back to the shelf."""
        await answers.turn(interaction)
        await self.show_shelf(interaction)

    async def press_piece(self, interaction: Interaction, offer: Offer) -> None:
        """A piece that was picked in the menu, or that a button leads to."""
        await answers.turn(interaction)
        wanted = unpacked(offer.data) if offer.data else _picked(interaction)
        found = _find((await self.shelf(interaction)).equipment, wanted)
        await self.show_piece(interaction, found)

    async def press_consume(self, interaction: Interaction, offer: Offer) -> None:
        """Asks which piece to give up for this one."""
        await answers.turn(interaction)
        pieces = (await self.shelf(interaction)).equipment
        found = _find(pieces, unpacked(offer.data))
        view = views.consume_view(found, pieces, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_unlock_ask(self, interaction: Interaction, offer: Offer) -> None:
        """The piece to give up was picked."""
        await answers.turn(interaction)
        pieces = (await self.shelf(interaction)).equipment
        target, consumed = _find(pieces, unpacked(offer.data)), _find(pieces, _picked(interaction))
        await self.ask_unlock(interaction, target, consumed)

    async def press_unlock(self, interaction: Interaction, offer: Offer) -> None:
        """Gives one piece up for a slot of another."""
        await answers.turn(interaction)
        clients, (target, consumed) = self.bot.clients, views.read_pair(offer.data)
        request = pb.UnlockSubSlotRequest(equipment_id=target, consumed_equipment_id=consumed)
        done = await clients.act(interaction, clients.equipment.UnlockSubSlot, request, offer=offer)
        note = say("equipment.opened", effect=effect_words(done.opened.effect))
        await self.show_piece(interaction, done.equipment, note)

    async def press_clear_ask(self, interaction: Interaction, offer: Offer) -> None:
        """Asks before slots are removed."""
        await answers.turn(interaction)
        is_all, equipment_id = views.read_flagged(offer.data)
        found = _find((await self.shelf(interaction)).equipment, equipment_id)
        await self.ask_clear(interaction, found, is_all=is_all)

    async def press_clear(self, interaction: Interaction, offer: Offer) -> None:
        """Removes slots."""
        await answers.turn(interaction)
        clients, (is_all, equipment_id) = self.bot.clients, views.read_flagged(offer.data)
        request = pb.ClearSubSlotsRequest(equipment_id=equipment_id, all=is_all)
        done = await clients.act(interaction, clients.equipment.ClearSubSlots, request, offer=offer)
        await self.show_piece(interaction, done.equipment, views.removed(done))

    async def press_discard_ask(self, interaction: Interaction, offer: Offer) -> None:
        """Asks before a piece is thrown away."""
        await answers.turn(interaction)
        found = _find((await self.shelf(interaction)).equipment, unpacked(offer.data))
        await answers.show(interaction, views.discard_view(found, self.bot.desk(interaction)))

    async def press_discard(self, interaction: Interaction, offer: Offer) -> None:
        """Throws a piece away."""
        await answers.turn(interaction)
        clients = self.bot.clients
        request = pb.DiscardEquipmentRequest(equipment_id=unpacked(offer.data))
        await clients.act(interaction, clients.equipment.DiscardEquipment, request, offer=offer)
        await self.show_shelf(interaction, say("equipment.discarded"))

    async def press_heart(self, interaction: Interaction, offer: Offer) -> None:
        """Locks or unlocks a piece."""
        await answers.turn(interaction)
        is_on, equipment_id = views.read_flagged(offer.data)
        await self.set_heart(interaction, equipment_id, is_on=is_on, offer=offer)

    # What both ways share.

    async def shelf(self, interaction: Interaction) -> pb.ListEquipmentResponse:
        """Every piece of the player."""
        player = await self.bot.clients.players.of(interaction)
        request = pb.ListEquipmentRequest(user_id=player.user_id)
        return await self.bot.clients.equipment.ListEquipment(request)

    async def show_shelf(self, interaction: Interaction, note: str | None = None) -> None:
        """The shelf with its picture."""
        shelf, desk = await self.shelf(interaction), self.bot.desk(interaction)
        pieces, limit = shelf.equipment, shelf.limit
        pictures = self.bot.pictures_for(await self.bot.clients.players.of(interaction))
        faces = [small_face_of_piece(piece) for piece in pieces]
        drawn = await pictures.equipment(faces, limit, shelf_alt_text(faces, limit))
        view = views.shelf_view(pieces, limit, desk, sheet_file=drawn, note=note)
        await answers.show(interaction, view, drawn)

    async def show_piece(
        self, interaction: Interaction, piece: pb.Equipment, note: str | None = None
    ) -> None:
        """One piece."""
        pictures = self.bot.pictures_for(await self.bot.clients.players.of(interaction))
        face = face_of_piece(piece)
        drawn = await pictures.piece(face, alt_text(face))
        desk = self.bot.desk(interaction)
        view = views.piece_view(piece, desk, sheet_file=drawn, note=note)
        await answers.show(interaction, view, drawn)

    async def ask_unlock(
        self, interaction: Interaction, target: pb.Equipment, consumed: pb.Equipment
    ) -> None:
        """What would be given up."""
        if target.equipment_id == consumed.equipment_id:
            raise Hint("one_piece")
        view = views.unlock_view(target, consumed, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def ask_clear(
        self, interaction: Interaction, piece: pb.Equipment, *, is_all: bool
    ) -> None:
        """What would be removed."""
        view = views.clear_view(piece, is_all=is_all, desk=self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def set_heart(
        self,
        interaction: Interaction,
        equipment_id: str,
        *,
        is_on: bool,
        offer: Offer | None = None,
    ) -> None:
        """Locks or unlocks, and shows the piece as it is then."""
        clients = self.bot.clients
        request = pb.SetEquipmentFavoriteRequest(equipment_id=equipment_id, is_favorite=is_on)
        done = await clients.act(
            interaction, clients.equipment.SetEquipmentFavorite, request, offer=offer
        )
        found = _find((await self.shelf(interaction)).equipment, equipment_id)
        note = say("equipment.hearted" if done.is_favorite else "equipment.unhearted")
        await self.show_piece(interaction, found, note)

    @detail.autocomplete("piece")
    @unlock.autocomplete("piece")
    @unlock.autocomplete("consume")
    @clear.autocomplete("piece")
    @discard.autocomplete("piece")
    @favorite.autocomplete("piece")
    async def pieces(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Pieces while a number or what they do is typed."""
        choices = options.piece_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)


def _picked(interaction: Interaction) -> str:
    return next(iter(chosen(interaction)), "")


def _find(pieces: Sequence[pb.Equipment], equipment_id: str) -> pb.Equipment:
    """The piece as it is now."""
    for piece in pieces:
        if piece.equipment_id == equipment_id:
            return piece
    raise Hint("no_piece")
