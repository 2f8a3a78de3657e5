"""What a party is worth at its first step: the sums and the factors that make a score."""

from gateway_bot.text import say
from gateway_bot.views.words import number, stat_names, thousandths
from geminya.expeditions.v1.expedition_pb2 import StatStrength, Strength

SAME = 1_000
"""A factor that changes nothing, in thousandths."""


def strength_lines(strength: Strength) -> list[str]:
    """Two lines: power by stat, and what it is multiplied with; none where nothing is known."""
    if not strength.stats:
        return []
    power = say("strength.power", stats=" · ".join(_stat(one) for one in strength.stats))
    factors = [_affinities(strength), _series(strength), _pay(strength)]
    return [power, say("strength.factors", factors=" · ".join(factors))]


def _stat(one: StatStrength) -> str:
    key = "strength.stat_more" if one.final_bonus else "strength.stat"
    return say(
        key,
        stat=stat_names([one.stat]),
        total=number(one.total),
        more=f"{one.final_bonus:+d}",
    )


def _affinities(strength: Strength) -> str:
    """One factor once it is known which affinities act; before that a mean, and between what."""
    least, most = strength.least_affinity_milli, strength.most_affinity_milli
    if least == most:
        return say("strength.affinities", factor=thousandths(most))
    return say(
        "strength.affinities_between",
        mean=thousandths(strength.affinity_milli),
        least=thousandths(least),
        most=thousandths(most),
    )


def _series(strength: Strength) -> str:
    if strength.series_milli == SAME:
        return say("strength.no_series")
    return say("strength.series", factor=thousandths(strength.series_milli))


def _pay(strength: Strength) -> str:
    key = "strength.pay" if strength.awakened_milli == SAME else "strength.pay_awakened"
    return say(
        key,
        factor=thousandths(strength.reward_milli),
        awakened=thousandths(strength.awakened_milli),
    )
