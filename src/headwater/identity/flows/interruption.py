"""An Action stopped the flow: what its receiver says, as the form shows it (reference/ory.md 1.7)."""

from headwater.actions.errors import ActionInterruptedError
from headwater.actions.reply import Message
from headwater.identity.flows.visits import Refusal
from headwater.identity.messages.text import Complaint, UiText


def refusal(error: ActionInterruptedError) -> Refusal:
    """Return the refusal that says so, each message at its place."""
    return Refusal(
        *(Complaint(node=item.node, message=_shown(message)) for item in error.said for message in item.messages)
    )


def _shown(message: Message) -> UiText:
    return UiText(id=message.id, text=message.text, type=message.type, context=message.context)
