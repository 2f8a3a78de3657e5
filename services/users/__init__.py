"""Who plays and what they can spend.

Tables: `users`, `ledger`. Contracts: `AccountService` (enter, rename, daily), `WalletService` (ledger, `Apply`).
Only this service knows a Discord id; for everybody else a player is a `user_id` and an `epoch`.
"""
