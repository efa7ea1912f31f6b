"""Mail by SMTP. The server's name is resolved once, judged by the outbound policy, and that address is called."""

import asyncio
import socket
import ssl
from contextlib import suppress

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from headwater.identity.config.courier_config import SmtpConfig
from headwater.identity.courier.channels import smtp_uri
from headwater.identity.courier.channels.channel import DeliveryError, Parcel, RefusedMailError
from headwater.identity.courier.channels.letter import letter
from headwater.identity.courier.channels.smtp_uri import MailServer
from headwater.identity.courier.writing import one_line
from headwater.net import guard
from headwater.net.addresses import AddressPolicy, Clearance
from headwater.net.guard import Guard

STEP_SECONDS = 10.0  # one command and its answer
WHOLE_SECONDS = 60.0  # a server that answers each command just in time doesn't hold us for ever
FIRST_PERMANENT = 500
MOST_ANSWER_LETTERS = 200


class SmtpMail:
    """Sends through one mail server, one connection a message.

    Mail servers often stand in a private network, so those are allowed unless
    `clients.smtp.disallow_private_ip_ranges`; metadata services and our own listeners never are.
    """

    def __init__(self, config: SmtpConfig, *, policy: AddressPolicy, trusted_certificates: str | None = None) -> None:
        clearance = Clearance(may_be_private=not config.refuses_private_addresses)
        self._config = config
        self._guard = Guard(policy, clearance=clearance, lookup=guard.look_up)
        self._trusted_certificates = trusted_certificates

    async def deliver(self, parcel: Parcel) -> None:
        """Hand the message to the server. Raises DeliveryError, RefusedMailError when the server says never."""
        server = smtp_uri.parse(self._config.connection_uri)
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await self._send(server, parcel)
        except (SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError) as error:
            raise _refusal(error) from None
        except SMTPResponseException as error:
            raise DeliveryError(_answered(error.code, error.message)) from None
        except SMTPException as error:
            # The library was given a socket, so it doesn't know the port.
            text = str(error).replace("port None", f"port {server.port}")
            raise DeliveryError(f"The mail server can't be used: {_short(text)}") from None
        except TimeoutError:
            raise DeliveryError("The mail server took too long.") from None
        except OSError as error:
            raise DeliveryError(f"The mail server can't be reached: {_short(error.strerror or str(error))}") from None
        except ValueError as error:
            raise RefusedMailError(f"The message can't be sent as it is: {_short(str(error))}") from None

    async def _send(self, server: MailServer, parcel: Parcel) -> None:
        config = self._config
        made = letter(parcel, from_address=config.from_address, from_name=config.from_name, headers=config.headers)
        connection = await self._connect(server)
        client = aiosmtplib.SMTP(
            sock=connection,
            hostname=server.server_name,
            username=server.user or None,
            password=server.password.reveal() if server.user else None,
            local_hostname=config.local_name,
            timeout=STEP_SECONDS,
            use_tls=server.is_tls,
            start_tls=server.is_starttls,
            tls_context=self._tls(server),
        )
        try:
            await client.connect()
            await client.send_message(made, sender=config.from_address, recipients=[parcel.message.recipient])
            await _say_goodbye(client)
        finally:
            client.close()
            connection.close()

    async def _connect(self, server: MailServer) -> socket.socket:
        failure: OSError | None = None
        for ip in await self._guard.allowed(server.host, server.port):
            family = socket.AF_INET6 if ":" in ip else socket.AF_INET
            place = (ip, server.port)
            connection = self._guard.open_socket((family, socket.SOCK_STREAM, 0, "", place))
            connection.setblocking(False)
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    await asyncio.get_running_loop().sock_connect(connection, place)
                    return connection
            except OSError as error:
                failure = error
                connection.close()
            except BaseException:
                connection.close()
                raise
        raise failure or OSError("it has no address")

    def _tls(self, server: MailServer) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._trusted_certificates:
            context.load_verify_locations(cadata=self._trusted_certificates)
        if not server.is_verified:  # skip_ssl_verify: the operator asked for it
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    with suppress(SMTPException):  # it has the message already; failing now would send it twice
        await client.quit()


def _refusal(error: SMTPSenderRefused | SMTPRecipientsRefused | SMTPDataError) -> DeliveryError:
    first = error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
    kind = RefusedMailError if first.code >= FIRST_PERMANENT else DeliveryError
    return kind(_answered(first.code, first.message))


def _answered(code: int, text: str) -> str:
    return f"The mail server answered {code} {_short(text)}"


def _short(text: str) -> str:
    return one_line(text)[:MOST_ANSWER_LETTERS]
