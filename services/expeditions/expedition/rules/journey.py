"""The way itself, encounter by encounter."""

from dataclasses import replace
from fractions import Fraction

from chassis.dice import Dice
from services.expeditions.atlas.rules.types import Encounter, EncounterType, Modifier
from services.expeditions.expedition.rules import (
    course,
    encounter,
    loot,
    modifiers,
    numbers,
    reward,
)
from services.expeditions.expedition.rules.encounter import Trial
from services.expeditions.expedition.rules.modifiers import Effects
from services.expeditions.expedition.rules.party import Party, opens, tired
from services.expeditions.expedition.rules.plan import Plan, equip
from services.expeditions.expedition.rules.report import Check, Event, Loot, Outcome, Report


def resolve(plan: Plan, party: Party, dice: Dice) -> Report:
    """All that happens to the party there. The same plan, party and dice give the same report."""
    journey = Journey(plan, party, dice)
    journey.go()
    return journey.report()


class Journey:
    """A party on its way: what has happened, what was found and what is in effect."""

    def __init__(self, plan: Plan, party: Party, dice: Dice) -> None:
        self.party = party
        self.dice = dice
        length = course.length(plan.template.duration_hours, dice)
        self.plan, self.effects = equip(plan, length)
        self.pool = course.pool(self.plan, self.effects)
        self.events: list[Event] = []
        self.loot: list[Loot] = []

    def go(self) -> None:
        """Meets one encounter after another, each at most once, until the way or the pool is at its end."""
        while self.effects.left > 0 and (candidates := self.candidates()):
            met = course.draw(candidates, self.plan.template.difficulty, self.dice)
            before, self.effects = self.effects, replace(self.effects, left=self.effects.left - 1)
            self.events.append(self.meet(met))
            if (self.effects.tags, self.effects.ignored) != (before.tags, before.ignored):
                self.pool = course.pool(self.plan, self.effects)

    def candidates(self) -> list[Encounter]:
        """What can come and was not met."""
        met = {event.encounter_id for event in self.events}
        return [one for one in self.pool if one.encounter_id not in met]

    def meet(self, met: Encounter) -> Event:
        """One encounter."""
        if self.effects.skips_next:
            self.effects = replace(self.effects, skips_next=False)
            return self.event(met, Outcome.SKIPPED)
        match met.type:
            case EncounterType.STANDARD:
                return self.check(met)
            case EncounterType.GATED:
                return self.gate(met)
            case EncounterType.BOON:
                return self.turn(met, Outcome.SUCCESS)
            case EncounterType.HAZARD:
                return self.turn(met, Outcome.FAILURE)

    def check(self, met: Encounter) -> Event:
        """Somebody tries."""
        trial = encounter.trial(self.plan, self.party, met, self.effects, self.stat_of(met))
        roll = 1 + self.dice.below(numbers.WHOLE)
        outcome = self.block(encounter.outcome(trial.shares, roll))
        self.effects = replace(
            self.effects, passes_next=False, excels_next=False, any_stat_next=False
        )
        event = self.event(met, outcome, check=check_of(trial, roll))
        match outcome:
            case Outcome.GREAT:
                return replace(event, loot=self.find(met, met.great, 2, trial))
            case Outcome.SUCCESS:
                return replace(event, loot=self.find(met, met.common, 1, trial))
            case Outcome.MISHAP:
                return replace(event, lost=self.lose(0 if self.effects.keeps_loot else 1))
            case _:
                return event

    def stat_of(self, met: Encounter) -> str:
        """What is checked: mostly what the encounter asks for."""
        if not self.effects.any_stat_next:
            return met.check_stat
        return numbers.CHECKED_STATS[self.dice.below(len(numbers.CHECKED_STATS))]

    def block(self, outcome: Outcome) -> Outcome:
        """A mishap that something prevents is a failure."""
        if outcome is not Outcome.MISHAP or not self.effects.mishaps_blocked:
            return outcome
        blocked = self.effects.mishaps_blocked - 1
        self.effects = replace(self.effects, mishaps_blocked=blocked)
        return Outcome.FAILURE

    def gate(self, met: Encounter) -> Event:
        """Opens for somebody of the party, or stays shut."""
        assert met.condition is not None
        if not opens(self.party, met.condition):
            return self.event(met, Outcome.FAILURE)
        worth = numbers.GATE_FACTOR * met.success_loot_value
        difficulty = self.plan.template.difficulty
        value = loot.value(worth, self.effects.loot_factor, difficulty, Fraction(0))
        return self.event(met, Outcome.SUCCESS, loot=self.keep(value, 1))

    def turn(self, met: Encounter, outcome: Outcome) -> Event:
        """Something changes, for the better or the worse."""
        assert met.modifier is not None
        lost = self.change(met.modifier)
        return self.event(met, outcome, lost=lost, modifier=met.modifier.type)

    def change(self, modifier: Modifier) -> tuple[Loot, ...]:
        """Puts a modifier into effect; gives what is lost by it at once."""
        changed = modifiers.apply(self.effects, modifier)
        self.effects: Effects = replace(changed, loot_to_lose=0)
        return self.lose(changed.loot_to_lose)

    def find(self, met: Encounter, worth: int, rolls: int, trial: Trial) -> tuple[Loot, ...]:
        """The loot of a check that went well."""
        value = loot.value(worth, self.effects.loot_factor, met.difficulty, trial.score)
        return self.keep(value, rolls)

    def keep(self, value: int, rolls: int) -> tuple[Loot, ...]:
        """Finds things of this value, and packs them."""
        found = loot.find(value, rolls, self.dice) if value else ()
        self.loot += found
        return found

    def lose(self, count: int) -> tuple[Loot, ...]:
        """Loses so many finds, any of them, or all there are."""
        lost = min(count, len(self.loot))
        return tuple(self.loot.pop(self.dice.below(len(self.loot))) for _ in range(lost))

    def event(
        self,
        met: Encounter,
        outcome: Outcome,
        *,
        check: Check | None = None,
        loot: tuple[Loot, ...] = (),
        lost: tuple[Loot, ...] = (),
        modifier: str = "",
    ) -> Event:
        """What is told of an encounter."""
        number = len(self.events) + 1
        return Event(number, met.encounter_id, met.type, outcome, check, loot, lost, modifier)

    def report(self) -> Report:
        """The end: luck is rolled and the money multiplied."""
        template, tally = self.plan.template, reward.tally(self.events)
        luck = reward.luck(tally, template.difficulty, self.effects, self.dice)
        found = reward.found(self.loot)
        stat_count = len(template.dominant_stats)
        factor = reward.factor(luck.fortune, self.party.awakened_count, stat_count)
        worn = (tally.failures, tally.mishaps, tally.checks)
        return Report(
            version=numbers.VERSION,
            events=tuple(self.events),
            tally=tally,
            label=reward.label(tally),
            luck=luck,
            found=found,
            rewards=reward.rewards(found, factor, self.dice),
            members=tuple(tired(one, *worn) for one in self.party.members),
        )


def check_of(trial: Trial, roll: int) -> Check:
    """What is told of a check."""
    return Check(
        stat=trial.stat,
        total=trial.total,
        favored=trial.favored,
        disfavored=trial.disfavored,
        score=int(trial.score),
        difficulty=trial.difficulty,
        shares=trial.shares,
        roll=roll,
    )
