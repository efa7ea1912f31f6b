"""Every kind of destination against its vendor's documented contract. A kind that lacks one is beta."""

import importlib
import pkgutil

import msgspec
import pytest

from contracts import destinations
from contracts.destinations.vendor import Answer, vending
from headwater.core.clock import SystemClock
from headwater.core.event import Record
from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver import catalogue, exchange
from headwater.deliver.backlog import Job
from headwater.deliver.destination import SmallerBatch, check_settings
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.plan import Sendable
from headwater.deliver.trial import Attempts
from headwater.emulator.way_out import success
from headwater.workspace.configuration import Destination

CONTRACTS = {
    found.kind: found
    for module in sorted(pkgutil.iter_modules(destinations.__path__))
    if module.name.endswith("_contract")
    for found in [importlib.import_module(f"contracts.destinations.{module.name}").CONTRACT]
}
MANY = 7
# What isn't spoken to over HTTP has a suite of its own, with a real server: `test_<kind>.py`.
WITH_A_SUITE = {"postgres"}


def batch_size(contract):
    kind = catalogue.kind(contract.kind)
    settings = check_settings(kind, contract.settings)
    return max(action.batch(settings).items for action in kind.actions)


ALL = sorted(CONTRACTS)
BATCHING = [name for name in ALL if batch_size(CONTRACTS[name]) > 1]
FORGETTING = [name for name in ALL if CONTRACTS[name].deleted_ids_of is not None]


@pytest.fixture(params=ALL)
def contract(request):
    return CONTRACTS[request.param]


@pytest.fixture(params=BATCHING)
def batching(request):
    return CONTRACTS[request.param]


@pytest.fixture(params=FORGETTING)
def forgetting(request):
    return CONTRACTS[request.param]


def route_of(contract, **settings):
    destination = Destination(
        id="dst",
        name="tool",
        kind=contract.kind,
        source_ids=("web",),
        enabled=True,
        start_offset=0,
        created_at_ms=0,
        settings={**contract.settings, **settings},
    )
    return DestinationRoute(destination, evaluator=None, read_secret={}.__getitem__)


def record_of(event):
    return Record(
        source="web",
        message_id=event["messageId"],
        type=event["type"],
        body=msgspec.json.encode(event),
        received_at_ms=0,
    )


async def jobs_of(route, events):
    plans = await route.plan([record_of(event) for event in events])
    assert all(isinstance(plan, Sendable) for plan in plans), plans
    return [
        Job(offset=number, record=record_of(event), plan=plan)
        for number, (event, plan) in enumerate(zip(events, plans, strict=True), start=1)
    ]


async def tried(contract, events, *, judge=None, **settings):
    """Send events, together where they may be; return vendor and trials."""
    route = route_of(contract, **settings)
    async with vending(judge or contract.judge) as (vendor, sender):
        jobs = await jobs_of(route, events)
        attempts = Attempts(route, sender=sender, clock=SystemClock())
        together = {job.plan.group for job in jobs}
        if len(together) == 1 and len(jobs) <= route.batch_of(jobs[0].plan.group).items:
            trials = await attempts.make(jobs)
        else:
            trials = [(await attempts.make([job]))[0] for job in jobs]
    return vendor, trials


def test_who_can_delete_people_shows_it():
    assert {name for name in ALL if catalogue.kind(name).deletion is not None} == set(FORGETTING)


def test_every_kind_has_a_contract_or_is_beta():
    without = {name for name, kind in catalogue.kinds().items() if not kind.is_beta} - CONTRACTS.keys() - WITH_A_SUITE

    assert set() == without


async def test_each_supported_call_is_what_the_vendor_documents(contract):
    kind = catalogue.kind(contract.kind)
    for event in contract.events.values():
        vendor, (trial,) = await tried(contract, [event])

        assert [] == vendor.complaints
        assert isinstance(trial.outcome, Delivered), trial.outcome
        if kind.dedupe:
            assert all(event["messageId"] in "".join(contract.ids_of(call)) for call in vendor.calls[:1])
    assert kind.types == {event["type"] for event in contract.events.values()}


class Keeping:
    """The emulator's way out: nothing leaves, and everything is well."""

    async def send(self, request):
        return success(request)


