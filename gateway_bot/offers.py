"""What a button stands for, signed: who may press it, what it does, until when.

A custom id is `v1.action.data.expiry.mac`. The data begin with a nonce; owner and nonce are part of
the MAC, so an id works for one player and one answer only, and needs no memory of ours. An interaction
that is delivered twice is answered twice with the same buttons: they are the same offers.
"""

import base64
import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from discord.utils import snowflake_time

VERSION = "v1"
ID_LETTERS = 100
"""The longest custom id Discord takes."""
NONCE_BYTES = 6
NONCE_LETTERS = 8
MAC_BYTES = 10
HOUR_S = 3600

TEMPLATE = r"v\d+\.(?P<action>[a-z]+)\.(?P<data>.*)\.(?P<expiry>[0-9a-z]+)\.(?P<mac>[\w-]+)"
SHAPE = re.compile(TEMPLATE, re.DOTALL)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class OfferError(Exception):
    """The button cannot be used."""


class ForeignOffer(OfferError):
    """It was shown to somebody else, or never shown at all."""


class StaleOffer(OfferError):
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pressed button that is genuine, fresh and the presser's own."""

    action: str
    data: str
    nonce: str
    """Different for every answer; it names the operation behind the button."""

    def about(self, picked: str) -> "Offer":
        """The offer for one of several things: what was picked or written makes it another operation."""
        return replace(self, nonce=f"{self.nonce}\n{picked}")


@dataclass(frozen=True, slots=True)
class Occasion:
    """The interaction a button is shown in answer to."""

    interaction_id: int

    @property
    def time(self) -> int:
        """When the player asked, in whole seconds; it is part of Discord's ids."""
        return int(snowflake_time(self.interaction_id).timestamp())


class Offers:
    """Signs custom ids and reads them again."""

    def __init__(self, secret: bytes, *, now: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(secret, b"geminya.offers", hashlib.sha256)
        self._now = now

    def sign(
        self, owner: int, occasion: Occasion, action: str, data: str = "", *, life_s: int = HOUR_S
    ) -> str:
        """The custom id of a button for `owner`; on the same occasion the same one."""
        nonce = self._nonce(owner, occasion, action, data)
        expiry = _base36(occasion.time + life_s)
        body = f"{VERSION}.{action}.{nonce}{data}.{expiry}"
        custom_id = f"{body}.{self._mac(owner, body)}"
        if len(custom_id) > ID_LETTERS:
            raise ValueError(f"custom id of {len(custom_id)} letters for {action} {data!r}")
        return custom_id

    def open(self, presser: int, custom_id: str) -> Offer:
        """What the button stands for, or an `OfferError`."""
        parts = SHAPE.fullmatch(custom_id)
        body, _, mac = custom_id.rpartition(".")
        genuine = hmac.compare_digest(self._mac(presser, body).encode(), mac.encode())
        if parts is None or not genuine:
            raise ForeignOffer(custom_id)
        if int(parts["expiry"], 36) < self._now():
            raise StaleOffer(custom_id)
        nonce, data = parts["data"][:NONCE_LETTERS], parts["data"][NONCE_LETTERS:]
        return Offer(parts["action"], data, f"{presser}.{nonce}.{parts['expiry']}")

    def _nonce(self, owner: int, occasion: Occasion, action: str, data: str) -> str:
        about = f"nonce\n{owner}\n{occasion.interaction_id}\n{action}\n{data}".encode()
        return _letters(hmac.digest(self._key, about, hashlib.sha256)[:NONCE_BYTES])

    def _mac(self, owner: int, body: str) -> str:
        said = f"{owner}\n{body}".encode()
        return _letters(hmac.digest(self._key, said, hashlib.sha256)[:MAC_BYTES])


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes the custom ids of one answer to a player."""

    offers: Offers
    owner: int
    occasion: Occasion

    def sign(self, action: str, data: str = "", *, life_s: int = HOUR_S) -> str:
        """The custom id of a button for this player."""
        return self.offers.sign(self.owner, self.occasion, action, data, life_s=life_s)


def packed(thing_id: str) -> str:
    """A UUID in the 22 letters that fit into a custom id."""
    return _letters(uuid.UUID(thing_id).bytes)


def unpacked(letters: str) -> str:
    """Back to the UUID."""
    return str(uuid.UUID(bytes=base64.urlsafe_b64decode(f"{letters}==")))


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
