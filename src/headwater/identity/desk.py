"""What every route of the room has at hand."""

from dataclasses import dataclass

from headwater.identity.directory import Directory
from headwater.identity.live import Current
from headwater.identity.registration import Registration
from headwater.identity.replies import Replies
from headwater.identity.whoami import Whoami


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One per installation."""

    public_url: str
    current: Current
    registration: Registration
    whoami: Whoami
    directory: Directory
    replies: Replies
