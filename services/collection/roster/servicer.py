"""geminya.collection.v1.RosterService"""

from dataclasses import asdict

from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.wire import money_out
from geminya.collection.v1 import roster_pb2 as pb
from geminya.collection.v1.roster_pb2_grpc import RosterServiceServicer
from services.collection.bond.memory import Feelings
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.messages import stats_out, waifu_out
from services.collection.errors import WaifuNotFound
from services.collection.party.parties import Parties
from services.collection.roster import rules, standing, store
from services.collection.roster.grant import Grants
from services.collection.roster.messages import expedition_stats, owned_out
from services.collection.search.lists import Lists


class RosterServicer(RosterServiceServicer):
    """What players own."""

    def __init__(
        self,
        database: Database,
        once: Once,
        operations: Operations,
        memory: CatalogMemory,
        grants: Grants,
        lists: Lists,
        feelings: Feelings,
        parties: Parties,
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.memory = memory
        self.grants = grants
        self.lists = lists
        self.feelings = feelings
        self.parties = parties

    async def Grant(self, request: pb.GrantRequest, context: object) -> pb.GrantResponse:
        """Hands waifus over, in one statement."""
        return await self.grants.grant(request)

    async def BatchGrant(
        self, request: pb.BatchGrantRequest, context: object
    ) -> pb.BatchGrantResponse:
        """Hands waifus over to several players, in one statement."""
        return await self.grants.grant_each(request)

    async def LockParty(
        self, request: pb.LockPartyRequest, context: object
    ) -> pb.LockPartyResponse:
        """Sends a party away, in one statement."""
        return await self.parties.lock(request)

    async def Settle(self, request: pb.SettleRequest, context: object) -> pb.SettleResponse:
        """Brings a party home with what it found, in one statement."""
        return await self.parties.settle(request)

    async def Awaken(self, request: pb.AwakenRequest, context: object) -> pb.AwakenResponse:
        """Awakens a waifu for one daphine."""
        return await self.operations.run("awaken", request)

    async def SetFavorite(
        self, request: pb.SetFavoriteRequest, context: object
    ) -> pb.SetFavoriteResponse:
        """Makes a waifu a favourite, or takes the heart off."""
        kept = await self.once.run(
            request, store.SET_FAVORITE, request.waifu_id, request.is_favorite
        )
        return pb.SetFavoriteResponse(**kept)

    async def AdminGiveWaifu(
        self, request: pb.AdminGiveWaifuRequest, context: object
    ) -> pb.AdminGiveWaifuResponse:
        """Gives a player a waifu by an operator's hand."""
        return await self.operations.run("give_waifu", request)

    @query
    async def ListCandidates(
        self, request: pb.ListCandidatesRequest, tx: Tx
    ) -> pb.ListCandidatesResponse:
        """Who could go on an expedition, in one statement."""
        return await self.parties.candidates(tx, request)

    @query
    async def ListTop(self, request: pb.ListTopRequest, tx: Tx) -> pb.ListTopResponse:
        """The strongest collections, in one statement."""
        key = page.decode(("top",), request.page_token, 2)
        size = page.size_of(request.page_size)
        after = None if key is None else (page.whole(key[0]), page.whole(key[1]))
        rows = await standing.list_top(tx, after, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        return pb.ListTopResponse(
            entries=[pb.TopEntry(**asdict(row)) for row in rows[:size]],
            next_page_token=page.encode(("top",), (last.power, last.user_id)) if last else "",
        )

    @query
    async def GetPlace(self, request: pb.GetPlaceRequest, tx: Tx) -> pb.GetPlaceResponse:
        """The player's own place, in one statement."""
        return pb.GetPlaceResponse(**asdict(await standing.get_place(tx, request.user_id)))

    @query
    async def ListOwnedWaifus(
        self, request: pb.ListOwnedWaifusRequest, tx: Tx
    ) -> pb.ListOwnedWaifusResponse:
        """A page of the collection, in one statement."""
        return await self.lists.owned(tx, request)

    @query
    async def ListAlbum(self, request: pb.ListAlbumRequest, tx: Tx) -> pb.ListAlbumResponse:
        """A page of the catalogue with what the player has of it, in one statement."""
        return await self.lists.album(tx, request)

    @query
    async def ListSeriesProgress(
        self, request: pb.ListSeriesProgressRequest, tx: Tx
    ) -> pb.ListSeriesProgressResponse:
        """How complete each series is, in one statement."""
        return await self.lists.progress(tx, request)

    async def SuggestQuery(
        self, request: pb.SuggestQueryRequest, context: object
    ) -> pb.SuggestQueryResponse:
        """How a query could go on, from memory."""
        return self.lists.suggest(request)

    @query
    async def GetOwnedWaifu(
        self, request: pb.GetOwnedWaifuRequest, tx: Tx
    ) -> pb.GetOwnedWaifuResponse:
        """One waifu, with what the player has of her."""
        row = await store.find_owned(tx, request.user_id, request.waifu_id)
        catalog = await self.memory.knowing([request.waifu_id] if row else [])
        waifu = catalog.waifus.get(request.waifu_id)
        if waifu is None:
            raise WaifuNotFound(waifu_id=request.waifu_id)
        return pb.GetOwnedWaifuResponse(
            waifu=waifu_out(waifu),
            owned=row and owned_out(row, self.feelings),
            expedition_stats=row and stats_out(expedition_stats(waifu, row)),
            awakening_price=money_out(rules.AWAKENING) if row and not row.is_awakened else None,
        )

    @query
    async def GetRoster(self, request: pb.GetRosterRequest, tx: Tx) -> pb.GetRosterResponse:
        """What the collection is worth."""
        worth = await store.get_worth(tx, request.user_id)
        return pb.GetRosterResponse(
            owned_count=worth.owned_count,
            power=worth.power,
            owned_by_rarity=worth.owned_by_rarity,
            catalog_count=len(self.memory.current.waifus),
            next_rank=pb.RankTarget(**asdict(rules.next_rank(worth.power, worth.owned_count))),
        )
