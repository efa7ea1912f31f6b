import pytest
from courier_stage import embedded

from headwater.actions.problems import ConfigProblem
from headwater.identity.config.section import Section
from headwater.identity.courier import check

REQUEST = {"url": "https://sms.example.org/", "method": "POST", "body": embedded("function(ctx) {}")}


def section(**courier):
    return Section(courier, "/courier")


def test_a_courier_as_kratos_documents_it_passes():
    check.check(
        section(
            smtp={
                "connection_uri": "smtps://test:t%40st@mail.example.org:1025/?skip_ssl_verify=true",
                "from_address": "hello@example.org",
                "headers": {"X-SES-SOURCE-ARN": "arn:aws:ses:us-west-2:123456789012:identity/example.com"},
            },
            http={
                "request_config": {
                    **REQUEST,
                    "auth": {"type": "api_key", "config": {"name": "k", "value": "secret://1", "in": "header"}},
                }
            },
            channels=[{"id": "sms", "type": "http", "request_config": REQUEST}],
        )
    )
    check.check(section())
    check.check(section(smtp={"connection_uri": "secret://abc"}))


@pytest.mark.parametrize(
    ("courier", "path"),
    [
        ({"smtp": {"connection_uri": "http://u:SECRET@x/"}}, "/courier/smtp/connection_uri"),
        ({"smtp": {"connection_uri": "smtp://u:SECRET@x:port/"}}, "/courier/smtp/connection_uri"),
        ({"smtp": {"from_address": "Ada <ada@example.org>"}}, "/courier/smtp/from_address"),
        ({"smtp": {"headers": {"X": "a\r\nBcc: mallory@example.org"}}}, "/courier/smtp/headers/X"),
        ({"smtp": {"headers": {"Bcc: x\r\nA": "a"}}}, "/courier/smtp/headers/Bcc: x"),
        ({"http": {"request_config": {**REQUEST, "url": "ftp://x/"}}}, "/courier/http/request_config/url"),
        ({"channels": [{"id": "sms", "request_config": {**REQUEST, "body": "ftp://x/"}}]}, "/courier/channels/0/"),
        ({"templates": {"recovery": {"valid": {"email": {"subject": embedded("{{ if }}")}}}}}, "/courier/templates/"),
    ],
    ids=range(8),
)
def test_what_could_never_send_is_refused_with_its_path_and_no_secret(courier, path):
    with pytest.raises(ConfigProblem) as refused:
        check.check(section(**courier))

    assert refused.value.message.startswith(path)
    assert "SECRET" not in refused.value.message
