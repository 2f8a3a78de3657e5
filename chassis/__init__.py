"""The frame under every process; it knows no game.

Read it in this order: `rejection` (how the game says no), `postgres` (one database, one `Tx`),
`operations/once` (why a repeat is harmless), `operations/operation` (flows that survive a crash),
`rpc/interceptors` (the life of one call), `process` (how a service starts and stops).
"""
