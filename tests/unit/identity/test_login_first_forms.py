"""A login form that nobody has typed into is built once, and anew where it would be another one."""

import msgspec
import pytest

from headwater.identity.config import tree
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import Ui
from headwater.identity.login.first_forms import FirstForms

FLOW = Flow(
    id="f",
    kind="login",
    type="browser",
    schema_id="default",
    request_url="",
    ui=Ui(action="", method="POST", nodes=()),
    issued_at_ms=0,
    expires_at_ms=0,
    requested_aal="aal1",
)


def config():
    return tree.parse(tree.default_document(), project_id="p", public_url="")


class Builder:
    """Counts how often it was asked."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return ()


@pytest.fixture
def build():
    return Builder()


def test_the_same_form_is_built_once_for_everybody(build):
    forms, same = FirstForms(), config()
    for flow_id in ("adas", "bobs"):
        forms.of(msgspec.structs.replace(FLOW, id=flow_id), config=same, build=build)

    assert 1 == build.count


@pytest.mark.parametrize("other", [{"schema_id": "staff"}, {"state": "sent_email"}, {"requested_aal": "aal2"}])
def test_another_step_has_a_form_of_its_own(build, other):
    forms, same = FirstForms(), config()
    for flow in (FLOW, msgspec.structs.replace(FLOW, **other)):
        forms.of(flow, config=same, build=build)

    assert 2 == build.count


def test_a_change_of_the_configuration_counts_at_once(build):
    forms = FirstForms()
    for revision in (config(), config()):
        forms.of(FLOW, config=revision, build=build)

    assert 2 == build.count
