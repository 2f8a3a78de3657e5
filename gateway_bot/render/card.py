"""One waifu as a picture: the face of a card, its portrait and the trading card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card shows of one waifu. The picture follows from these fields alone."""

    waifu_id: int
    name: str
    series: str
    rarity: int
    """Stars printed on the waifu, 1 to 3; they choose the frame."""
    element: str
    """The first element; it chooses background and badge."""
    elements: tuple[str, ...]
    archetype: str
    stars: int
    """Stars of this copy now, 1 to 6."""
    is_new: bool = False
    shards: int = 0
    image_url: str = ""
    """A picture to use instead of the drawn portrait, when it is set and reachable."""
    nickname: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.rarity <= 3:
            raise ValueError(f"rarity {self.rarity} is not between 1 and 3")
        if not 1 <= self.stars <= 6:
            raise ValueError(f"{self.stars} stars are not between 1 and 6")
