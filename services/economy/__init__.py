"""How the player gets more.

Tables: `banners`, `banner_items`, `banner_versions`, `pity`, `seeds`, `summons`, `daily_missions`,
`user_mission_progress`, `user_inventory`. Contracts: `GachaService` (banners, odds, summons), `MissionService`,
`ShopService` (bags).
"""
