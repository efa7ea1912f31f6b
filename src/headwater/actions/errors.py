"""How a flow fails because of an Action. What they say is read by the person who signs up: no URL, no body."""

from headwater.core.errors import HeadwaterError


class ActionFailedError(HeadwaterError):
    """An Action of this flow failed: its receiver did not answer as it should. Submit the same flow again soon."""

    code = "action_failed"
    status = 502


class ActionTimedOutError(ActionFailedError):
    """An Action of this flow failed: its receiver took too long. Submit the same flow again soon."""

    code = "action_timed_out"
    status = 504


class ActionNotRenderedError(ActionFailedError):
    """An Action of this flow failed: its request could not be made. The server's operator finds why in the logger."""

    code = "action_not_rendered"
    status = 500


class BlockingHookError(ActionFailedError):
    """This flow has an Action that must agree first (`response.parse`), which this release can't ask yet."""

    code = "not_supported_yet"
    status = 501


class UnusableHookError(HeadwaterError):
    """The configuration of an Action can't become a request."""

    code = "unusable_hook"
