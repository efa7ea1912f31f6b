"""The official generated client, unmodified, over real HTTP."""

import asyncio
import socket

import ory_kratos_client as ory
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from identity_stage import ADA, PASSWORD, Stage


@pytest.fixture
async def served(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stage = await Stage(tmp_path, public_url=f"http://127.0.0.1:{port}").open()
    server = Server(stage.app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    await until_listening(port)
    yield stage
    server.stop()
    await serving
    await stage.close()


async def until_listening(port):
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
    pytest.fail("the server never listened")


def api(stage, kind, **headers):
    client = ory.ApiClient(ory.Configuration(host=stage.public_url))
    for name, value in headers.items():
        client.set_default_header(name, value)
    return kind(client)


def password_body(**more):
    method = ory.UpdateRegistrationFlowWithPasswordMethod(method="password", password=PASSWORD, traits=ADA, **more)
    return ory.UpdateRegistrationFlowBody(method)


async def test_the_official_client_signs_up_looks_up_and_deletes(served):
    def story():
        frontend = api(served, ory.FrontendApi)
        flow = frontend.create_native_registration_flow()
        assert frontend.get_registration_flow(flow.id).id == flow.id
        assert [node.attributes.actual_instance.name for node in flow.ui.nodes][-1] == "method"
        done = frontend.update_registration_flow(flow.id, password_body(transient_payload={"a": 1}))
        assert done.session_token
        assert done.continue_with[0].actual_instance.ory_session_token == done.session_token
        session = frontend.to_session(x_session_token=done.session_token)
        assert session.identity.id == done.identity.id
        assert session.identity.traits == ADA
        assert session.expires_at > session.issued_at

        people = api(served, ory.IdentityApi, Authorization="Bearer admin-key")
        assert [person.id for person in people.list_identities()] == [done.identity.id]
        assert people.list_identities(credentials_identifier="ada@example.org")[0].id == done.identity.id
        assert people.get_identity(done.identity.id).credentials["password"].identifiers == ["ada@example.org"]
        assert people.list_identity_schemas()[0].id == "person"
        assert people.get_identity_schema("person")["properties"]["traits"]
        people.delete_identity(done.identity.id)
        with pytest.raises(ory.exceptions.UnauthorizedException):
            frontend.to_session(x_session_token=done.session_token)

    await asyncio.to_thread(story)


async def test_the_official_client_reads_a_refused_submit(served):
    def story():
        frontend = api(served, ory.FrontendApi)
        flow = frontend.create_native_registration_flow()
        frontend.update_registration_flow(flow.id, password_body())
        again = frontend.create_native_registration_flow()
        with pytest.raises(ory.exceptions.BadRequestException) as refused:
            frontend.update_registration_flow(again.id, password_body())
        returned = ory.RegistrationFlow.from_json(refused.value.body)
        assert [message.id for message in returned.ui.messages] == [4000007]

    await asyncio.to_thread(story)


async def test_the_official_client_plays_a_single_page_app(served):
    def story():
        frontend = api(served, ory.FrontendApi)
        answer = frontend.create_browser_registration_flow_with_http_info()
        flow = answer.data
        cookie = answer.headers["set-cookie"].partition(";")[0]
        token = next(
            node.attributes.actual_instance.value
            for node in flow.ui.nodes
            if node.attributes.actual_instance.name == "csrf_token"
        )
        done = frontend.update_registration_flow_with_http_info(flow.id, password_body(csrf_token=token), cookie=cookie)
        assert done.data.session.identity.id == done.data.identity.id
        assert done.data.session_token is None
        assert "ory_kratos_session=" in done.headers["set-cookie"]

    await asyncio.to_thread(story)
