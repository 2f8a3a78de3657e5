"""The registry of what is measured: every metric with its meaning, every label, every alarm, once."""

from collections.abc import Mapping

METRICS: Mapping[str, str] = {
    # Calls.
    "geminya_rpc_server_duration_seconds": "How long calls took that this process answered.",
    "geminya_rpc_server_in_flight": "Calls that are being answered now.",
    "geminya_refusals": "Wishes that were refused, by what forbade them.",
    # Operations.
    "geminya_operations": "Operations that this process brought to an end.",
    "geminya_operation_duration_seconds": "From the start of an operation to its answer.",
    "geminya_operations_open": "Operations without an end, as the database has them.",
    "geminya_operation_oldest_seconds": "How long the oldest operation without an end has been open.",
    "geminya_operations_parked": "Operations that this process left to an operator.",
    "geminya_repairs": "Operations that were taken over from a dead driver.",
    "geminya_feature_frozen": "1 where an operator has frozen a feature.",
    "geminya_currency": "Money that was made (mint) or taken out (sink), in whole units.",
    # The database.
    "geminya_db_up": "1 while the database answers.",
    "geminya_db_pool_connections": "Connections of the pool.",
    "geminya_db_pool_limit": "The most connections the pool may have.",
    "geminya_db_pool_wait_seconds": "How long a connection was waited for.",
    "geminya_db_pool_refused": "Statements that got no connection in time.",
    "geminya_db_statement_duration_seconds": "How long statements took, by their label.",
    "geminya_postgres_wal_flushes": "Times the server has flushed its log to disk.",
    "geminya_postgres_statement_seconds": "Time the server spent on a statement (pg_stat_statements).",
    "geminya_postgres_statement_calls": "How often the server ran a statement (pg_stat_statements).",
    "geminya_postgres_statements_visible": "1 where the server has pg_stat_statements.",
    # The process.
    "geminya_event_loop_lag_seconds": "How late the event loop comes to what is due.",
    "geminya_alarms": "Log lines of level error, by event: somebody must look.",
    "geminya_workers_jobs": "Jobs that worker processes have or that wait for them.",
    "geminya_workers_limit": "Worker processes of a pool.",
    "geminya_certificate_expiry_timestamp_seconds": "When this process's certificate ends.",
    # The bot.
    "geminya_interaction_duration_seconds": "From an interaction's receipt to the end of its answer.",
    "geminya_interaction_acknowledgement_seconds": "From the making of an interaction to its acknowledgement.",
    "geminya_discord_requests": "Answers of Discord, by status.",
    "geminya_gateway_connected": "1 while the bot is connected to Discord.",
    # The audit.
    "geminya_invariant_violations": "How often an invariant was violated at the last look.",
    "geminya_audit_duration_seconds": "How long the last look took.",
    "geminya_audit_finish_timestamp_seconds": "When the invariants were last looked at.",
}
"""Name to meaning. A counter's samples end with `_total` besides."""

LABELS = frozenset(
    {
        *("method", "code", "kind", "reason", "state", "outcome", "feature", "currency"),
        *("statement", "server", "event", "pool", "command", "status", "invariant"),
    }
)
"""What metrics are told apart by. Each has few values, and none of them is a player."""

ALARMS = (
    *("banner.broken", "bond.unreadable", "call.failed", "codes.guessed", "interaction.broken"),
    *("library.said", "notice.malformed", "operation.driver_failed", "operation.parked"),
    *("operation.refund_stuck", "process.background_failed", "seed.sealed_for_good"),
    *("sweeper.failed", "notice.broken", "certificates.unusable", "share.lost"),
)
"""Events of level error while a process runs; each begins at zero, so that the first one is seen."""
