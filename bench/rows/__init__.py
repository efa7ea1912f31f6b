"""The rows of the table, in its order: one file each."""

from bench.rows import (
    batches,
    idle,
    import_identities,
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
)
