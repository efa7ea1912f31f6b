"""What a submit has to bring along."""

from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal
from headwater.identity.login.methods import IDENTIFIER_NODE, typed_identifier
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint


def require(sent: Submission, *names: str) -> None:
    """Raise Refusal naming everything that is missing, so that a person mends all at once."""
    missing = [name for name in names if not _value(sent, name)]
    if missing:
        raise Refusal(*(Complaint(node=name, message=validation.required(name)) for name in missing))


def _value(sent: Submission, name: str) -> str:
    return typed_identifier(sent) if name == IDENTIFIER_NODE else sent.text(name)
