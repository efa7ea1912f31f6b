"""The schema and `import kratos-config` agree: Kratos's keys are known, and what is stored works or says it doesn't."""

from pathlib import Path

import pytest

from headwater.cli.kratos_findings import KEPT, LEFT_OUT, SETTING, TAKEN
from headwater.cli.kratos_keys import RULES
from headwater.identity.config_schema import keys
from headwater.identity.config_schema.nodes import WITHOUT_EFFECT

KRATOS = (Path(__file__).parents[2] / "cli" / "kratos_key_paths.txt").read_text().split()
# Turned into something else by the import.
OPEN = ("tracing/", "organizations/")  # taken whole, whatever is below
CHANGED = {"courier/template_override_path"}
NO_SUBJECT = "sms/subject"  # the table of the import has it; no SMS has one, there or here
ADDITIONAL = "additionalProperties"  # a slip of Kratos's schema makes a key of it


def known_or_none(path):
    try:
        return keys.at(path.split("/"))
    except KeyError:
        return None


def is_idle(path):
    steps = path.split("/")
    marked = any(WITHOUT_EFFECT in keys.at(steps[:depth]).node for depth in range(1, len(steps) + 1))
    return marked or steps[-2:] == ["saml", "hooks"] or steps[-2:] == ["deviceauthn", "hooks"]


def rules(*outcomes):
    return [
        f"{rule.anchor}/{key}".strip("/")
        for rule in RULES
        if rule.outcome in outcomes
        for key in rule.keys or ("",)
        if key != ADDITIONAL and not f"{rule.anchor}/{key}".endswith(NO_SUBJECT)
    ]


@pytest.mark.parametrize("path", KRATOS)
def test_every_key_of_kratos_is_known(path):
    """Claims can be asked for at two places; Kratos's schema has them by a pattern."""
    path = path.replace("requested_claims/*", "requested_claims/id_token")

    assert known_or_none(path) is not None or path.startswith(OPEN)


@pytest.mark.parametrize("path", sorted(set(rules(TAKEN)) - CHANGED))
def test_what_the_import_calls_taken_has_effect(path):
    assert known_or_none(path) is not None
    assert not is_idle(path)


@pytest.mark.parametrize("path", sorted(set(rules(KEPT, LEFT_OUT, SETTING))))
def test_what_the_import_calls_without_effect_is_marked(path):
    of_closed_editions = any(f"/after/{name}/" in f"/{path}/" for name in ("saml", "deviceauthn"))

    assert known_or_none(path) is not None
    assert is_idle(path) or of_closed_editions
