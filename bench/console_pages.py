"""Every page of the console that can be opened, with something on it, and how a browser gets it."""

import http
import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from bench import lived_server
from bench.line import NotMeasuredError
from bench.lived_server import Lived, Operator
from bench.servers import Target
from headwater.console.doorway import PATH
from headwater.console.routes import PAGES

FEED = "feed"  # a stream, which doesn't end
PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
ASSET = re.compile(r'(?:href|src)="(/console/assets/[^"]+)"')
SEARCHES = {
    "/debugger": ("source={quiet}", "type=group", "name=order", "text=nowhere+to+be+found", "user={away}"),
    "/destinations/new": ("kind=webhook",),
    "/destinations/{destination}/dead-letters": ("text=field+7", "before={letter}"),
    "/identities": ("search=person-77", "search=person-77%40example.org", "search=nobody"),
    "/actions/deliveries": ("identity={identity}", "state=failed"),
    "/mail": ("recipient=person-7%40example.org",),
}
NEEDED = {"/trace": "message_id={event}", "/actions/one": "path={action}"}
ACTION = "/selfservice/flows/registration/after/password/hooks/0"


def addresses(operator: Operator, lived: Lived) -> Iterator[str]:
    """Yield them. Raises NotMeasuredError for one of which nobody said what to put into it."""
    values = _values(operator, lived)
    for route in PAGES:
        if route.method != "GET" or route.path.endswith(FEED):
            continue
        if missing := set(PLACE.findall(route.path)) - values.keys():
            raise NotMeasuredError(f"nobody says what {', '.join(missing)} is in the console's {route.path}")
        path = PATH + PLACE.sub(lambda place: values[place[1]], route.path)
        yield path + (f"?{NEEDED[route.path].format(**values)}" if route.path in NEEDED else "")
        for search in SEARCHES.get(route.path, ()):
            yield f"{path}?{search.format(**values)}"
    yield f"{PATH}/identities/{lived.away}"
    yield f"{PATH}/lake/tables?schema={lived.source}"
    yield f"{PATH}/sources/{lived_server.QUIET}"


def _values(operator: Operator, lived: Lived) -> dict[str, str]:
    [letter] = operator.ask("GET", f"/api/dead-letters?destination={lived.destination}&limit=1")["dead_letters"]
    [fired] = operator.ask("GET", "/api/action-deliveries?limit=1")["action_deliveries"]
    [entry] = operator.ask("GET", "/api/audit?limit=1")["entries"]
    [project] = operator.ask("GET", "/projects")
    [revision, *_] = operator.ask("GET", f"/projects/{project['id']}/revisions")["revisions"]
    [schema, *_] = operator.ask("GET", f"/projects/{project['id']}/identity-schemas")["identity_schemas"]
    [message, *_] = operator.ask("GET", "/admin/courier/messages?page_size=1")
    return {
        "source": lived.source,
        "destination": lived.destination,
        "identity": lived.present,
        "away": lived.away,
        "quiet": lived_server.QUIET,
        "event": lived.message_id,
        "action": ACTION,
        "letter": str(letter["id"]),
        "trigger": str(fired["trigger_id"]),
        "number": str(entry["number"]),
        "revision": str(revision["id"]),
        "message": str(message["id"]),
        "schema": str(schema["encoded_id"]),
    }


class Browser:
    """One connection that is kept, signed in with a key."""

    def __init__(self, target: Target, key: str) -> None:
        where = urlsplit(target.url)
        self._connection = http.client.HTTPConnection(str(where.hostname), where.port)
        form = urlencode({"key": key})
        self._connection.request("POST", f"{PATH}/sign-in", form, {"content-type": "application/x-www-form-urlencoded"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.SEE_OTHER:
            raise NotMeasuredError(f"the sign-in was answered with {answer.status}")
        self._headers = {"cookie": str(answer.headers["set-cookie"]).partition(";")[0], "accept-encoding": "gzip, br"}

    def see(self, path: str) -> bytes:
        """Return a page's bytes as they come. Raises NotMeasuredError for what isn't one."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        found = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise NotMeasuredError(f"{path} was answered with {answer.status}")
        return found

    def weight_bytes(self, path: str) -> int:
        """Return the bytes of a page and of all files that it loads."""
        page = self.see(path)
        return len(page) + sum(len(self.see(name)) for name in set(ASSET.findall(page.decode())))
