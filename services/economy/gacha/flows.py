"""A summon: pay, roll, hand over (flow F1 of docs/reliability.md)."""

from collections.abc import Iterable
from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.dice import Dice, Seed
from chassis.money import Currency, Money
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refunds import Kept, Part, Refund
from chassis.rpc.channel import Channel
from chassis.wire import currency_out, money_in, money_out
from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import money_pb2
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.users.v1 import wallet_pb2
from services.economy.gacha import rules, store
from services.economy.gacha.banners import Banners
from services.economy.gacha.proofs import pulls_kept
from services.economy.gacha.seeds import Seals
from services.economy.peers import Roster, Wallet

OPEN = Phase(1, pb.SummonTerms)
ROLL = Phase(2, pb.Rolled)
PAY = Step(1, is_pivot=True, name="pay")
GRANT = Step(2, name="grant")
CHANGE = Step(3, name="change")


class SummonFlow:
    """Takes the price, rolls, hands the waifus over and pays what comes on top."""

    kind: ClassVar[str] = "summon"
    order: ClassVar[type[Message]] = pb.SummonRequest
    answer: ClassVar[type[Message]] = pb.SummonResponse

    def __init__(
        self, users: Channel, collection: Channel, banners: Banners, seals: Seals, clock: Clock
    ) -> None:
        self.wallet = Wallet(users)
        self.roster = Roster(collection)
        self.paid = Part(PAY, OperationServiceStub(users))
        self.handed = Part(GRANT, OperationServiceStub(collection))
        self.banners = banners
        self.seals = seals
        self.clock = clock

    async def run(self, op: Operation, order: pb.SummonRequest) -> pb.SummonResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        # Whose dice cannot be read must not pay.
        self.seed_of(terms.chance)
        # The pivot: nothing after the payment can be refused.
        paid = await op.step(PAY, self.wallet.Apply, payment(terms, order.count))
        rolled = await op.phase(ROLL, self.roll, order, terms)
        granted = await op.step(GRANT, self.roster.Grant, handover(rolled))
        change = rest(terms, order.count, rolled, granted)
        if change.changes or change.min_collector_rank:
            paid = await op.step(CHANGE, self.wallet.Apply, change)
        return answer(order, terms, rolled, granted, paid)

    async def open(self, _: Look, order: pb.SummonRequest) -> Save[pb.SummonTerms]:
        """Freezes price and version of the banner, decided from memory."""
        offer = self.banners.get(order.banner_id)
        rules.admit(offer.banner, self.clock.now())
        terms = pb.SummonTerms(
            banner_version_id=offer.version_id,
            price=money_out(offer.banner.price.times(order.count)),
            banner_name=offer.banner.name,
            subject=f"banner:{order.banner_id}",
        )
        seed = self.seals.fresh()
        return Save(terms, store.OPEN_SUMMON, (seed.sealed, seed.digest, seed.client))

    async def roll(
        self, look: Look, order: pb.SummonRequest, terms: pb.SummonTerms
    ) -> Save[pb.Rolled]:
        """Rolls once, for ever: with the pity and nonce that the statement demands to find again."""
        chance = terms.chance
        if look.is_again:
            chance = chance_out(await store.get_chance(look.tx, order.op.user_id))
        table = await self.banners.table(terms.banner_version_id)
        roll = rules.roll(table, chance.pity, order.count, Dice(self.seed_of(chance)))
        price = money_in(terms.price)
        return Save(
            pb.Rolled(
                pulls=[pull_out(pull) for pull in roll.pulls],
                pity_after=roll.pity,
                daphine=roll.daphine,
            ),
            store.SAVE_SUMMON,
            (
                *(chance.pity, roll.pity, chance.seed_no, chance.nonce, terms.banner_version_id),
                *(order.count, price.amount, price.currency.value, pulls_kept(roll), roll.daphine),
                *(statement_time(self.clock), self.clock.day_offset),
            ),
        )

    def refund(self, _: pb.SummonRequest, kept: Kept) -> Refund | None:
        """The price comes back while nobody was handed over. What was rolled stays in the record, and so does pity."""
        terms = kept(OPEN)
        if terms is None:
            return None
        change, price = wallet_pb2.ApplyRequest(), money_in(terms.price)
        _put(change, terms, price.currency, price.amount, "mint.refund")
        return Refund(self.paid, [self.handed], self.wallet.Apply, change)

    def seed_of(self, chance: pb.PlayerChance) -> Seed:
        """The player's dice. Sealed with another key than ours, they wait for an operator."""
        return Seed(self.seals.require(chance.sealed_seed), chance.client_seed, chance.nonce)


