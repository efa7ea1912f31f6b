"""The rows of the table, in its order: one file each."""

from bench.rows import (
    action_inline,
    action_queued,
    batches,
    idle,
    import_identities,
    jsonnet,
    latency,
    login,
    many_ids,
    memory,
    oidc_login,
    registration,
    single,
    start,
    whoami,
)

ROWS = (
    start.ROW,
    single.ROW,
    single.COLLECT_ROW,
    many_ids.ROW,
    batches.ROW,
    latency.ROW,
    memory.ROW,
    idle.ROW,
    whoami.ROW,
    registration.ROW,
    login.ROW,
    oidc_login.ROW,
    import_identities.ROW,
    jsonnet.ROW,
    action_queued.ROW,
    action_inline.ROW,
)
