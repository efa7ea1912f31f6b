import pytest
from yarl import URL

from headwater.core.errors import SettingsError
from headwater.net.address_rules import AddressRules
from headwater.net.addresses import AddressPolicy, is_own_address

URL_OF_A_HOOK = "https://hooks.example/in"

NEVER = [
    "169.254.169.254",  # AWS, Google, Azure, …
    "fd00:ec2::254%1",  # a zone is no disguise
    "169.254.0.1",
    "100.100.100.200",  # Alibaba, though 100.64.0.0/10 counts as private
    "168.63.129.16",  # Azure's wire server looks public
    "192.0.0.192",  # Oracle
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",  # IPv4-mapped
    "::ffff:a9fe:a9fe",
    "2002:a9fe:a9fe::1",  # 6to4
    "64:ff9b::169.254.169.254",  # NAT64
    "64:ff9b:1::a9fe:a9fe",  # NAT64, local use
    "::169.254.169.254",  # IPv4-compatible, long deprecated
    "2001:0:a9fe:a9fe::1",  # Teredo
    "0.0.0.0",  # Linux takes it for loopback
    "0.1.2.3",
    "::",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "fec0::1",
    "100::1",
    "localhost",  # not an address at all
    "",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("allow_private", [True, False])
@pytest.mark.parametrize("ip", NEVER)
def test_never_calls_metadata_or_reserved_addresses(ip, allow_private):
    policy = AddressPolicy(allow_private=allow_private, exceptions=("**",))

    assert policy.verdict(ip, 80, URL_OF_A_HOOK) is not None


@pytest.mark.parametrize("ip", PRIVATE)
def test_refuses_private_addresses_unless_the_operator_allows_them(ip):
    refusal = AddressPolicy().verdict(ip, 80, URL_OF_A_HOOK)

    assert ip in refusal
    assert "HEADWATER_PRIVATE_ADDRESSES" in refusal
    assert AddressPolicy(allow_private=True).verdict(ip, 80, URL_OF_A_HOOK) is None
    assert AddressPolicy(exceptions=("https://hooks.example/**",)).verdict(ip, 80, URL_OF_A_HOOK) is None


@pytest.mark.parametrize("ip", PUBLIC)
def test_lets_public_addresses_through(ip):
    assert AddressPolicy().verdict(ip, 443, URL_OF_A_HOOK) is None


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://inner.example/hooks/a", True),
        ("http://inner.example/hooks/a?query=is-not-looked-at#nor-this", True),
        ("http://user:secret@inner.example/hooks/a", True),
        ("http://inner.example/hooks/a/b", False),
        ("http://inner.example:8080/hooks/a", False),
        ("https://inner.example/hooks/a", False),
        ("http://mallory.example/hooks/a", False),
        ("http://inner.example/hooks/%2e%2e", False),
        ("http://inner.example/hooks/..%2fadmin", False),
        ("http://inner.example/hooks/..%5cadmin", False),
    ],
)
def test_an_exception_covers_its_urls_and_no_more(url, is_allowed):
    policy = AddressPolicy(exceptions=("http://inner.example/hooks/*",))

    assert is_allowed == (policy.verdict("10.0.0.1", 80, url) is None)


EXCEPTION = ("https://hooks.example/**",)


@pytest.mark.parametrize(
    ("server", "project", "is_allowed"),
    [
        (False, AddressRules(), False),
        (True, AddressRules(), True),
        (True, AddressRules(refuses_private=True), False),
        (False, AddressRules(refuses_private=True), False),
        (False, AddressRules(exceptions=EXCEPTION), True),
        (True, AddressRules(refuses_private=True, exceptions=EXCEPTION), True),
        (True, AddressRules(refuses_private=True, exceptions=("https://other.example/**",)), False),
    ],
)
@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "::1", "fd12::1"])
def test_a_project_may_refuse_private_addresses_and_name_exceptions(ip, server, project, is_allowed):
    verdict = AddressPolicy(allow_private=server).verdict(ip, 80, URL_OF_A_HOOK, rules=project)

    assert is_allowed == (verdict is None)
    assert is_allowed or "private_ip_exception_urls" in verdict


@pytest.mark.parametrize("ip", NEVER)
def test_no_project_can_allow_itself_metadata_or_reserved_addresses(ip):
    rules = AddressRules(exceptions=("**",))

    assert AddressPolicy().verdict(ip, 80, URL_OF_A_HOOK, rules=rules) is not None


