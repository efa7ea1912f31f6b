"""Which way a message goes, by the configuration of the moment it is sent."""

from dataclasses import dataclass
from pathlib import Path

from headwater.actions.templates import Templates
from headwater.core.clock import Clock
from headwater.identity.config.courier_config import CAPTURED, SMTP, CourierConfig, HttpChannel
from headwater.identity.courier.channels.captured import CapturedMail
from headwater.identity.courier.channels.channel import Channel, DeliveryError
from headwater.identity.courier.channels.http import HttpMail
from headwater.identity.courier.channels.smtp import SmtpMail
from headwater.identity.courier.kinds import EMAIL
from headwater.mapping.evaluation import Evaluator
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysOut:
    """What the channels need of the installation. `trusted_certificates` (PEM) come on top of the system's.

    `shows_words`: operators may read what was sent, whichever way it left. Codes and links are in it: for emulators.
    """

    mail_folder: Path
    sender: Sender
    evaluator: Evaluator
    policy: AddressPolicy
    clock: Clock
    templates: Templates
    trusted_certificates: str | None = None
    shows_words: bool = False

    @property
    def captured(self) -> CapturedMail:
        return CapturedMail(self.mail_folder)

    def choose(self, channel: str, *, config: CourierConfig) -> Channel:
        """Return the way out for `channel`. Raises DeliveryError when the configuration has none."""
        if is_captured(channel, config=config):
            return self.captured
        http = http_or_none(channel, config=config)
        if http is not None:
            return HttpMail(
                http, evaluator=self.evaluator, templates=self.templates, sender=self.sender, clock=self.clock
            )
        if channel == EMAIL and config.smtp is not None:
            return SmtpMail(config.smtp, policy=self.policy, trusted_certificates=self.trusted_certificates)
        raise DeliveryError(f"No channel {channel} is configured. Add one with this id to courier.channels.")


def http_or_none(channel: str, *, config: CourierConfig) -> HttpChannel | None:
    """Return where messages of `channel` are posted to, None if they go another way."""
    if channel in config.channels:
        return config.channels[channel]
    return config.http if channel == EMAIL and config.delivery != SMTP else None


def is_captured(channel: str, *, config: CourierConfig) -> bool:
    """Tell whether messages of `channel` go nowhere. What has a channel of its own leaves by it all the same."""
    return config.delivery == CAPTURED and channel not in config.channels
