"""Banners, odds, pity and summons."""
