"""Whatever a team's configuration says of its mail, an emulator sends none."""

import pytest

from headwater.identity.config import courier_config
from headwater.identity.config.courier_config import CAPTURED
from headwater.identity.config.section import Section
from headwater.wiring.brought import adapted

SERVER = {"connection_uri": "smtp://u:p@mail.example.com:25/"}


@pytest.mark.parametrize(
    "courier", [{"smtp": SERVER}, {"smtp": SERVER, "delivery_strategy": "smtp"}, {}], ids=["server", "strategy", "none"]
)
def test_mail_of_a_mail_server_is_captured(courier):
    live = adapted({"courier": courier})

    read = courier_config.parse(Section(live["courier"]), clients=Section({}))

    assert (CAPTURED, None) == (read.delivery, read.smtp)