def test_no_project_can_allow_itself_our_own_admin_api_nor_forbid_itself_our_tracking_api():
    policy = AddressPolicy(own_listeners=frozenset({("127.0.0.1", 4433)}))

    opened, closed = AddressRules(exceptions=("**",)), AddressRules(refuses_private=True)
    assert policy.verdict("127.0.0.1", 4433, "http://x:4433/admin/identities", rules=opened) is not None
    assert policy.verdict("127.0.0.1", 4433, "http://x:4433/v1/identify", rules=closed) is None


def test_a_url_that_is_endless_is_no_exception():
    rules = AddressRules(exceptions=("https://hooks.example/**",))

    assert AddressPolicy().verdict("10.0.0.1", 443, "https://hooks.example/" + "a" * 3000, rules=rules) is not None


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/v1/track", True),
        ("/v1/projects/key/settings", True),
        ("/identify", True),
        ("/b", True),
        ("/", False),
        ("/admin/identities", False),
        ("/v1", False),
        ("/v1x/track", False),
        ("/admin/v1/track", False),
        ("/v1/../admin/identities", False),
        ("/v1/%2e%2e/admin/identities", False),
        ("/v1/..%2fadmin/identities", False),
        ("/v1/..%2Fadmin", False),
        ("/v1%2f../admin", False),
    ],
)
def test_our_own_listener_answers_tracking_calls_only(path, is_allowed):
    policy = AddressPolicy(allow_private=True, own_listeners=frozenset({("127.0.0.1", 4433)}))

    verdict = policy.verdict("127.0.0.1", 4433, f"http://localhost:4433{path}")

    assert is_allowed == (verdict is None)


def test_our_own_listener_takes_tracking_calls_even_where_private_addresses_are_refused():
    policy = AddressPolicy(own_listeners=frozenset({("10.0.0.5", 4433)}))

    assert policy.verdict("10.0.0.5", 4433, "http://headwater.internal:4433/v1/identify") is None
    assert policy.verdict("10.0.0.5", 4434, "http://headwater.internal:4434/v1/identify") is not None


@pytest.mark.parametrize("spelling", ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1"])
def test_an_exception_does_not_open_our_own_listener(spelling):
    policy = AddressPolicy(exceptions=("**",), own_listeners=frozenset({("127.0.0.1", 4433)}))

    assert policy.verdict(spelling, 4433, "http://x:4433/admin") is not None
    assert policy.verdict(spelling, 4432, "http://x:4432/admin") is None


@pytest.mark.parametrize("listener", ["0.0.0.0", "::"])
def test_a_listener_on_every_address_covers_each_of_ours_and_nobody_elses(listener):
    policy = AddressPolicy(
        allow_private=True,
        own_listeners=frozenset({(listener, 4433)}),
        is_own_address=lambda ip: ip in {"127.0.0.1", "10.0.0.5", "8.8.4.4", "::1"},
    )

    for ours in ("127.0.0.1", "10.0.0.5", "8.8.4.4", "::1", "::ffff:10.0.0.5"):
        assert policy.verdict(ours, 4433, "http://x:4433/admin") is not None
        assert policy.verdict(ours, 80, "http://x/admin") is None
    assert policy.verdict("10.0.0.6", 4433, "http://x:4433/admin") is None


def test_the_operating_system_knows_which_addresses_are_ours():
    assert is_own_address("127.0.0.1")
    assert is_own_address("127.9.9.9")
    assert not is_own_address("8.8.8.8")
    assert not is_own_address("2606:4700::1111")


@pytest.mark.parametrize("options", [{"exceptions": ("http://[",)}, {"own_listeners": frozenset({("localhost", 1)})}])
def test_a_policy_that_can_not_be_read_is_refused_when_it_is_made(options):
    with pytest.raises((SettingsError, ValueError)):
        AddressPolicy(**options)


def test_what_a_url_is_allowed_differs_between_tracking_and_the_rest_so_connections_are_not_shared():
    policy = AddressPolicy()

    assert policy.clearance(URL("http://x/v1/track")) != policy.clearance(URL("http://x/admin"))


def test_whatever_projects_write_there_are_four_pools_of_connections_at_most():
    urls = [URL("http://x/v1/track"), URL("http://x/admin")]
    rules = [AddressRules(exceptions=(f"http://x{number}/**", "http://x/adm*")) for number in range(100)]

    clearances = {
        AddressPolicy(allow_private=on).clearance(url, rules=r) for url in urls for r in rules for on in (0, 1)
    }

    assert len(clearances) <= 4
