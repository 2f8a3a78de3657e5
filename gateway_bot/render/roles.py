"""The archetypes, gathered in eight families, each with an emblem."""

from collections.abc import Mapping

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "blade": (
        "Physical Attacker", "Berserker", "Ninja", "Samurai", "Assassin", "Swordsman",
        "Gladiator", "Shadowblade", "Reaper", "Warlord", "Sellsword", "Dragoon", "Monk",
        "Champion of Chaos",
    ),
    "staff": (
        "Mage", "Summoner", "Warlock", "Elementalist", "Shaman", "Necromancer", "Witch",
        "Enchanter", "Sorcerer", "Invoker", "Geomancer", "Witch Doctor", "Druid",
    ),
    "bow": ("Gunslinger", "Hunter", "Archer", "Witch Hunter", "Beastmaster", "Pirate"),
    "shield": (
        "Defender", "Paladin", "Knight", "Templar", "Warden", "Crusader", "Sentinel",
    ),
    "book": ("Alchemist", "Sage", "Engineer", "Runesmith", "Oracle", "Prophet", "Mystic"),
    "heart": ("Healer", "Priest", "Sage of Light", "Illuminator"),
    "mask": ("Trickster", "Illusionist", "Vampire", "Dancer"),
    "star": ("Bard", "Ally", "Champion", "Herald"),
}  # fmt: skip

_FAMILY_OF = {name.lower(): family for family, names in FAMILIES.items() for name in names}


def family_of(archetype: str) -> str:
    """The family of an archetype; one we do not know is a star."""
    return _FAMILY_OF.get(archetype.strip().lower(), "star")
