"""How the player gets more.

Tables: `banners`, `banner_items`, `banner_versions`, `pity`, `seeds`, `summons`, `daily_missions`,
`user_mission_progress`, `user_inventory`, `gift_codes`, `gift_code_batches`, `gift_code_redemptions`,
`gift_code_tries`. Contracts: `GachaService` (banners, odds, summons), `MissionService`, `ShopService` (bags),
`GiftCodeService`.
"""
