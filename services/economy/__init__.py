"""How the player gets more.

Tables: `banners`, `banner_items`, `banner_versions`, `pity`, `seeds`, `summons`, `daily_missions`,
`user_mission_progress`. Contracts: `GachaService` (banners, odds, summons), `MissionService`.
"""
