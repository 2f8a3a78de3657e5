"""The registry: the name of every span attribute, once. Metrics have theirs in metric_names.py.

A test fails on a name that is not here.
"""

RPC_METHOD = "rpc.method"
RPC_CODE = "rpc.grpc.status_code"
RPC_CALLER = "geminya.caller"
REFUSAL_REASON = "geminya.refusal.reason"
ERROR_ID = "geminya.error.id"
OP_ID = "geminya.op.id"
OP_KIND = "geminya.op.kind"
OP_STEP = "geminya.op.step"
OP_REPAIR = "geminya.op.repair"
USER_ID = "geminya.user.id"
STATEMENT = "db.query.summary"
DB_SYSTEM = "db.system.name"
DB_SCHEMA = "db.namespace"
INTERACTION_ID = "geminya.interaction.id"
COMMAND = "geminya.command"

ALL = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
