"""What a code can promise, as it is right now."""

from chassis.postgres import Database
from services.economy.gacha.banners import Banners
from services.economy.gift_code import rules, store


class Promises:
    """Looks up who and what there is: nothing that a code has promised may be missing when it is redeemed."""

    def __init__(self, database: Database, banners: Banners) -> None:
        self._database = database
        self._banners = banners

    async def known(self) -> rules.Known:
        """Whoever is in the catalogue, and whatever is in the shop."""
        catalogue = await self._banners.read_catalogue()
        items = await store.list_item_codes(self._database.bare)
        return rules.Known(
            items=frozenset(items), waifus={candidate.waifu_id for candidate in catalogue}
        )