async def test_what_an_emulator_keeps_counts_as_delivered(contract):
    route = route_of(contract)
    for events in (list(contract.events.values()), [contract.sample(f"m{number}") for number in range(MANY)]):
        attempts = Attempts(route, sender=Keeping(), clock=SystemClock())
        for job in await jobs_of(route, events):
            (trial,) = await attempts.make([job])

            assert isinstance(trial.outcome, Delivered), trial.outcome


async def test_each_region_has_its_host(contract):
    for settings, host in contract.hosts:
        vendor, _ = await tried(contract, [contract.sample("m0")], **settings)

        assert {host} == {call.host for call in vendor.calls}


async def test_a_batch_is_one_request(batching):
    ids = [f"m{number}" for number in range(MANY)]
    vendor, trials = await tried(batching, [batching.sample(one) for one in ids])

    assert [] == vendor.complaints
    assert [Delivered] * MANY == [type(trial.outcome) for trial in trials]
    assert [ids] == [list(batching.ids_of(call)) for call in vendor.calls]


async def test_of_a_batch_only_what_is_wrong_is_rejected_or_it_is_sent_again_in_halves(batching):
    ids, wrong = [f"m{number}" for number in range(MANY)], frozenset({"m3"})
    partly = batching.partly or (lambda _call, _wrong: Answer(status=400))
    _, trials = await tried(batching, [batching.sample(one) for one in ids], judge=lambda call: partly(call, wrong))
    found = [type(trial.outcome) for trial in trials]

    if batching.partly is None:
        assert [SmallerBatch] * MANY == found
    else:
        others = Delivered if batching.takes_the_rest else SmallerBatch
        assert [Rejected if one in wrong else others for one in ids] == found


@pytest.mark.parametrize("number", [0, 1])
async def test_what_is_tried_again_is_the_very_same_request(contract, number):
    """Also where it is the second of an event's: else what the tool has already would count twice."""
    route = route_of(contract)
    (job,) = await jobs_of(route, [contract.sample("m0")])
    (load,) = job.plan.loads[:1]
    items = [msgspec.structs.replace(item, number=number) for item in load.items]
    first, again = (route.request(load.action, items) for _ in range(2))

    assert (first.method, first.url, first.headers, first.body) == (again.method, again.url, again.headers, again.body)


async def test_a_single_event_that_is_refused_is_rejected_with_the_vendors_words(contract):
    answer = Answer(status=400, body={"error": "the vendor's words"})
    _, (trial,) = await tried(contract, [contract.sample("m0")], judge=lambda _call: answer)

    assert isinstance(trial.outcome, Rejected), trial.outcome
    assert b"the vendor's words" in trial.response.body


async def test_too_many_requests_are_waited_out(contract):
    _, trials = await tried(contract, [contract.sample("m0")], judge=lambda _call: contract.throttle)

    assert isinstance(trials[0].outcome, RetryLater), trials[0].outcome
    assert contract.wait == trials[0].outcome.retry_after_seconds


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_vendor_in_trouble_is_tried_again(contract, status):
    _, (trial,) = await tried(contract, [contract.sample("m0")], judge=lambda _call: Answer(status=status))

    assert isinstance(trial.outcome, RetryLater)
    assert trial.outcome.is_down


async def test_a_wrong_key_is_told_apart(contract):
    _, (trial,) = await tried(contract, [contract.sample("m0")], judge=lambda _call: contract.unauthorised)

    assert isinstance(trial.outcome, NotAuthorised), trial.outcome


async def test_people_are_deleted_as_documented(forgetting):
    kind = catalogue.kind(forgetting.kind)
    settings = check_settings(kind, forgetting.settings)
    people = [f"person-{number}" for number in range(kind.deletion.people)][:3]
    async with vending(lambda _call: forgetting.deletion) as (vendor, sender):
        response = await sender.send(kind.deletion.request(people, settings))

    assert people == list(forgetting.deleted_ids_of(vendor.calls[0]))
    assert isinstance(kind.deletion.read(response), Delivered)


async def test_no_secret_is_in_what_may_be_shown_of_a_request(contract):
    kind = catalogue.kind(contract.kind)
    route = route_of(contract)
    (job,) = await jobs_of(route, [contract.sample("m0")])
    load = job.plan.loads[0]
    made = route.request(load.action, load.items)

    shown = msgspec.json.encode(exchange.sent(made, secrets=route.secrets)).decode()
    for field in kind.fields:
        value = contract.settings.get(field.name)
        if field.secret and isinstance(value, str):
            assert value not in shown, field.name
