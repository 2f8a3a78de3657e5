"""What people and models write, before it is kept."""

import unicodedata

from chassis.text import has_letters, has_link, has_mention, is_unclean
from services.collection.errors import NicknameNotAllowed, TalkNotAllowed

LONGEST_ANSWER = 600


def check_message(message: str) -> str:
    """What is said, without space around it: with something to read, and leading nowhere."""
    said = " ".join(message.split())
    has_sense = has_letters(said) or any(unicodedata.category(one)[0] == "S" for one in said)
    is_mark = bool(said) and all(one in "?!…." for one in said)
    if not (has_sense or is_mark) or has_link(said):
        raise TalkNotAllowed
    return said


def check_nickname(nickname: str) -> str:
    """A nickname that can be read, names nobody else and leads nowhere; empty takes it back."""
    trimmed = " ".join(nickname.split())
    if not trimmed and not nickname:
        return ""
    if not has_letters(trimmed) or has_link(trimmed) or has_mention(trimmed):
        raise NicknameNotAllowed
    return trimmed


def clean_answer(answer: str) -> str:
    """An answer as it can be shown: one paragraph, no links, nobody mentioned, not too long.

    Empty when nothing to read is left.
    """
    letters = (" " if is_unclean(one) else one for one in unicodedata.normalize("NFKC", answer))
    words = "".join(letters).split()
    kept = " ".join(word for word in words if not has_link(word) and not has_mention(word))
    if len(kept) > LONGEST_ANSWER:
        kept = kept[: LONGEST_ANSWER - 1].rsplit(" ", 1)[0] + "…"
    return kept if has_letters(kept) else ""
