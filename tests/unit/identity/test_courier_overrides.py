import base64

import pytest
from courier_stage import CODE, DATA, embedded

from headwater.actions.problems import ConfigProblem
from headwater.identity.courier import kinds, overrides
from headwater.identity.courier.kinds import EMAIL, KINDS, SMS
from headwater.identity.courier.writing import MASK, completed, one_line, write

ALL = [(template_type, channel) for template_type, kind in KINDS.items() for channel in kind.channels]
EVERYTHING = {
    **DATA,
    "recovery_url": "https://app.example.org/recovery?flow=1&token=SECRET",
    "verification_url": "https://app.example.org/verification?flow=1&code=SECRET",
    "verification_code": CODE,
    "login_code": CODE,
    "registration_code": CODE,
    "changed_at": "today",
    "added_at": "today",
    "subject": "S",
    "body": "B",
}


def written(template_type=kinds.RECOVERY_CODE_VALID, channel=EMAIL, templates=None, **data):
    whole = completed({**EVERYTHING, **data}, recipient="ada@example.org")
    return write(template_type, channel=channel, data=whole, templates=templates or {})


def of_recovery_code(**parts):
    body = {part: embedded(text) for part, text in parts.items() if part != "subject"}
    subject = {"subject": embedded(parts["subject"])} if "subject" in parts else {}
    return {"recovery_code": {"valid": {"email": {**subject, "body": body}}}}


@pytest.mark.parametrize(("template_type", "channel"), ALL, ids=[f"{kind}-{channel}" for kind, channel in ALL])
def test_every_kind_of_message_has_words_of_ours(template_type, channel):
    words = written(template_type, channel)

    assert words.body.strip()
    assert "{{" not in words.body + words.subject + words.html_body
    assert bool(words.subject) == bool(words.html_body) == (channel == EMAIL)
    for key in KINDS[template_type].keys:
        if key in kinds.SECRET_KEYS and (key.endswith("code") or channel == EMAIL):
            assert EVERYTHING[key] in words.body


def test_a_code_by_sms_names_the_page_it_belongs_to():
    assert written(channel=SMS).body.endswith(f"\n\n@app.example.org #{CODE}")
    assert "@" not in written(channel=SMS, request_url="").body


def test_the_operators_words_win_over_ours():
    templates = of_recovery_code(
        subject="{{ .Identity.traits.name }}: {{ .RecoveryCode }}",
        plaintext='{{ with .Identity }}{{ if eq $.TransientPayload.lang "en" }}Dear {{ .traits.name }}{{ end }}'
        "{{ end }}, {{ .RecoveryCode }}",
        html="<b>{{ .RecoveryCode }}</b>",
    )
    overrides.parse(templates)
    words = written(templates=templates)

    assert (words.subject, words.body, words.html_body) == (f"Ada: {CODE}", f"Dear Ada, {CODE}", f"<b>{CODE}</b>")
    assert words.shown_subject == f"Ada: {MASK}"
    assert written(kinds.LOGIN_CODE_VALID, templates=templates).body != words.body


def test_parts_that_were_not_written_stay_ours():
    templates = of_recovery_code(subject="Hi")
    assert written(templates=templates).body == written().body


def test_a_template_that_fails_on_somebodys_traits_gives_way_to_ours():
    templates = of_recovery_code(plaintext="{{ .Identity.traits.name.first }}")
    overrides.parse(templates)
    assert written(templates=templates).body == written().body


def test_a_bomb_made_of_traits_gives_way_to_ours():
    templates = of_recovery_code(
        plaintext="{{ range .Identity.traits.tags }}{{ range $.Identity.traits.tags }}x{{ end }}{{ end }}"
    )
    identity = {"id": "1", "traits": {"tags": ["x"] * 5_000}}
    assert written(templates=templates, identity=identity).body == written().body


