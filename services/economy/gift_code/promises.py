"""What a code can promise, as it is right now."""

from services.economy.gacha.banners import Banners
from services.economy.gift_code import rules


class Promises:
    """Looks up who and what there is: nothing that a code has promised may be missing when it is redeemed."""

    def __init__(self, banners: Banners) -> None:
        self._banners = banners

    async def known(self) -> rules.Known:
        """Whoever is in the catalogue."""
        catalogue = await self._banners.read_catalogue()
        return rules.Known(waifus={candidate.waifu_id for candidate in catalogue})
