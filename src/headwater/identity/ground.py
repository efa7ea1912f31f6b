"""What the room stands on: everything the wiring gives it. No globals."""

from dataclasses import dataclass, field
from pathlib import Path

from headwater.actions.runner import ActionRunner
from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.identity.config.live import Live
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.identity.passwords.hasher import Hasher
from headwater.mapping.evaluation import Evaluator
from headwater.mapping.sources import Sources
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import Sender
from headwater.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`public_url` is what clients reach us by: cookies, links and CSRF go by it.

    `key` is the installation's own secret: hashes of what is too short to be hashed bare are keyed with it.
    `mail_folder` is where captured mail is kept. `shows_mail`: operators may read what left another way, too.
    """

    database: Database
    live: Live
    runner: ActionRunner
    evaluator: Evaluator
    sources: Sources
    sender: Sender
    policy: AddressPolicy
    sealer: Sealer
    key: bytes
    clock: Clock
    hasher: Hasher
    public_url: str
    mail_folder: Path
    flow_counts: FlowCounts = field(default_factory=FlowCounts)
    shows_mail: bool = False
