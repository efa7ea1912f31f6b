import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from headwater.testing import EmulatorGoneError, RefusedError
from headwater.testing.connection import Connection


class Counting(ThreadingHTTPServer):
    """Counts connections; each answers once if `is_rude`, and is closed without a word."""

    daemon_threads = True

    def __init__(self):
        self.connections, self.is_rude, self.status, self.document = 0, False, 200, b'{"n": 1}'
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def process_request(self, *arguments):
        self.connections += 1
        super().process_request(*arguments)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(self.server.document)))
        self.end_headers()
        self.wfile.write(self.server.document)
        self.close_connection = self.server.is_rude

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Counting()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connection(server):
    connection = Connection(server.url, last_words=lambda: "Its stderr: boom")
    yield connection
    connection.close()


def test_requests_share_a_connection(server, connection):
    assert [{"n": 1}] * 3 == [connection.ask("GET", "/") for _ in range(3)]
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_made_anew(server, connection):
    server.is_rude = True

    assert [{"n": 1}] * 3 == [connection.ask("GET", "/") for _ in range(3)]
    assert server.connections == 3


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b'{"error": {"reason": "No such source.", "message": "not found"}}', "No such source."),
        (b'{"ui": {"messages": [{"text": "Exists already."}], "nodes": []}}', "Exists already."),
        (
            b'{"ui": {"nodes": [{"attributes": {"name": "password"}, "messages": [{"text": "Too short."}]}]}}',
            "password: Too short.",
        ),
        (b"<html>", "<html>"),
    ],
    ids=["ory", "flow", "field", "text"],
)
def test_a_refusal_says_what_was_asked_and_why_not(server, connection, document, said):
    server.status, server.document = 400, document

    with pytest.raises(RefusedError) as caught:
        connection.ask("GET", "/x")

    assert caught.value.message == f"GET /x was answered 400: {said}"
    assert caught.value.answered == 400


def test_an_emulator_that_is_gone_is_named_with_its_last_words(server, connection):
    gone = Connection("http://127.0.0.1:1", last_words=lambda: "Its stderr: boom")

    with pytest.raises(EmulatorGoneError) as caught:
        gone.ask("GET", "/emulator/info")

    assert caught.value.message.startswith("The emulator at http://127.0.0.1:1 doesn't answer GET /emulator/info: ")
    assert caught.value.message.endswith("\nIts stderr: boom")
