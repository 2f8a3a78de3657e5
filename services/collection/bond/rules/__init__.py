"""How a bond grows, what she says, and how the content of it is read. No I/O.

Read `content` first, then `feelings` (numbers), `lines` (words) and `texts` (what people and models write).
"""

from services.collection.bond.rules.content import NOTHING, Bond, Condition, Gift, Problem, read
from services.collection.bond.rules.feelings import (
    Tone,
    favorite_gift_ids,
    gift_mood_change,
    gift_points,
    journey_mood_change,
    mood_word,
    next_points,
    present_mood,
    talk_mood_change,
    talk_points,
)
from services.collection.bond.rules.lines import Exchange, Scene, gift_reply, talk_reply, tone_of
from services.collection.bond.rules.texts import check_message, check_nickname, clean_answer

__all__ = [
    "NOTHING",
    "Bond",
    "Condition",
    "Exchange",
    "Gift",
    "Problem",
    "Scene",
    "Tone",
    "check_message",
    "check_nickname",
    "clean_answer",
    "favorite_gift_ids",
    "gift_mood_change",
    "gift_points",
    "gift_reply",
    "journey_mood_change",
    "mood_word",
    "next_points",
    "present_mood",
    "read",
    "talk_mood_change",
    "talk_points",
    "talk_reply",
    "tone_of",
]
