"""Jsonnet that misbehaves, in an Action: the flow has its documented outcome within the limit; the log says why."""

import resource

import pytest
from actions_stage import Stage, base64_body, web_hook
from structlog.testing import capture_logs

from headwater.actions.errors import ActionNotRenderedError

LIMIT_SECONDS = 1.0
MARGIN_SECONDS = 1.0  # what a worker needs to get ready, and to go

BAD = {
    "loops": ("std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)", "ran for more than 1 s"),
    "recurses": ("local f(x) = 1 + f(x + 1); function(ctx) f(0)", "stack"),
    "allocates": ("function(ctx) std.repeat('x', 2e9)", "needed more than 512 MiB of memory"),
    "prints megabytes": ("function(ctx) std.repeat('x', 5e6)", "the output is larger than 262144 bytes"),
    "imports": ("function(ctx) import '/etc/hostname'", "import not available: /etc/hostname"),
    "imports a text": ("function(ctx) importstr '/etc/hostname'", "import not available: /etc/hostname"),
    "asks for the environment": ("function(ctx) std.extVar('HOME')", "HOME"),
    "raises an error": ("function(ctx) error 'no consent'", "no consent"),
    "asks for what is not there": ("function(ctx) ctx.identity.traits.phone", "no such field: phone"),
    "does not parse": ("function(ctx) {", "unexpected end of the program"),
}


def spent_seconds():
    """Return the processor time of the workers that are gone. Not wall time: a busy machine uses that up by itself."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.mark.parametrize("name", BAD)
async def test_a_queued_hook_is_left_out_and_the_log_says_why(stage: Stage, receiver, name: str):
    jsonnet, reason = BAD[name]
    before_seconds = spent_seconds()
    with capture_logs() as logs:
        await stage.play(web_hook(receiver.url, body=base64_body(jsonnet), response={"ignore": True}))

    assert spent_seconds() - before_seconds < LIMIT_SECONDS + MARGIN_SECONDS
    assert [] == await stage.owed()
    assert [("action_left_out", True)] == [(entry["event"], reason in entry["reason"]) for entry in logs]


@pytest.mark.parametrize("name", BAD)
async def test_an_inline_hook_fails_its_flow_and_the_log_says_why(stage: Stage, receiver, name: str):
    jsonnet, reason = BAD[name]
    before_seconds = spent_seconds()
    with capture_logs() as logs, pytest.raises(ActionNotRenderedError):
        # The space makes it another program: one that ran away in other tests may be out of turn for a moment.
        await stage.play(web_hook(receiver.url, body=base64_body(f" {jsonnet}")))

    assert spent_seconds() - before_seconds < LIMIT_SECONDS + MARGIN_SECONDS
    assert [] == receiver.calls
    assert [("action_not_rendered", True)] == [(entry["event"], reason in entry["reason"]) for entry in logs]
