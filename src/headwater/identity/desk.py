"""What every route of the room has at hand."""

from dataclasses import dataclass

from headwater.identity.admin.directory import Directory
from headwater.identity.config.live import Current
from headwater.identity.flows.replies import Replies
from headwater.identity.registration.registration import Registration
from headwater.identity.sessions.whoami import Whoami


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One per installation."""

    public_url: str
    current: Current
    registration: Registration
    whoami: Whoami
    directory: Directory
    replies: Replies
