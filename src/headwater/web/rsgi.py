"""The server's own words, in the one place that knows their spelling."""

from granian.rsgi import (  # type: ignore[attr-defined]  # granian re-exports them without saying so
    HTTPProtocol,
    ProtocolClosed,
    Scope,
    WebsocketProtocol,
)

__all__ = ["HTTPProtocol", "ProtocolClosed", "Scope", "WebsocketProtocol"]
