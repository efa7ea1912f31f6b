import pytest

from headwater.deliver import catalogue, kept_settings
from headwater.deliver.destination import BadDestinationSettingsError
from headwater.workspace.references import UnreadableReferenceError

KIND = catalogue.kind("webhook")
LIVE = {
    "url": "https://ada:pw@crm.example/in?key=k1",
    "method": "POST",
    "headers": {"Authorization": "Bearer t"},
    "shared_secret": "hush",
}
SHOWN = {
    "url": "https://crm.example/in?key=withheld",
    "method": "POST",
    "headers": "***",
    "shared_secret": "***",
}


def test_what_is_shown_holds_no_secret_and_written_back_keeps_them_all():
    assert SHOWN == kept_settings.shown(KIND, LIVE)
    assert LIVE == kept_settings.kept(KIND, LIVE, SHOWN)


def test_only_what_is_written_changes():
    assert {**LIVE, "shared_secret": "new"} == kept_settings.kept(KIND, LIVE, {**SHOWN, "shared_secret": "new"})
    assert {**LIVE, "method": "PUT"} == kept_settings.merged(KIND, LIVE, {"method": "PUT"})
    assert "shared_secret" not in kept_settings.merged(KIND, LIVE, {"shared_secret": None})


@pytest.mark.parametrize("url", ["https://mallory.example/in", "http://crm.example/in", "https://crm.example:444/in"])
def test_mallory_can_not_have_a_kept_secret_sent_to_another_address(url):
    with pytest.raises(BadDestinationSettingsError, match="kept for another address"):
        kept_settings.kept(KIND, LIVE, {**SHOWN, "url": url})


def test_a_new_address_takes_secrets_that_are_written_anew():
    written = {"url": "https://new.example/", "shared_secret": "new"}

    assert written == kept_settings.kept(KIND, LIVE, written)


def test_another_path_at_the_same_address_keeps_them():
    found = kept_settings.kept(KIND, LIVE, {**SHOWN, "url": "https://crm.example/other"})

    assert "hush" == found["shared_secret"]


def test_stars_that_stand_for_nothing_are_refused():
    with pytest.raises(BadDestinationSettingsError, match="there is none"):
        kept_settings.kept(KIND, {"url": "https://crm.example/"}, {**SHOWN, "url": "https://crm.example/"})


def test_settings_that_only_name_their_secrets_are_shown_and_opened_for_sending():
    named = {**LIVE, "shared_secret": "env:CRM_KEY", "headers": {"Authorization": "file:token"}}
    values = {"env:CRM_KEY": "hush", "file:token": "Bearer t"}
    shown = kept_settings.shown(KIND, named)

    assert ["env:CRM_KEY", {"Authorization": "file:token"}] == [shown["shared_secret"], shown["headers"]]
    assert LIVE == kept_settings.opened(KIND, named, read=values.__getitem__)


def test_a_secret_beside_a_named_one_is_not_shown():
    mixed = {**LIVE, "headers": {"Authorization": "file:token", "X-Key": "hush"}}

    assert "***" == kept_settings.shown(KIND, mixed)["headers"]


def test_what_is_no_secret_is_never_read():
    odd = {**LIVE, "url": "file:/etc/passwd", "method": "env:HOME"}

    assert odd == kept_settings.opened(KIND, odd, read={}.__getitem__)


def test_a_secret_that_can_not_be_read_is_told_by_its_setting():
    def read(reference):
        raise UnreadableReferenceError(f"{reference} is not set")

    with pytest.raises(BadDestinationSettingsError, match=r"`shared_secret` needs a secret.*env:CRM_KEY is not set"):
        kept_settings.opened(KIND, {"shared_secret": "env:CRM_KEY"}, read=read)


SERVER = {"host": "db.example", "port": 5432, "database": "shop", "user": "ada", "password": "hush"}


@pytest.mark.parametrize(
    "change",
    [{"host": "mallory.example"}, {"port": 5433}, {"tls": "off"}, {"certificate": "-----BEGIN CERTIFICATE-----"}],
)
def test_mallory_can_not_have_a_servers_password_sent_to_another_one_or_in_clear(change):
    postgres = catalogue.kind("postgres")

    with pytest.raises(BadDestinationSettingsError, match="kept for another address"):
        kept_settings.merged(postgres, SERVER, change)


@pytest.mark.parametrize("change", [{"schema": "other"}, {"port": "5432"}, {"tls": "verify"}])
def test_a_server_that_stays_the_same_keeps_its_password(change):
    assert "hush" == kept_settings.merged(catalogue.kind("postgres"), SERVER, change)["password"]
