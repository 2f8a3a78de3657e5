"""Codes that players redeem for presents. Of their words only keyed hashes are kept."""