def payment(terms: pb.SummonTerms, count: int) -> wallet_pb2.ApplyRequest:
    """The price, and in the same call the quartz of the summon where it cannot help to pay."""
    request = wallet_pb2.ApplyRequest()
    price = money_in(terms.price)
    _put(request, terms, price.currency, -price.amount, "sink.gacha")
    if price.currency is not Currency.QUARTZS:
        bonus = rules.summon_bonus(count)
        _put(request, terms, bonus.currency, bonus.amount, "mint.summon")
    return request


def handover(rolled: pb.Rolled) -> roster_pb2.GrantRequest:
    """Who is handed over, in the order of the pulls."""
    return roster_pb2.GrantRequest(waifu_ids=[pull.waifu_id for pull in rolled.pulls])


def rest(
    terms: pb.SummonTerms, count: int, rolled: pb.Rolled, granted: roster_pb2.GrantResponse
) -> wallet_pb2.ApplyRequest:
    """What is still to pay out: surplus shards, daphine, the bonus of a quartz banner, the rank."""
    request = wallet_pb2.ApplyRequest(min_collector_rank=granted.risen_rank)
    late = rules.summon_bonus(count).amount if _is_quartz(terms) else 0
    quartzs = granted.surplus_quartzs + late
    if quartzs:
        # One line per currency: what is mostly surplus is called so.
        reason = "mint.overflow" if granted.surplus_quartzs else "mint.summon"
        _put(request, terms, Currency.QUARTZS, quartzs, reason)
    if rolled.daphine:
        _put(request, terms, Currency.DAPHINE, rolled.daphine, "mint.summon")
    return request


def answer(
    order: pb.SummonRequest,
    terms: pb.SummonTerms,
    rolled: pb.Rolled,
    granted: roster_pb2.GrantResponse,
    paid: wallet_pb2.ApplyResponse,
) -> pb.SummonResponse:
    """What the player sees; the same bytes for every repeat."""
    quartzs = rules.summon_bonus(order.count).amount + granted.surplus_quartzs
    bonus = [Money(Currency.QUARTZS, quartzs), Money(Currency.DAPHINE, rolled.daphine)]
    return pb.SummonResponse(
        banner_id=order.banner_id,
        banner_name=terms.banner_name,
        pulls=shown(rolled.pulls, granted),
        price=terms.price,
        bonus=[money_out(money) for money in bonus if money.amount],
        balances=paid.balances,
        pity_after=rolled.pity_after,
        risen_rank=granted.risen_rank,
        time=rolled.time,
    )


def chance_out(row: store.ChanceRow) -> pb.PlayerChance:
    """A row as the terms keep it."""
    return pb.PlayerChance(
        pity=row.counter,
        seed_no=row.seed_no,
        sealed_seed=row.sealed_seed,
        client_seed=row.client_seed,
        nonce=row.next_nonce,
    )


def pull_out(pull: rules.Pull) -> pb.Pull:
    """A pull as a message; what she became is added once she was handed over."""
    return pb.Pull(
        waifu_id=pull.waifu_id,
        rarity=pull.rarity,
        is_pity=pull.is_pity,
        is_guarantee=pull.is_guarantee,
    )


def shown(pulls: Iterable[pb.Pull], granted: roster_pb2.GrantResponse) -> list[pb.Pull]:
    """The pulls with what they brought; only the first of several copies can be the new one."""
    by_waifu = {got.waifu_id: got for got in granted.granted}
    seen: set[int] = set()
    found: list[pb.Pull] = []
    for pull in pulls:
        got = by_waifu[pull.waifu_id]
        copy = pb.Pull()
        copy.CopyFrom(pull)
        copy.is_new = got.is_new and pull.waifu_id not in seen
        copy.stars_before = got.stars_before
        copy.stars_after = got.stars_after
        copy.shards_gained = got.shards_gained
        copy.character_shards = got.character_shards
        copy.surplus_quartzs = got.surplus_quartzs
        seen.add(pull.waifu_id)
        found.append(copy)
    return found


def _is_quartz(terms: pb.SummonTerms) -> bool:
    return terms.price.currency == money_pb2.CURRENCY_QUARTZS


def _put(
    request: wallet_pb2.ApplyRequest,
    terms: pb.SummonTerms,
    currency: Currency,
    amount: int,
    reason: str,
) -> None:
    request.changes.add(
        currency=currency_out(currency), amount=amount, reason=reason, subject=terms.subject
    )
