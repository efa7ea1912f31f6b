"""How much the sandbox grants: to one evaluation, and to all of them together."""

import msgspec

KIB = 1024
MIB = 1024 * KIB


class SandboxLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults are Ory's where it has one (one second, 256 KiB of output)."""

    evaluation_seconds: float = 1.0
    """The processor time of one evaluation; then its worker is killed. Not wall time, which a busy machine uses
    up with no fault of the program; and Jsonnet can't sleep."""
    patience_seconds: float = 5.0
    """The wall time after which an evaluation is given up, as not to be done on this machine just now."""
    output_bytes: int = 256 * KIB
    """The size of the JSON that a program may return."""
    input_bytes: int = 16 * MIB
    """The size of a program and its arguments together."""
    address_space_bytes: int = 512 * MIB
    """The memory of one worker."""
    warm_workers: int = 2
    """How many workers wait for work at rest."""
    max_workers: int = 8
    """How many there are under load."""
    idle_seconds: float = 10.0
    """How long a worker above the warm ones stays without work."""
    evaluations_per_worker: int = 10_000
    """After so many a worker is replaced, before its memory is in pieces."""
    queue_length: int = 1000
    """How many evaluations may wait for a worker."""
    queue_seconds: float = 5.0
    """How long an evaluation waits for a worker."""
    start_seconds: float = 10.0
    """How long a worker may take to get ready."""
