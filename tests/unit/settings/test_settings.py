"""Settings are read once, refused with a sentence that names them, and never guessed."""

from datetime import timedelta
from pathlib import Path

import pytest

from headwater.core.errors import SettingsError
from headwater.lake.limits import WriteLimits
from headwater.settings import LONGEST_QUERY, Listen, load


def test_a_flag_wins_over_the_environment_and_both_over_the_default():
    chosen = load({"HEADWATER_LISTEN": "127.0.0.1:1", "HEADWATER_EXPOSE_ADMIN": "yes"}, {"listen": "127.0.0.1:2"})

    assert (Listen("127.0.0.1", 2), True, "info") == (chosen.listen, chosen.expose_admin, chosen.logger_level)


@pytest.mark.parametrize(
    ("listen", "expected"), [("127.0.0.1:1", True), ("localhost:1", True), ("[::1]:1", True), ("0.0.0.0:1", False)]
)
def test_private_addresses_are_open_only_while_we_listen_on_loopback(listen, expected):
    assert expected == load({}, {"listen": listen}).private_addresses


def test_private_addresses_can_be_closed_on_loopback_too():
    assert not load({"HEADWATER_PRIVATE_ADDRESSES": "false"}).private_addresses


REFUSED = [
    ({"HEADWATER_PUBLIC_URL": "foo"}, "HEADWATER_PUBLIC_URL is 'foo'; it must be http"),
    ({"HEADWATER_PUBLIC_URL": "ftp://x"}, "must be http"),
    ({"HEADWATER_PUBLIC_URL": "https://x.example/cdp?x=1"}, "must be http"),
    ({"HEADWATER_TRUSTED_PROXIES": "foo"}, "addresses or networks"),
    ({"HEADWATER_ALLOWED_HOSTS": "http://cdp.example"}, "without scheme and port"),
    ({"HEADWATER_ALLOWED_HOSTS": "cdp.example:443"}, "without scheme and port"),
    ({"HEADWATER_TRACKING_ORIGINS": "app.example"}, "origins such as"),
    ({"HEADWATER_TRACKING_ORIGINS": "https://a.com/path"}, "origins such as"),
    ({"HEADWATER_TRACKING_ORIGINS": ""}, "at least one origin"),
    ({"HEADWATER_ROLES": "colect"}, "some of collect, identity"),
    ({"HEADWATER_ROLES": ""}, "some of collect, identity"),
    ({"HEADWATER_DEDUPE_WINDOW": "0s"}, "a time such as"),
    ({"HEADWATER_DEDUPE_WINDOW": "24"}, "a time such as"),
    ({"HEADWATER_LOG_RETENTION_SIZE": "20"}, "a size such as"),
    ({"HEADWATER_LOG_RETENTION_EVENTS": "many"}, "a whole number"),
    ({"HEADWATER_RATE_LIMIT": "-1"}, "a whole number"),
    ({"HEADWATER_QUERY_TIMEOUT": "11m"}, "10m at most"),
    ({"HEADWATER_QUERY_MEMORY": "0"}, "a size such as"),
    ({"HEADWATER_QUERIES_AT_ONCE": "0"}, "a whole number from 1"),
    ({"HEADWATER_DTA": "x"}, "There is no setting HEADWATER_DTA"),
    ({"HEADWATER_LISTEN": "4433"}, "HOST:PORT"),
    ({"HEADWATER_LISTEN": "127.0.0.1:99999"}, "HOST:PORT"),
    ({"HEADWATER_WORKERS": "2"}, "NATS log"),
    ({"HEADWATER_WORKERS": "0"}, "whole number"),
    ({"HEADWATER_EXPOSE_ADMIN": "perhaps"}, "true or false"),
    ({"HEADWATER_SECRET_ENV": "A-B"}, "names of variables"),
    ({"HEADWATER_SECRET_ENV": "A*B"}, "names of variables"),
    ({"HEADWATER_SECRET_ENV": "APP_*,HEADWATER_KEY"}, "never readable"),
    ({"HEADWATER_LOGGER_LEVEL": "loud"}, "debug, info"),
    ({"HEADWATER_DATABASE_URL": "postgresql://x"}, "does nothing in this release"),
]


@pytest.mark.parametrize(("environ", "reason"), REFUSED)
def test_refuses_and_says_why(environ, reason):
    with pytest.raises(SettingsError, match=reason):
        load(environ)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("public_url", "https://id.example.com/cdp/", "https://id.example.com/cdp"),
        ("trusted_proxies", "10.0.0.0/8, ::1", ("10.0.0.0/8", "::1")),
        ("allowed_hosts", "cdp.example", ("cdp.example",)),
        ("tracking_origins", "https://a.example,http://localhost:3000", ("https://a.example", "http://localhost:3000")),
        ("roles", "api,collect", ("collect", "api")),
        ("dedupe_window", "90m", timedelta(minutes=90)),
        ("log_retention_age", "0", None),
        ("log_retention_age", "7d", timedelta(days=7)),
        ("log_retention_size", "20gb", 20 * 10**9),
        ("log_retention_events", "0", None),
        ("rate_limit", "500", 500),
        ("query_timeout", "10m", timedelta(minutes=10)),
        ("query_memory", "2GB", 2 * 10**9),
        ("queries_at_once", "4", 4),
    ],
)
def test_reads_what_is_well_formed(name, text, expected):
    assert expected == getattr(load({}, {name: text}), name)


