"""The pieces messages are made of, within Discord's limits."""

from collections.abc import Iterable, Sequence
from typing import Any

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.views.words import cut

TEXT_LETTERS = 4000
"""What all text of one message may have together."""
ROW_BUTTONS = 5
"""The most in one row."""
PAGE_END = "~"
PLAIN = 0x7C6FA8
"""The colour of a message about nobody in particular."""
RARITY_COLOURS = {1: 0x8FA3B0, 2: 0xE0A84A, 3: 0xE86FA6}

View = discord.ui.LayoutView
Piece = discord.ui.Item[Any]


def colour(rarity: int) -> int:
    """The colour of a rarity."""
    return RARITY_COLOURS.get(rarity, PLAIN)


def words(*lines: str | None, letters: int = TEXT_LETTERS) -> discord.ui.TextDisplay[Any]:
    """Lines of text; those that are none are left out."""
    return discord.ui.TextDisplay(cut("\n".join(line for line in lines if line), letters))


def line() -> discord.ui.Separator[Any]:
    """A thin line between two thoughts."""
    return discord.ui.Separator(visible=True, spacing=discord.SeparatorSpacing.small)


def picture(filename: str, alt: str) -> discord.ui.MediaGallery[Any]:
    """A picture that travels with the message."""
    shown = discord.MediaGalleryItem(f"attachment://{filename}", description=cut(alt, 1024))
    return discord.ui.MediaGallery(shown)


def sheet(
    pieces: Iterable[Piece | None],
    *,
    buttons: Sequence[Piece] = (),
    menus: Iterable[discord.ui.ActionRow[Any]] = (),
    accent: int = PLAIN,
) -> View:
    """A message: a frame with its pieces, rows of buttons below, and a row for each menu."""
    view = discord.ui.LayoutView(timeout=None)
    kept = [piece for piece in pieces if piece is not None]
    view.add_item(discord.ui.Container(*kept, accent_colour=accent))
    for start in range(0, len(buttons), ROW_BUTTONS):
        view.add_item(discord.ui.ActionRow(*buttons[start : start + ROW_BUTTONS]))
    for menu in menus:
        view.add_item(menu)
    return view


def turner(
    desk: Desk,
    action: str,
    *,
    page: int,
    has_more: bool,
    back: str,
    on: str,
    filters: str = "",
) -> list[Piece]:
    """The buttons that turn pages; none for a list of one page."""
    turns = [(page - 1, back)] if page else []
    turns += [(page + 1, on)] if has_more else []
    return [
        offer_button(desk.sign(action, f"{target}{PAGE_END}{filters}"), label)
        for target, label in turns
    ]


def turned(data: str) -> tuple[int, str]:
    """The page and the filters that a turning button carries."""
    page, _, filters = data.partition(PAGE_END)
    return int(page), filters
