"""Who a player can know, and who they own.

Contracts: geminya.collection.v1 CatalogService, RosterService.
Tables: series, waifus, catalog_versions (catalog); user_waifus, roster (roster).
Peers: none so far; economy grants, the bot reads, an operator imports.

Read catalog/rules, then roster/rules.py, then each slice's store.py and servicer.py.
"""
