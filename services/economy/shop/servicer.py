"""geminya.economy.v1.ShopService"""

from chassis.clock import Clock, statement_time
from chassis.operations.acts import act, write_audit
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.operations.places import place_in, place_out
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from geminya.economy.v1 import shop_pb2 as pb
from geminya.economy.v1.shop_pb2_grpc import ShopServiceServicer
from services.economy.errors import ItemNotFound
from services.economy.gacha.banners import Banners
from services.economy.shop import importing, messages, store


class ShopServicer(ShopServiceServicer):
    """What can be bought, what players have in their bags, and what it does."""

    def __init__(
        self, database: Database, once: Once, operations: Operations, banners: Banners, clock: Clock
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.banners = banners
        self.clock = clock

    async def Buy(self, request: pb.BuyRequest, _: object) -> pb.BuyResponse:
        """Takes the price and puts the items into the bag."""
        return await self.operations.run("buy", request)

    async def UseItem(self, request: pb.UseItemRequest, _: object) -> pb.UseItemResponse:
        """Takes one item out of the bag and lets it act."""
        return await self.operations.run("use_item", request)

    @query
    async def ListItems(self, request: pb.ListItemsRequest, tx: Tx) -> pb.ListItemsResponse:
        """What is on sale, by category and price."""
        filters = ("shelf", request.user_id, request.category, request.with_closed)
        key = page.decode(filters, request.page_token, 3)
        after = None if key is None else (key[0], page.whole(key[1]), key[2])
        size, now = page.size_of(request.page_size), statement_time(self.clock)
        shelf = store.Shelf(request.category, request.with_closed, after)
        rows = await store.list_shelf(
            tx, request.user_id, now, self.clock.day_offset, shelf, size + 1
        )
        items = [messages.shelf_item_out(row) for row in rows]
        last = items[size - 1].item if len(items) > size else None
        token = (
            page.encode(filters, (last.category, last.price.amount, last.item_code)) if last else ""
        )
        return pb.ListItemsResponse(
            items=items[:size],
            next_page_token=token,
            categories=await store.list_categories(tx, now),
        )

    @query
    async def GetItem(self, request: pb.GetItemRequest, tx: Tx) -> pb.GetItemResponse:
        """One item, on sale or not."""
        return pb.GetItemResponse(item=await self.find(tx, request.user_id, request.item_code))

    @query
    async def ListPurchases(
        self, request: pb.ListPurchasesRequest, tx: Tx
    ) -> pb.ListPurchasesResponse:
        """The player's purchases, newest first."""
        filters = ("purchases", request.user_id)
        before = place_in(page.decode(filters, request.page_token, 3))
        size = page.size_of(request.page_size)
        rows = await store.list_purchases(tx, request.user_id, before, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, place_out(last, last.purchased_at)) if last else ""
        return pb.ListPurchasesResponse(
            purchases=[messages.purchase_out(row) for row in rows[:size]], next_page_token=token
        )

    @query
    async def ListInventory(
        self, request: pb.ListInventoryRequest, tx: Tx
    ) -> pb.ListInventoryResponse:
        """What is in the player's bag, by name."""
        filters = ("bag", request.user_id)
        key = page.decode(filters, request.page_token, 3)
        after = None if key is None else (key[0], key[1], page.whole(key[2]))
        size, now = page.size_of(request.page_size), statement_time(self.clock)
        rows = await store.list_stacks(tx, request.user_id, now, after, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, (last.name, last.item_code, last.ends_s)) if last else ""
        return pb.ListInventoryResponse(
            stacks=[messages.stack_out(row) for row in rows[:size]], next_page_token=token
        )

    async def Settle(self, request: pb.SettleRequest, context: object) -> pb.SettleResponse:
        """Puts what an expedition has found into the bag, in one statement."""
        await self.once.run(
            request,
            store.SETTLE,
            [item.item_code for item in request.items],
            [item.quantity for item in request.items],
            request.completed_expeditions,
            statement_time(self.clock),
            self.clock.day_offset,
        )
        return pb.SettleResponse()

    async def AdminImportShop(
        self, request: pb.AdminImportShopRequest, _: object
    ) -> pb.AdminImportShopResponse:
        """Adds and changes items, all or nothing."""
        catalogue = await self.banners.read_catalogue()
        async with self.database.transaction() as tx:
            items, problems, there = await importing.check(tx, request, catalogue)
            if problems:
                return importing.problems_out(problems)
            if request.dry_run:
                return await importing.preview(tx, items)
            return await importing.put(tx, request.act, items, there)

    @act
    async def AdminEndItem(
        self, request: pb.AdminEndItemRequest, tx: Tx
    ) -> pb.AdminEndItemResponse:
        """Takes an item off the shelf; what players have of it stays theirs."""
        before = await self.find(tx, 0, request.item_code)
        await store.end_item(tx, request.item_code)
        after = await self.find(tx, 0, request.item_code)
        await write_audit(
            tx,
            request.act,
            "end_item",
            before={"item_code": request.item_code, "is_active": before.item.is_active},
            after={"item_code": request.item_code, "is_active": after.item.is_active},
        )
        return pb.AdminEndItemResponse(item=after.item)

    async def find(self, tx: Tx, user_id: int, item_code: str) -> pb.ShelfItem:
        """The item of this code, or `ItemNotFound`."""
        now, offset = statement_time(self.clock), self.clock.day_offset
        row = await store.find_shelf_item(tx, user_id, now, offset, item_code)
        if row is None:
            raise ItemNotFound(item_code=item_code)
        return messages.shelf_item_out(row)
