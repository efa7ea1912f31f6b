"""What the HTTP client's exceptions mean to us. Their own texts may quote the URL, so ours never repeat them."""

import aiohttp

from headwater.net.guard import RefusedByPolicyError
from headwater.net.outbound import AddressRefusedError, BadOutboundRequestError, SendError, UnreachableError

TRANSPORT_FAILURES = (aiohttp.ClientError, OSError, ValueError)


def translate(error: Exception, *, receiver: str) -> SendError:
    """Return the SendError for one of TRANSPORT_FAILURES that came of calling `receiver` (host and port)."""
    refusal = _refusal(error)
    if refusal is not None:
        return AddressRefusedError(f"{receiver} may not be called: {refusal}")
    if isinstance(error, aiohttp.ClientSSLError):
        return UnreachableError(f"The certificate of {receiver} can't be trusted: {_tls_reason(error)}.")
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return BadOutboundRequestError(f"The host {receiver} is not a host name or a usual IP address.")
    return UnreachableError(_unreachable(error, receiver))


def _refusal(error: Exception) -> RefusedByPolicyError | None:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return cause if isinstance(cause, RefusedByPolicyError) else None


def _tls_reason(error: aiohttp.ClientSSLError) -> str:
    cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    return getattr(cause, "verify_message", None) or "the TLS handshake failed"


def _unreachable(error: Exception, receiver: str) -> str:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "The outbound proxy can't be reached."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"There is no host {receiver}, or its name can't be looked up at the moment."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"Can't connect to {receiver}: {error.os_error.strerror or 'no address answered'}."
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{receiver} answered something that is not HTTP."
    return f"{receiver} closed the connection before its answer was complete."