def test_a_wrong_flag_is_named_as_it_was_typed():
    with pytest.raises(SettingsError, match=r"^--trusted-proxy is 'foo'"):
        load({}, {"trusted_proxies": "foo"})


def test_the_clients_own_variables_are_no_settings():
    load({"HEADWATER_URL": "http://x", "HEADWATER_KEY": "k", "PATH": "/bin"})


def secrets_of(environ, overrides=None):
    chosen = load({"APP_KEY": "hush", "PATH": "/bin", **environ}, overrides)
    return set(chosen.secret_variables), chosen.secret_files


def test_while_this_machine_alone_can_ask_a_configuration_may_name_any_secret_but_our_own_variables():
    assert ({"APP_KEY", "PATH"}, Path("/")) == secrets_of({"HEADWATER_LISTEN": "127.0.0.1:1"})


@pytest.mark.parametrize(
    "environ",
    [
        {"HEADWATER_LISTEN": "0.0.0.0:4433"},
        {"HEADWATER_PUBLIC_URL": "https://id.example.com"},
        {"HEADWATER_EXPOSE_ADMIN": "true"},
        {"HEADWATER_TRUSTED_PROXIES": "127.0.0.1"},
    ],
)
def test_once_others_can_ask_a_configuration_may_name_no_secret_unless_it_is_allowed(environ):
    allowed = {"HEADWATER_SECRET_ENV": "APP_*", "HEADWATER_SECRET_FILES": "/run/secrets"}

    assert (set(), None) == secrets_of(environ)
    assert ({"APP_KEY"}, Path("/run/secrets")) == secrets_of({**environ, **allowed})


def test_a_public_url_on_this_machine_lets_nobody_else_ask():
    assert ({"APP_KEY", "PATH"}, Path("/")) == secrets_of({"HEADWATER_PUBLIC_URL": "http://localhost:3000"})


def test_what_is_allowed_is_all_there_is_on_this_machine_too():
    assert {"APP_KEY"} == secrets_of({}, {"secret_env": "APP_KEY"})[0]


def test_a_secret_of_the_environment_hides_in_the_settings_repr():
    assert "hush" not in repr(load({"APP_KEY": "hush"}))


@pytest.mark.parametrize("folder", ["/srv/data", "/srv/data/templates", "/srv", "/"])
def test_a_folder_of_templates_never_holds_the_data_folder(folder):
    with pytest.raises(SettingsError, match="apart from the data folder"):
        load({"HEADWATER_DATA": "/srv/data", "HEADWATER_TEMPLATE_FILES": folder})


def test_no_file_is_a_template_unless_a_folder_is_named():
    assert load({}).template_files is None
    chosen = load({"HEADWATER_DATA": "/srv/data", "HEADWATER_TEMPLATE_FILES": "/srv/jsonnet"})
    assert chosen.template_files == Path("/srv/jsonnet")


def test_a_query_may_not_take_longer_than_the_lake_keeps_the_files_it_has_replaced():
    assert WriteLimits().grace_ms > LONGEST_QUERY.total_seconds() * 1000
    assert LONGEST_QUERY == load({"HEADWATER_QUERY_TIMEOUT": "10m"}).query_timeout
    with pytest.raises(SettingsError, match="10m at most"):
        load({"HEADWATER_QUERY_TIMEOUT": "11m"})


def test_the_lakes_home_is_entered_by_the_usual_variables_and_shows_no_secret():
    environ = {"HEADWATER_LAKE_URL": "s3://lake/team/", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_PROFILE": "x"}
    found = load(environ)

    assert "s3://lake/team" == found.lake_place.url
    assert ("lake", "team", 10**10) == (found.lake_place.bucket, found.lake_place.prefix, found.lake_place.cache_bytes)
    assert {"AWS_SECRET_ACCESS_KEY": "hidden"} == found.lake_place.options
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    "url", ["http://lake", "s3://", "s3://Lake", "s3://lake/../x", "s3://lake/a b", "s3://ada:pw@lake/x", "/mnt"]
)
def test_refuses_a_home_of_the_lake_that_is_no_bucket(url):
    with pytest.raises(SettingsError, match="must be s3://BUCKET") as told:
        load({"HEADWATER_LAKE_URL": url})

    assert ":pw@" not in str(told.value)
