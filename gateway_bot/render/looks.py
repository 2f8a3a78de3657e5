"""How a waifu looks: decided from her id, element and archetype, the same every time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from gateway_bot.render import palette
from gateway_bot.render.palette import Color
from gateway_bot.render.roles import family_of

T = TypeVar("T")

BACK_HAIR = ("long", "wavy", "bob", "twintails", "ponytail", "short", "braids", "buns", "drills")
BANGS = ("straight", "swept", "parted", "spiky", "curtain", "hime", "messy", "forehead")
EYE_SHAPES = ("round", "sharp", "soft", "wide")
MOUTHS = ("smile", "open", "cat", "small", "smirk")

OUTFITS: Mapping[str, tuple[str, ...]] = {
    "blade": ("coat", "armor", "kimono", "cape"),
    "staff": ("robe", "cape", "robe", "dress"),
    "bow": ("cape", "hoodie", "coat", "vest"),
    "shield": ("armor", "armor", "coat", "capelet"),
    "book": ("blazer", "vest", "robe", "kimono"),
    "heart": ("capelet", "dress", "kimono", "capelet"),
    "mask": ("ruff", "vest", "hoodie", "dress"),
    "star": ("sailor", "blazer", "hoodie", "dress", "sailor", "vest"),
}

TRINKETS: Mapping[str, tuple[str, ...]] = {
    "blade": ("ribbon", "headband", "ponytail_cord", "horns", "flower", "eyepatch", "none"),
    "staff": ("witch_hat", "circlet", "horns", "flower", "elf", "witch_hat"),
    "bow": ("feather", "elf", "cat_ears", "headband", "leaf", "beret"),
    "shield": ("tiara", "circlet", "ribbon", "headband", "halo", "none"),
    "book": ("glasses", "beret", "hairpin", "glasses", "ribbon", "headphones"),
    "heart": ("halo", "flower", "veil", "hairpin", "ribbon", "tiara"),
    "mask": ("fox_mask", "cat_ears", "mini_hat", "horns", "fox_mask", "eyepatch"),
    "star": ("ribbon", "hairpin", "headphones", "cat_ears", "flower", "beret", "glasses", "none"),
}


@dataclass(frozen=True, slots=True)
class Looks:
    """Everything the drawing needs to know. No chance is left after this."""

    seed: int
    element: str
    family: str
    rarity: int
    hair: Color
    hair_tip: Color
    """The ends of the hair; the same as `hair` for most."""
    back_hair: str
    bangs: str
    has_ahoge: bool
    side_lock: float
    """Length of the locks before the ears, in units below the eyes."""
    flip: bool
    """Whether everything with a side is on the other one."""
    eyes: Color
    eyes_left: Color
    eye_shape: str
    mouth: str
    brow: float
    """Tilt of the brows: above zero is determined, below is gentle."""
    blush: int
    skin: Color
    outfit: str
    cloth: Color
    trim: Color
    accent: Color
    trinket: str
    tilt: float
    """Lean of the head in degrees."""
    mark: str


def looks_of(waifu_id: int, element: str, archetype: str, rarity: int) -> Looks:
    """The looks of a waifu."""
    element, family = element.lower(), family_of(archetype)
    dice = Random(_seed(waifu_id))  # noqa: S311 - pictures, not prizes
    mood = palette.mood(element)
    hair = palette.HAIR[_hair_name(dice, element)]
    eyes = dice.choice(palette.EYES)
    cloth, trim = _cloth(dice, mood)
    return Looks(
        seed=dice.getrandbits(32),
        element=element,
        family=family,
        rarity=rarity,
        hair=hair,
        hair_tip=_tip(dice, hair, mood),
        back_hair=dice.choice(BACK_HAIR),
        bangs=dice.choice(BANGS),
        has_ahoge=dice.random() < 0.3,
        side_lock=dice.choice((18, 34, 52, 76)),
        flip=dice.random() < 0.5,
        eyes=eyes,
        eyes_left=dice.choice(palette.EYES) if dice.random() < 0.06 else eyes,
        eye_shape=dice.choice(EYE_SHAPES),
        mouth=dice.choice(MOUTHS),
        brow=dice.uniform(-1, 1),
        blush=dice.choice((50, 80, 110)),
        skin=_pick(dice, palette.SKIN, (26, 30, 22, 12, 6, 4)),
        outfit=dice.choice(OUTFITS[family]),
        cloth=cloth,
        trim=trim,
        accent=mood.accent,
        trinket=dice.choice(TRINKETS[family]),
        tilt=dice.uniform(-5, 5),
        mark=_pick(dice, ("", "mole", "freckles", "bandage"), (78, 10, 8, 4)),
    )


def _seed(waifu_id: int) -> int:
    # Neighbours in the catalogue must not look alike, so the id goes through a hash.
    return int.from_bytes(hashlib.blake2b(str(waifu_id).encode(), digest_size=8).digest())


def _hair_name(dice: Random, element: str) -> str:
    if dice.random() < 0.7:
        return dice.choice(palette.HAIR_OF.get(element, palette.HAIR_OF["neutral"]))
    return dice.choice([*palette.HAIR])


def _tip(dice: Random, hair: Color, mood: palette.Mood) -> Color:
    if dice.random() < 0.25:
        return palette.mix(hair, dice.choice((mood.accent, mood.motif)), 0.75)
    return palette.dark(hair, 0.12)


def _cloth(dice: Random, mood: palette.Mood) -> tuple[Color, Color]:
    cloth = dice.choice(palette.CLOTH)
    if dice.random() < 0.4:
        cloth = palette.dark(mood.accent, 0.25)
    is_bright = sum(cloth) > 480
    trim = palette.dark(mood.accent, 0.35) if is_bright else dice.choice(_BRIGHT_TRIMS)
    return cloth, trim


_BRIGHT_TRIMS: tuple[Color, ...] = ((250, 244, 240), (246, 214, 130), (255, 226, 232))


def _pick(dice: Random, things: Sequence[T], weights: Sequence[int]) -> T:
    return dice.choices(things, weights)[0]
