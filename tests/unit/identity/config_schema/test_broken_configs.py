"""Every way to get an identity-config wrong that we thought of: each is told where it is, and what may stand there."""

import pytest
from broken_configs import ROWS
from documents import changed

from headwater.actions.problems import ConfigProblem
from headwater.core.clock import SystemClock
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.wiring.config_check import ConfigCheck
from headwater.workspace.references import References


class Nobody:
    """What is wrong here is found without the network, and without running any Jsonnet."""

    async def send(self, request):
        raise AssertionError(request)

    async def evaluate(self, *args):
        raise AssertionError(args)


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    clock = SystemClock()
    return ConfigCheck(
        Nobody(),
        references=References(variables={}, names=(), folder=None, data=tmp_path_factory.mktemp("data")),
        sources=Sources(sender=Nobody(), clock=clock, files=TemplateFiles(None)),
        clock=clock,
        public_url="https://people.example.org",
    )


def test_there_are_more_than_a_hundred():
    assert len(ROWS) > 100
    assert len({(path, words) for _, path, words in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("document", "path", "words"), ROWS, ids=[f"{path} {words}" for _, path, words in ROWS])
async def test_a_broken_config_is_refused_with_its_place_and_what_may_stand_there(check, document, path, words):
    with pytest.raises(ConfigProblem) as refused:
        await check(document)

    assert path == refused.value.context["path"]
    assert refused.value.message.startswith(path)
    assert words in refused.value.message
    assert len(refused.value.message) < 1000


async def test_a_new_project_is_taken_without_a_word(check):
    assert [] == await check(changed())
