"""Fair dice: what was checked of a summon, and the player's seeds."""

from collections.abc import Iterator, Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.forms import Field
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.parts import View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import number, on, plain, short
from geminya.economy.v1.gacha_pb2 import FairSeed, GetFairnessResponse, GetProofResponse

SEED, WORD, TURN = "seed", "seedword", "seedturn"
"""To the seeds; to the form for the word; the form itself."""
FIELD = "word"
WORD_LETTERS = 64
PAST = 4
"""Ended seeds that are shown."""
FILENAME = "proof.json"


def proof_view(proof: GetProofResponse, op_id: str, desk: Desk) -> View:
    """In plain words what was checked, with the proof as a file."""
    seed = proof.seed
    equal = "verify.equal" if proof.is_equal else "verify.different"
    told = say("verify.told" if proof.is_revealed else "verify.secret")
    file: discord.ui.File[discord.ui.LayoutView] = discord.ui.File(f"attachment://{FILENAME}")
    return sheet(
        [
            text(
                say("verify.title", banner=plain(proof.banner_name), short_id=short(op_id)),
                say(equal),
                letters=900,
            ),
            line(),
            text(
                say("verify.promise", seed_no=seed.seed_no, hash=seed.seed_hash),
                say("verify.word", word=plain(seed.client_seed)),
                told,
                say("verify.how"),
                letters=1800,
            ),
            file,
        ],
        buttons=[offer_button(desk.sign(SEED), say("verify.seed_button"))],
    )


def seeds_view(found: GetFairnessResponse, desk: Desk, *, note: str | None = None) -> View:
    """The seed in use, those that are over, and the way to a word of one's own."""
    current = found.current if found.HasField("current") else None
    return sheet(
        [
            text(say("seed.title"), note, say("seed.what"), letters=900),
            line(),
            text(*_current(current), *_next(found.next_seed_hash), letters=1000),
            text(say("seed.past"), *_past(found.past), letters=2000) if found.past else None,
        ],
        buttons=[
            offer_button(
                desk.sign(WORD), say("seed.word_button"), style=discord.ButtonStyle.primary
            )
        ],
    )


def word_field() -> Field:
    """What the form asks for."""
    return Field(
        FIELD,
        say("seed.form_label"),
        description=say("seed.form_description"),
        min_letters=0,
        max_letters=WORD_LETTERS,
    )


def _current(seed: FairSeed | None) -> Iterator[str]:
    if seed is None:
        yield say("seed.none")
        return
    yield say("seed.current", seed_no=seed.seed_no, used=number(seed.used))
    yield say("seed.hash", hash=seed.seed_hash)
    yield say("seed.word", word=plain(seed.client_seed))


def _next(seed_hash: str) -> Iterator[str]:
    if seed_hash:
        yield say("seed.next", hash=seed_hash)


def _past(seeds: Sequence[FairSeed]) -> Iterator[str]:
    for seed in seeds[:PAST]:
        yield say(
            "seed.past_line",
            seed_no=seed.seed_no,
            used=number(seed.used),
            word=words.clip(seed.client_seed, WORD_LETTERS),
            time=on(seed.reveal_time),
            hash=seed.seed_hash,
            seed=seed.server_seed,
        )
    if len(seeds) > PAST:
        yield say("seed.past_more", count=len(seeds) - PAST)
