"""What Discord says about embeds."""

from collections.abc import Iterator, Sequence

from playground.limits.form import Path, size, text
from playground.refusal import Problem
from playground.world import Json

EMBEDS = 10
ALL_LETTERS = 6_000
FIELDS = 25


def embed_problems(path: Path, embeds: Sequence[Json]) -> Iterator[Problem]:
    """Problems with the embeds of one message."""
    yield from size(path, embeds, EMBEDS)
    for index, embed in enumerate(embeds):
        yield from _one((*path, index), embed)
    if sum(letters(embed) for embed in embeds) > ALL_LETTERS:
        too_much = f"Embed size exceeds maximum size of {ALL_LETTERS}"
        yield Problem(path, "MAX_EMBED_SIZE_EXCEEDED", too_much)


def letters(embed: Json) -> int:
    """The letters of an embed that count towards the limit of a message."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or ():
        texts += [field.get("name"), field.get("value")]
    return sum(len(text or "") for text in texts)


def _one(path: Path, embed: Json) -> Iterator[Problem]:
    yield from text((*path, "title"), embed.get("title"), 256)
    yield from text((*path, "description"), embed.get("description"), 4_096)
    if embed.get("footer"):
        yield from text((*path, "footer", "text"), embed["footer"].get("text"), 2_048, 1)
    if embed.get("author"):
        yield from text((*path, "author", "name"), embed["author"].get("name"), 256, 1)
    fields = embed.get("fields") or ()
    yield from size((*path, "fields"), fields, FIELDS)
    for index, field in enumerate(fields):
        yield from text((*path, "fields", index, "name"), field.get("name"), 256, 1)
        yield from text((*path, "fields", index, "value"), field.get("value"), 1_024, 1)
