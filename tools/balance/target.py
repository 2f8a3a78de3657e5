"""What the first bot gave, in 500 runs for each cell, and how near to it the rules have to stay."""

from dataclasses import dataclass

HAZARD_FLOOR = 5.5
"""Points of its failures that were hazards, which this measurement leaves out."""
ENCOUNTERS_WITHIN = 0.15
POINTS_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One party in one bin of difficulties: outcomes in percent, the rest for each expedition."""

    greats: float
    successes: float
    failures: float
    mishaps: float
    encounters: float
    crystals: float
    quartzs: float
    items: float


BINS = ((1, 400), (401, 800), (801, 1200), (1201, 1600), (1601, 2000))
PARTIES = ("R", "B3", "B6", "X")
"""Three at random with three stars; the best of 60 with three and with six; the best of all, awakened."""
FIRST_BOT = {
    "R": (
        Cell(8, 48, 40, 4, 3.4, 19, 0.2, 0.02),
        Cell(1, 30, 60, 9, 6.3, 23, 0.3, 0.02),
        Cell(0, 17, 67, 16, 8.6, 19, 0.3, 0.01),
        Cell(0, 14, 67, 19, 11.2, 17, 0.5, 0.01),
        Cell(0, 10, 67, 22, 13.8, 11, 0.6, 0.01),
    ),
    "B3": (
        Cell(25, 60, 15, 0, 3.4, 49, 0.6, 0.05),
        Cell(13, 54, 29, 4, 6.5, 118, 2.2, 0.09),
        Cell(3, 39, 51, 8, 8.5, 115, 3.4, 0.07),
        Cell(1, 30, 61, 9, 11.3, 104, 2.9, 0.05),
        Cell(0, 22, 67, 11, 13.6, 108, 4.4, 0.06),
    ),
    "B6": (
        Cell(27, 62, 11, 0, 3.5, 61, 0.9, 0.06),
        Cell(19, 59, 20, 2, 6.6, 154, 3.2, 0.14),
        Cell(6, 45, 44, 5, 8.6, 157, 4.9, 0.11),
        Cell(2, 36, 54, 7, 11.2, 174, 5.9, 0.11),
        Cell(1, 29, 61, 9, 13.8, 189, 6.8, 0.12),
    ),
    "X": (
        Cell(31, 59, 10, 0, 3.4, 158, 2.8, 0.09),
        Cell(26, 63, 12, 0, 6.4, 397, 10, 0.17),
        Cell(17, 60, 22, 2, 8.7, 635, 21, 0.24),
        Cell(9, 58, 30, 3, 11.3, 789, 31, 0.35),
        Cell(4, 49, 42, 5, 14.1, 945, 40, 0.34),
    ),
}


def strays(ours: Cell, first: Cell) -> list[str]:
    """In which measures a cell lies too far from the first bot's."""
    found: list[str] = []
    if abs(ours.encounters / first.encounters - 1) > ENCOUNTERS_WITHIN:
        found.append("encounters")
    if abs(ours.failures - max(0.0, first.failures - HAZARD_FLOOR)) > POINTS_WITHIN:
        found.append("failures")
    if abs(ours.mishaps - first.mishaps) > POINTS_WITHIN:
        found.append("mishaps")
    return found
