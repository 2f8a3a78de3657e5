"""How much of a processor a picture costs: `make bench` prints it, and it decides nothing.

Cold is the first drawing in a fresh process; warm is what a worker pays when the cards are kept from
before, which is nearly always. Only the drawing counts, in the time of the processor, not of the clock.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date

from gateway_bot.render.academy import AcademyFace, academy_card
from gateway_bot.render.album import AlbumFace, album_page
from gateway_bot.render.card import CardFace
from gateway_bot.render.equipment import PieceFace, equipment_piece, equipment_shelf
from gateway_bot.render.journey import Gain, HomeFace, JourneyFace, StopFace, journey_strip
from gateway_bot.render.profile import profile_card
from gateway_bot.render.summon_sheet import summon_sheet
from gateway_bot.render.talk import talk_scene
from gateway_bot.render.worker import warm

RUNS = 50
ELEMENTS = ("fire", "water", "earth", "wind", "nature", "light", "dark", "void", "ice", "neutral")


def a_face(number: int) -> CardFace:
    """One waifu of many."""
    element = ELEMENTS[number % 10]
    rarity, stars = number % 3 + 1, number % 6 + 1
    return CardFace(
        number, f"Waifu {number} 花", "Moon Harbor", rarity, element, (element,), "Mage", stars
    )


FACES = [a_face(number) for number in range(1, 13)]
PIECES = [
    PieceFace(n, "affinity_add", "Fire", "elemental", "fire", ("ATK +12",) * (n % 6))
    for n in range(1, 21)
]
ACADEMY = AcademyFace(
    name="Academy of the Falling Petals",
    rank=5,
    power=23_450,
    next_power=32_000,
    owned_count=27,
    next_owned_count=25,
    waifu_count=2_457,
    owned_by_rarity=(15, 9, 3),
    crystals=12_345,
    quartzs=870,
    daphine=3,
    founded=date(2026, 5, 3),
    top=tuple(FACES[:5]),
)  # fmt: skip
FOUND = (Gain("120", "crystals"), Gain("4", "quartzs"), Gain("1 × two-star selector"))
JOURNEY = JourneyFace(
    name="The Lantern Road",
    tier=3,
    outcome="great_success",
    outcome_label="great success",
    tally="12 great · 8 succeeded",
    members=tuple(HomeFace(face, 1_234, 530) for face in FACES[:3]),
    stops=tuple(
        StopFace(
            n, "STANDARD", "A Door that Remembers", "success", "success", "INT 512 / 240",
            (1_200, 4_800, 3_300, 700), 400 * n, FOUND,
        )
        for n in range(1, 21)
    ),
    rewards=FOUND,
    fortune="an ordinary way home",
    luck_shares=(300, 1_500, 7_600, 600),
    luck_roll=8_123,
)  # fmt: skip
PICTURES: dict[str, Callable[[], bytes]] = {
    "ten-card sheet": lambda: summon_sheet(FACES[:10], "Spring"),
    "one-card sheet": lambda: summon_sheet(FACES[:1], "Spring"),
    "album page of twelve": lambda: album_page(
        [AlbumFace(face, face.waifu_id % 3 > 0) for face in FACES], "Moon Harbor", 8, 12
    ),
    "academy": lambda: academy_card(ACADEMY),
    "profile": lambda: profile_card(FACES[0], {"hp": 70, "atk": 90}, 500),
    "talk": lambda: talk_scene(FACES[1], 70, 4),
    "equipment shelf of twenty": lambda: equipment_shelf(PIECES, 20),
    "journey of twenty encounters": lambda: journey_strip(JOURNEY),
    "equipment piece": lambda: equipment_piece(PIECES[4]),
}


def cost(draw: Callable[[], bytes]) -> float:
    """Milliseconds of processor for one drawing."""
    began = time.process_time()
    draw()
    return (time.process_time() - began) * 1e3


def costs() -> dict[str, tuple[float, Sequence[float], float]]:
    """Of every picture: what the first costs, what the next ones cost, and how many kilobytes it has."""
    warm()
    found: dict[str, tuple[float, Sequence[float], float]] = {}
    for name, draw in PICTURES.items():
        cold = cost(draw)
        found[name] = (cold, sorted(cost(draw) for _ in range(RUNS)), len(draw()) / 1000)
    return found
