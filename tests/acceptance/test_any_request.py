"""The http-api kind over the command line, as DESIGN's black-box contract has it: a mapping says which requests."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS

MAPPING = """
function(event) [
  { method: 'PUT', path: '/people/' + event.userId, body: { email: event.traits.email } },
  { path: 'audit', query: { tag: ['a', 'b'], n: 2 }, headers: { 'Content-Type': 'text/csv' }, body: 'id,email' },
]
"""


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Recorder:
    """An API that takes anything, and keeps it whole."""

    def __init__(self):
        recorder, self.calls, self._came = self, [], threading.Condition()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with recorder._came:
                    recorder.calls.append(Call(self.command, self.path, headers, body))
                    recorder._came.notify_all()
                self.send_response(204)
                self.end_headers()

            do_PUT = do_POST  # noqa: N815  the name that http.server calls

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, count):
        with self._came:
            assert self._came.wait_for(lambda: len(self.calls) >= count, WAIT_SECONDS), self.calls
        return self.calls


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.server.shutdown()
    recorder.server.server_close()


def test_one_event_becomes_the_requests_that_its_mapping_says(shared_headwater, tmp_path, recorder):
    server = shared_headwater
    write_key = server.source("crm")
    (tmp_path / "crm.jsonnet").write_text(MAPPING)
    wanted = {"url": f"{recorder.url}/v2?tenant=t1", "auth": "bearer", "token": "t0ken"}
    flags = [part for name, value in wanted.items() for part in ("--set", f"{name}={value}")]
    mapping = ("--mapping", str(tmp_path / "crm.jsonnet"))
    server.cli("create", "destination", "http-api", "--source", "crm", *mapping, *flags)
    event = {"userId": "ada", "messageId": "m-any", "traits": {"email": "ada@example.com"}}
    assert httpx.post(f"{server.url}/v1/identify", json=event, auth=(write_key, "")).status_code == 200
    put, post = recorder.wait_for(2)

    assert ("PUT", "/v2/people/ada?tenant=t1", b'{"email":"ada@example.com"}') == (put.method, put.path, put.body)
    assert ("POST", "/v2/audit?tenant=t1&n=2&tag=a&tag=b", b"id,email") == (post.method, post.path, post.body)
    assert ["Bearer t0ken"] * 2 == [each.headers["authorization"] for each in (put, post)]
    assert ["application/json", "text/csv"] == [each.headers["content-type"] for each in (put, post)]
    assert ["m-any", "m-any:1"] == [each.headers["idempotency-key"] for each in (put, post)]
