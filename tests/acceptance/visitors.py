"""People and attackers at a running server: each with a browser or an app, and an address, of their own."""

import itertools
import re
import time

import httpx

from acceptance.conftest import WAIT_SECONDS

PASSWORD = "correct horse battery"
JSON, PAGE = {"Accept": "application/json"}, {"Accept": "text/html"}
CODE = re.compile(r"\b\d{6}\b")
LINK = re.compile(r"https?://\S+/self-service/\S+")
CONFIG = "/services/identity/config"
# What makes a server quick to test: the flows of this project are all on.
ALL_ON = {
    "/hashers": {"algorithm": "bcrypt", "bcrypt": {"cost": 4}},
    "/selfservice/methods/code/passwordless_enabled": True,
    "/selfservice/methods/link/enabled": True,
    "/selfservice/flows/recovery/enabled": True,
    "/selfservice/flows/verification/enabled": True,
}
_numbers = itertools.count(1)


def configure(server, values):
    server.patch(*({"op": "add", "path": CONFIG + path, "value": value} for path, value in values.items()))


def new_email(name="ada"):
    """Return an address that nobody has yet."""
    return f"{name}{next(_numbers)}@example.org"


def new_address():
    """Return a network address that nobody came from yet: a trusted proxy may say so."""
    number = next(_numbers)
    return f"198.51.{number >> 8 & 255}.{number & 255}"


class Visitor(httpx.Client):
    """A browser with its cookies, or an app without (`how` tells)."""

    def __init__(self, server, *, how="api", address=None, **more):
        headers = {**JSON, "X-Forwarded-For": address or new_address(), **more}
        super().__init__(base_url=server.url, headers=headers, timeout=30)
        self.how = how
        self.server = server

    def begin(self, kind, **query):
        answer = self.get(f"/self-service/{kind}/{self.how}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, flow, *, headers=None, **body):
        if flow["type"] == "browser":
            body = {"csrf_token": csrf_token(flow), **body}
        return self.post(flow["ui"]["action"], json=body, headers=headers)

    def go_through(self, kind, **body):
        """Begin a flow and submit it."""
        return self.submit(self.begin(kind), **body)

    def register(self, email, **more):
        return self.go_through("registration", method="password", password=PASSWORD, traits={"email": email}, **more)

    def sign_in(self, email, password=PASSWORD):
        return self.go_through("login", method="password", identifier=email, password=password)

    def ask_for_code(self, kind, email):
        """Begin a flow and let it send a code. Return the flow and the submit that redeems a code."""
        flow = self.begin(kind)
        name = "identifier" if kind == "login" else "email"
        answer = self.submit(flow, method="code", **{name: email})
        assert answer.json()["state"] == "sent_email", answer.text

        def redeem(code):
            return self.submit(flow, method="code", code=code, **({name: email} if kind == "login" else {}))

        return flow, redeem


def newest_mail(server, recipient, *, besides=()):
    """Return the newest mail to somebody that isn't among `besides` (ids)."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for mail in server.api("GET", f"/admin/courier/messages?recipient={recipient.replace('+', '%2B')}"):
            if mail["id"] not in besides:
                return mail
    raise AssertionError(f"No mail to {recipient}.")


def csrf_token(flow):
    return node(flow, "csrf_token")


def node(flow, name):
    """Return the value of a node."""
    return {item["attributes"].get("name"): item["attributes"].get("value") for item in flow["ui"]["nodes"]}.get(name)


def message_ids(answer):
    ui = answer.json()["ui"]
    return [one["id"] for one in (*(ui.get("messages") or ()), *(m for n in ui["nodes"] for m in n["messages"]))]


def wrong(code):
    return "000000" if code != "000000" else "000001"


def alike(answer, email):
    """Return an answer without what differs between any two: ids, times, tokens, and what was typed."""
    text = answer.text.replace(email, "EMAIL")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    headers = sorted(name for name in answer.headers if name not in ("date", "content-length"))
    return answer.status_code, headers, re.sub(r'"[0-9a-f]{16}\.[0-9a-f]{64}"', "TOKEN", text)
