"""What the HTTP client's exceptions mean to us. Their own texts may quote the URL, so ours never repeat them."""

from http import HTTPStatus

import aiohttp

from headwater.net.guard import RefusedByPolicyError
from headwater.net.outbound import AddressRefusedError, BadOutboundRequestError, SendError, UnreachableError

TRANSPORT_FAILURES = (aiohttp.ClientError, OSError, ValueError)


def translate(error: Exception, *, receiver: str, proxy: str | None = None) -> SendError:
    """Return the SendError for one of TRANSPORT_FAILURES that came of calling `receiver` (host and port).

    With a `proxy`, that is who was connected to, and whose name was looked up.
    """
    refusal = _refusal(error)
    if refusal is not None:
        return AddressRefusedError(f"{f'The proxy {proxy}' if proxy else receiver} may not be called: {refusal}")
    if isinstance(error, aiohttp.ClientSSLError):
        return UnreachableError(f"The certificate of {receiver} can't be trusted: {_tls_reason(error)}.")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return proxy_refused(error.status, proxy=proxy, receiver=receiver)
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return BadOutboundRequestError(f"The host {receiver} is not a host name or a usual IP address.")
    return UnreachableError(_unreachable(error, receiver, proxy))


def proxy_refused(status: int, *, proxy: str | None, receiver: str) -> UnreachableError:
    """Return the error for a proxy that doesn't pass a request on. Nobody has read it, so it isn't at fault.

    That goes for 407, too: an outage of who checks a proxy's users looks the same, and is no reason to give up events.
    """
    where = f"The proxy {proxy}" if proxy else "The outbound proxy"
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return UnreachableError(f"{where} refuses our user and password, or wants some (407).")
    return UnreachableError(f"{where} answered {status} when it was asked for {receiver}.")


def _refusal(error: Exception) -> RefusedByPolicyError | None:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return cause if isinstance(cause, RefusedByPolicyError) else None


def _tls_reason(error: aiohttp.ClientSSLError) -> str:
    cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    return getattr(cause, "verify_message", None) or "the TLS handshake failed"


def _unreachable(error: Exception, receiver: str, proxy: str | None) -> str:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"The proxy {proxy} can't be reached." if proxy else "The outbound proxy can't be reached."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"There is no host {proxy or receiver}, or its name can't be looked up at the moment."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"Can't connect to {receiver}: {error.os_error.strerror or 'no address answered'}."
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{receiver} answered something that is not HTTP."
    return f"{receiver} closed the connection before its answer was complete."
