"""What Discord says about a message as a whole."""

from collections.abc import Iterator, Sequence

from playground.components import media, walk
from playground.limits.component import component_problems
from playground.limits.embed import embed_problems
from playground.limits.form import text
from playground.refusal import Problem, empty_message, refuse_any, too_large
from playground.world import File, Json

EPHEMERAL = 1 << 6
LOADING = 1 << 7
V2 = 1 << 15

CONTENT_LETTERS = 2_000
NONCE_LETTERS = 25
FILES = 10
FILE_BYTES = 10 * 2**20

LEGACY_FIELDS = ("content", "embeds", "poll", "sticker_ids")


def check_message(message: Json, under: tuple[str, ...] = ()) -> None:
    """Refuses a message that Discord would refuse; an edit is checked as what comes of it."""
    refuse_any(_problems(message), under)
    if not any(message.get(part) for part in ("content", "embeds", "components", "attachments")):
        raise empty_message()


def check_uploads(files: Sequence[File]) -> None:
    """Refuses too many files, and files that are too large."""
    if len(files) > FILES:
        said = f"Must be {FILES} or fewer in length."
        refuse_any([Problem(("files",), "BASE_TYPE_MAX_LENGTH", said)])
    if any(len(file.content) > FILE_BYTES for file in files):
        raise too_large()


def nonce_problems(nonce: object) -> Iterator[Problem]:
    """A nonce is a whole number or a short text."""
    if nonce is not None and (isinstance(nonce, bool) or not isinstance(nonce, int | str)):
        yield Problem(("nonce",), "NONCE_TYPE_INVALID", "Could not interpret the nonce.")
    elif len(str(nonce or "")) > NONCE_LETTERS:
        said = f"Must be {NONCE_LETTERS} or fewer in length."
        yield Problem(("nonce",), "BASE_TYPE_MAX_LENGTH", said)


def _problems(message: Json) -> Iterator[Problem]:
    v2 = bool(message.get("flags", 0) & V2)
    yield from text(("content",), message.get("content"), CONTENT_LETTERS)
    yield from embed_problems(("embeds",), message.get("embeds") or ())
    components = message.get("components") or ()
    yield from component_problems(("components",), components, v2=v2)
    if v2:
        yield from _legacy_fields(message)
        yield from _missing_files(message)


def _legacy_fields(message: Json) -> Iterator[Problem]:
    for field in LEGACY_FIELDS:
        if message.get(field):
            said = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            yield Problem((field,), code, said)


def _missing_files(message: Json) -> Iterator[Problem]:
    names = {attachment["filename"] for attachment in message.get("attachments") or ()}
    for component in walk(message.get("components") or ()):
        for shown in media(component):
            name = shown["url"].removeprefix("attachment://")
            if name != shown["url"] and name not in names:
                said = "The referenced attachment was not found."
                yield Problem(("components",), "UNFURLED_MEDIA_ITEM_REFERENCED_NOT_FOUND", said)
