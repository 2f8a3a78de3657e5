"""Balances and the ledger that proves them."""
