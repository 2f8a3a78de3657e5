"""Text of people: what can be read, and what leads away from the game. No I/O."""

import re
import unicodedata

UNCLEAN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""Control, format (zero-width and bidi too), unassigned, private, surrogates, line and paragraph ends."""
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")
"""Letters and marks that leave nothing to see."""
LINK = re.compile(
    r"(\w://|\w\.\w{2,}/|https?:|www\.|discord\.(gg|com)|\b[\w-]+\.(com|net|org|gg|io)\b)", re.I
)
MENTION = re.compile(r"@|<[#:/&]|<(a|t|id):", re.I)


def is_clean(text: str) -> bool:
    """Normalised NFKC, without control, zero-width, invisible or bidi characters."""
    is_normal = unicodedata.normalize("NFKC", text) == text
    return is_normal and not any(map(is_unclean, text))


def is_unclean(letter: str) -> bool:
    """Whether the letter has no place in a text that others read."""
    return unicodedata.category(letter) in UNCLEAN or INVISIBLE.match(letter) is not None


def has_link(text: str) -> bool:
    """Whether it leads somewhere: an address or an invite."""
    return LINK.search(text) is not None


def has_mention(text: str) -> bool:
    """Whether Discord would make somebody, a channel or a command of it."""
    return MENTION.search(text) is not None


def has_letters(text: str) -> bool:
    """Whether there is a letter or a number in it."""
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)
