"""geminya.economy.v1.GachaService"""

from datetime import datetime

from chassis.clock import Clock
from chassis.operations.acts import act
from chassis.operations.once import Once, mutation
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceServicer
from services.economy.gacha import messages, pools, rules, store
from services.economy.gacha.banners import Banners, Offer
from services.economy.gacha.fairness import Fairness, word_in
from services.economy.gacha.operators import Operators


class GachaServicer(GachaServiceServicer):
    """Banners, odds, pity and the record of every summon."""

    def __init__(
        self,
        database: Database,
        once: Once,
        operations: Operations,
        banners: Banners,
        fairness: Fairness,
        operators: Operators,
        clock: Clock,
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.banners = banners
        self.fairness = fairness
        self.operators = operators
        self.clock = clock

    async def ListBanners(
        self, request: pb.ListBannersRequest, _: object
    ) -> pb.ListBannersResponse:
        """The banners that are open now, and those that open soon."""
        now, words = self.clock.now(), request.words.casefold()
        shown = [
            offer
            for offer in self.banners.all()
            if request.with_closed or (offer.banner.is_active and now < offer.banner.end_time)
            if words in offer.banner.name.casefold() or words in offer.banner.banner_id
        ]
        shown.sort(key=lambda offer: (offer.banner.type.value != "standard", offer.banner.end_time))
        return pb.ListBannersResponse(banners=[await self._shown(offer, now) for offer in shown])

    async def GetBanner(self, request: pb.GetBannerRequest, _: object) -> pb.GetBannerResponse:
        """One banner."""
        offer = self.banners.get(request.banner_id)
        return pb.GetBannerResponse(banner=await self._shown(offer, self.clock.now()))

    async def GetOdds(self, request: pb.GetOddsRequest, _: object) -> pb.GetOddsResponse:
        """The exact chances of a banner."""
        offer = self.banners.get(request.banner_id)
        return messages.odds_out(offer, await self.banners.table(offer.version_id))

    async def Summon(self, request: pb.SummonRequest, _: object) -> pb.SummonResponse:
        """Takes the price, rolls the pulls and hands the waifus over."""
        return await self.operations.run("summon", request)

    @query
    async def ListSummons(self, request: pb.ListSummonsRequest, tx: Tx) -> pb.ListSummonsResponse:
        """The player's summons, newest first."""
        filters = ("summons", request.user_id, request.banner_id)
        key = page.decode(filters, request.page_token, 2)
        size = page.size_of(request.page_size)
        before = None if key is None else (page.moment(key[0]), page.uuid_text(key[1]))
        rows = await store.list_summons(tx, request.user_id, request.banner_id, before, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, (last.at.isoformat(), last.op_id)) if last else ""
        return pb.ListSummonsResponse(
            summons=[messages.summon_out(row) for row in rows[:size]], next_page_token=token
        )

    @query
    async def GetPity(self, request: pb.GetPityRequest, tx: Tx) -> pb.GetPityResponse:
        """Pulls since the last three-star waifu."""
        counter = await store.find_pity(tx, request.user_id)
        return pb.GetPityResponse(counter=counter, limit=rules.PITY_LIMIT)

    async def ListBannerPool(
        self, request: pb.ListBannerPoolRequest, _: object
    ) -> pb.ListBannerPoolResponse:
        """Who can be pulled on a banner, featured ones first."""
        offer = self.banners.get(request.banner_id)
        return pools.page_of(request, await self.banners.table(offer.version_id))

    @query
    async def GetFairness(self, request: pb.GetFairnessRequest, tx: Tx) -> pb.GetFairnessResponse:
        """The player's seeds."""
        return await self.fairness.seeds(tx, request.user_id)

    @mutation
    async def RotateSeed(self, request: pb.RotateSeedRequest, tx: Tx) -> pb.RotateSeedResponse:
        """Tells the seed in use and begins the next."""
        return await self.fairness.rotate(tx, request.op.user_id, word_in(request))

    @query
    async def GetProof(self, request: pb.GetProofRequest, tx: Tx) -> pb.GetProofResponse:
        """Everything behind a summon."""
        return await self.fairness.proof(tx, request.user_id, request.op_id)

    @query
    async def AdminReplaySummon(
        self, request: pb.AdminReplaySummonRequest, tx: Tx
    ) -> pb.AdminReplaySummonResponse:
        """Rolls a summon again and compares."""
        return await self.fairness.replay(tx, request.user_id, request.op_id)

    async def AdminImportBanners(
        self, request: pb.AdminImportBannersRequest, _: object
    ) -> pb.AdminImportBannersResponse:
        """Adds and changes banners, all or nothing."""
        return await self.operators.import_banners(request)

    async def AdminScheduleBanner(
        self, request: pb.AdminScheduleBannerRequest, context: object
    ) -> pb.AdminScheduleBannerResponse:
        """Moves the opening hours of a banner, switches it on or off."""
        answer = await self._schedule(request, context)
        await self.banners.load()
        return answer

    @act
    async def _schedule(
        self, request: pb.AdminScheduleBannerRequest, tx: Tx
    ) -> pb.AdminScheduleBannerResponse:
        offer, table = await self.operators.schedule(tx, request)
        shown = messages.banner_out(offer, table, self.clock.now())
        return pb.AdminScheduleBannerResponse(banner=shown)

    @query
    async def AdminListBannerVersions(
        self, request: pb.AdminListBannerVersionsRequest, tx: Tx
    ) -> pb.AdminListBannerVersionsResponse:
        """Every version of a banner."""
        return await self.operators.versions(tx, request.banner_id)

    async def AdminSimulateBanner(
        self, request: pb.AdminSimulateBannerRequest, _: object
    ) -> pb.AdminSimulateBannerResponse:
        """What a banner costs players and gives them."""
        return await self.operators.simulate(request)

    async def _shown(self, offer: Offer, now: datetime) -> pb.Banner:
        return messages.banner_out(offer, await self.banners.table(offer.version_id), now)