def test_traits_end_no_header():
    templates = of_recovery_code(subject="Hi {{ .Identity.traits.name }}")
    for evil in ("a\r\nBcc: mallory@example.org", "a\nX: y", "a\u2028b\u0085c\x00d\u202ee"):
        subject = written(templates=templates, identity={"traits": {"name": evil}}).subject
        assert subject.isprintable()
    assert one_line("x" * 10_000) == "x" * 500


@pytest.mark.parametrize("spelling", [lambda text: text, lambda text: text.rstrip("=")], ids=["padded", "unpadded"])
def test_base64_of_either_alphabet_padded_or_not(spelling):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        uri = "base64://" + spelling(encode("Grüße ÿþ??>".encode()).decode())
        assert overrides.decoded(uri) == "Grüße ÿþ??>"


def test_all_variants_and_channels_are_read():
    text = embedded("x")
    email = {"subject": text, "body": {"plaintext": text, "html": text}}
    both = {"email": email, "sms": {"body": {"plaintext": text}}}
    found = overrides.parse(
        {
            "recovery": {"valid": {"email": email}, "invalid": {"email": email}},
            "verification_code": {"valid": both},
            "login_code": {"valid": both},
            "registration_code": {"valid": both},
            "verifiable_address_changed": both,
        }
    )
    assert len(found) == 2 * 3 + 4 * 4
    assert found[(kinds.VERIFIABLE_ADDRESS_CHANGED, SMS, "plaintext")] == "x"


@pytest.mark.parametrize(
    ("templates", "path", "reason"),
    [
        (of_recovery_code(plaintext="{{ env 1 }}"), "valid/email/body/plaintext", "calls env in line 1"),
        (of_recovery_code(subject="{{ .RecoveryURL }}"), "valid/email/subject", "takes .RecoveryURL in line 1"),
        (of_recovery_code(subject="{{ if .To }}{{ (index .Lang 0) }}{{ end }}"), "valid/email/subject", ".Lang"),
        (of_recovery_code(subject="{{ range .To }}{{ $.Nope }}{{ end }}"), "valid/email/subject", ".Nope"),
        (of_recovery_code(html="<a onclick='{{ .To }}'>x</a>"), "valid/email/body/html", "onclick"),
        ({"recovery_code": {"valid": {"email": {"subject": "file:///etc/passwd"}}}}, "email/subject", "base64://"),
        ({"recovery_code": {"valid": {"email": {"subject": "https://x/y"}}}}, "email/subject", "never fetched"),
        ({"recovery_code": {"valid": {"email": {"subject": "base64://*"}}}}, "email/subject", "not base64"),
        ({"recovery_code": {"valid": {"email": {"subject": "base64:///w=="}}}}, "email/subject", "UTF-8"),
        ({"recovery_code": {"valid": {"email": {"subject": 7}}}}, "email/subject", "must be a text"),
        ({"recovery_code": {"valid": {"fax": {}}}}, "valid/fax", "unknown channel"),
        ({"recovery_code": {"vaild": {}}}, "recovery_code/vaild", "unknown variant"),
        ({"recovery_cod": {}}, "templates/recovery_cod", "unknown template"),
        ({"recovery": {"valid": {"email": {"body": {"text": ""}}}}}, "body/text", "unknown part"),
        ({"recovery": []}, "templates/recovery", "must be an object"),
        ({"stub": {}}, "templates/stub", "unknown template"),
    ],
    ids=range(16),
)
def test_an_unusable_override_is_refused_when_the_configuration_is_checked(templates, path, reason):
    with pytest.raises(ConfigProblem) as refused:
        overrides.parse(templates)

    assert refused.value.message.startswith("/courier/templates/")
    assert path in refused.value.message
    assert reason in refused.value.message


def test_words_for_an_sms_that_is_never_sent_are_kept_and_not_looked_at():
    found = overrides.parse({"recovery": {"valid": {"sms": {"body": {"plaintext": "base64://*"}}}}})

    assert found == {}
