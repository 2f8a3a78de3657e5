"""The colours of the game and how they mix."""

from collections.abc import Mapping
from dataclasses import dataclass

Color = tuple[int, ...]

WHITE: Color = (255, 255, 255)
CREAM: Color = (255, 248, 235)
INK: Color = (38, 26, 52)


def mix(a: Color, b: Color, share: float) -> Color:
    """A colour between two."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a[:3], b[:3], strict=True))


def dark(color: Color, share: float) -> Color:
    """A shadow of the colour; shadows lean to violet, which keeps them lively."""
    return mix(color, (44, 22, 66), share)


def light(color: Color, share: float) -> Color:
    """A lit tone of the colour."""
    return mix(color, (255, 252, 244), share)


def clear(color: Color, alpha: int) -> Color:
    """The colour, translucent."""
    return (*color[:3], alpha)


@dataclass(frozen=True, slots=True)
class Mood:
    """The colours of an element."""

    sky: Color
    middle: Color
    ground: Color
    motif: Color
    accent: Color


MOODS: Mapping[str, Mood] = {
    "fire": Mood((255, 214, 130), (250, 130, 72), (158, 34, 58), (255, 190, 80), (232, 74, 48)),
    "water": Mood((196, 240, 255), (92, 178, 236), (36, 74, 168), (214, 246, 255), (40, 120, 220)),
    "earth": Mood((250, 226, 176), (206, 156, 100), (104, 66, 56), (238, 200, 130), (150, 98, 52)),
    "wind": Mood((232, 255, 240), (146, 224, 204), (54, 138, 146), (255, 255, 255), (40, 166, 146)),
    "nature": Mood((242, 255, 196), (146, 208, 104), (40, 112, 80), (206, 244, 130), (58, 150, 70)),
    "neutral": Mood(
        (255, 244, 236), (232, 208, 210), (150, 126, 152), (255, 255, 255), (150, 122, 146)
    ),
    "void": Mood((98, 60, 150), (52, 26, 98), (16, 8, 42), (226, 120, 255), (140, 60, 220)),
    "light": Mood(
        (255, 255, 232), (255, 232, 150), (240, 168, 92), (255, 255, 240), (240, 178, 40)
    ),
    "dark": Mood((110, 88, 148), (58, 44, 98), (22, 16, 46), (246, 224, 160), (98, 72, 152)),
    "ice": Mood((244, 252, 255), (176, 218, 248), (92, 128, 206), (255, 255, 255), (92, 160, 232)),
}


def mood(element: str) -> Mood:
    """The colours of an element; an unknown one is neutral."""
    return MOODS.get(element.lower(), MOODS["neutral"])


HAIR: Mapping[str, Color] = {
    "raven": (58, 52, 78),
    "chestnut": (126, 78, 58),
    "cocoa": (92, 60, 58),
    "honey": (236, 188, 106),
    "flax": (248, 222, 156),
    "copper": (214, 112, 62),
    "crimson": (196, 56, 66),
    "rose": (244, 150, 170),
    "peach": (252, 190, 164),
    "sakura": (252, 196, 214),
    "plum": (136, 74, 132),
    "lilac": (190, 160, 228),
    "violet": (122, 94, 190),
    "navy": (62, 78, 136),
    "azure": (96, 156, 226),
    "sky": (160, 208, 242),
    "teal": (60, 148, 156),
    "mint": (150, 222, 196),
    "leaf": (124, 176, 96),
    "moss": (92, 122, 78),
    "silver": (208, 212, 228),
    "pearl": (244, 238, 240),
    "ash": (146, 142, 158),
    "sand": (206, 172, 136),
}

HAIR_OF: Mapping[str, tuple[str, ...]] = {
    "fire": ("crimson", "copper", "rose", "honey", "peach", "raven"),
    "water": ("azure", "navy", "sky", "teal", "silver", "raven"),
    "earth": ("chestnut", "cocoa", "sand", "copper", "honey", "moss"),
    "wind": ("mint", "teal", "flax", "silver", "leaf", "sky"),
    "nature": ("leaf", "moss", "chestnut", "mint", "sakura", "flax"),
    "neutral": ("chestnut", "raven", "sand", "ash", "peach", "cocoa"),
    "void": ("violet", "plum", "raven", "pearl", "lilac", "navy"),
    "light": ("flax", "honey", "pearl", "sakura", "peach", "silver"),
    "dark": ("raven", "plum", "ash", "violet", "crimson", "pearl"),
    "ice": ("silver", "sky", "pearl", "lilac", "azure", "ash"),
}

EYES: tuple[Color, ...] = (
    (222, 66, 78),
    (240, 132, 56),
    (232, 176, 48),
    (150, 182, 56),
    (62, 168, 104),
    (48, 172, 178),
    (66, 140, 226),
    (92, 98, 216),
    (150, 92, 214),
    (218, 92, 176),
    (150, 96, 62),
    (112, 120, 146),
)

SKIN: tuple[Color, ...] = (
    (255, 236, 222),
    (255, 228, 208),
    (252, 218, 194),
    (240, 196, 164),
    (206, 150, 116),
    (164, 110, 84),
)

CLOTH: tuple[Color, ...] = (
    (52, 64, 110),
    (120, 44, 62),
    (56, 96, 84),
    (92, 66, 130),
    (66, 62, 84),
    (196, 92, 92),
    (70, 128, 176),
    (232, 226, 232),
    (180, 130, 74),
    (214, 134, 164),
    (96, 148, 122),
    (44, 40, 60),
)

METAL: Mapping[int, tuple[Color, Color, Color]] = {
    1: ((236, 186, 140), (184, 120, 78), (104, 60, 44)),
    2: ((250, 252, 255), (178, 190, 212), (94, 104, 138)),
    3: ((255, 246, 196), (244, 196, 74), (160, 98, 22)),
}
"""Rarity to bronze, silver, gold: lit, plain, shaded."""

STAR_COLORS: Mapping[int, Color] = {
    1: (214, 150, 104),
    2: (186, 204, 232),
    3: (255, 208, 72),
    4: (255, 150, 190),
    5: (190, 140, 255),
    6: (120, 230, 240),
}
"""Colour of the stars by their number: a second sign beside the number itself."""
