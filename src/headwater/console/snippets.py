"""How to send the first event, in the reader's language, with their address and write key filled in. Pure.

Each is as the client's own documentation has it. Tests run curl, Python and Node.js.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

MESSAGE = "Signed Up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """`install` is a command, or nothing; `code` what to run then; `note` what to know before."""

    name: str
    label: str
    install: str
    code: str
    note: str = ""


CURL = """\
curl {url}/v1/track -u {key}: \\
  -H 'Content-Type: application/json' \\
  -d '{{"userId": "ada", "event": "Signed Up", "properties": {{"plan": "free"}}}}'"""

BROWSER = """\
<script type="module">
  import {{ AnalyticsBrowser }} from "@segment/analytics-next"
  const analytics = AnalyticsBrowser.load({{ writeKey: "{key}", cdnURL: "{url}" }})
  analytics.identify("ada", {{ email: "ada@example.com" }})
  analytics.track("Signed Up", {{ plan: "free" }})
</script>"""

NODE = """\
import {{ Analytics }} from "@segment/analytics-node"

const analytics = new Analytics({{ writeKey: "{key}", host: "{url}" }})
analytics.identify({{ userId: "ada", traits: {{ email: "ada@example.com" }} }})
analytics.track({{ userId: "ada", event: "Signed Up", properties: {{ plan: "free" }} }})
await analytics.closeAndFlush()"""

PYTHON = """\
import segment.analytics as analytics

analytics.write_key = "{key}"
analytics.host = "{url}"
analytics.identify("ada", {{"email": "ada@example.com"}})
analytics.track("ada", "Signed Up", {{"plan": "free"}})
analytics.flush()"""

GO = """\
package main

import analytics "github.com/segmentio/analytics-go/v3"

func main() {{
	client, err := analytics.NewWithConfig("{key}", analytics.Config{{Endpoint: "{url}"}})
	if err != nil {{
		panic(err)
	}}
	defer client.Close()
	client.Enqueue(analytics.Track{{UserId: "ada", Event: "Signed Up"}})
}}"""

RUBY = """\
require "segment/analytics"

analytics = Segment::Analytics.new(write_key: "{key}", host: "{host}", port: {port}, ssl: {ssl})
analytics.identify(user_id: "ada", traits: {{ email: "ada@example.com" }})
analytics.track(user_id: "ada", event: "Signed Up", properties: {{ plan: "free" }})
analytics.flush"""

SWIFT = """\
import Segment

let analytics = Analytics(configuration: Configuration(writeKey: "{key}")
    .apiHost("{place}/v1")
    .cdnHost("{place}/v1"))
analytics.identify(userId: "ada", traits: ["email": "ada@example.com"])
analytics.track(name: "Signed Up", properties: ["plan": "free"])"""

KOTLIN = """\
import com.segment.analytics.kotlin.android.Analytics
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

val analytics = Analytics("{key}", applicationContext) {{
    apiHost = "{place}/v1"
    cdnHost = "{place}/v1"
}}
analytics.identify("ada", buildJsonObject {{ put("email", "ada@example.com") }})
analytics.track("Signed Up", buildJsonObject {{ put("plan", "free") }})"""

REACT_NATIVE = """\
import {{ createClient }} from "@segment/analytics-react-native"

const analytics = createClient({{
  writeKey: "{key}",
  proxy: "{url}/v1/b",
  cdnProxy: "{url}/v1/projects",
}})
analytics.identify("ada", {{ email: "ada@example.com" }})
analytics.track("Signed Up", {{ plan: "free" }})"""

TOOL = """\
python3 -c '
from http.server import *
class Tool(BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["content-length"])).decode(), flush=True)
        self.send_response(200), self.end_headers()
HTTPServer(("127.0.0.1", {port}), Tool).serve_forever()'"""
TOOLS_PORT = 9000

HTTPS_ONLY = "This client speaks https only: the server has to be reachable so, under the name below."
ON_THE_DEVICE = "The address has to be one that the device can reach."
DEFAULT_PORTS = {"http": 80, "https": 443}

ORY = """\
headwater connect action --source {slug}"""

_ALL = (
    ("curl", "curl", "", CURL),
    ("browser", "Browser", "npm install @segment/analytics-next", BROWSER),
    ("node", "Node.js", "npm install @segment/analytics-node", NODE),
    ("python", "Python", "pip install segment-analytics-python", PYTHON),
    ("go", "Go", "go get github.com/segmentio/analytics-go/v3", GO),
    ("ruby", "Ruby", "gem install analytics-ruby", RUBY),
    ("swift", "iOS (Swift)", "", SWIFT),
    ("kotlin", "Android (Kotlin)", "", KOTLIN),
    (
        "react-native",
        "React Native",
        "npm install @segment/analytics-react-native @segment/sovran-react-native react-native-get-random-values",
        REACT_NATIVE,
    ),
    ("ory", "Sign-ups (Ory Action)", "", ORY),
)
_NOTES = {
    "swift": f"{HTTPS_ONLY} Its package: https://github.com/segmentio/analytics-swift",
    "kotlin": f"{HTTPS_ONLY} Its package: com.segment.analytics.kotlin:android",
    "react-native": ON_THE_DEVICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something to run that takes events as a tool would, and where it listens."""

    url: str
    code: str


def tool(port: int = TOOLS_PORT) -> Tool:
    """Return a tool for whoever has none at hand."""
    return Tool(url=f"http://127.0.0.1:{port}/", code=TOOL.format(port=port))


def of(*, url: str, key: str, slug: str) -> list[Snippet]:
    """Return all, filled in."""
    parts = urlsplit(url)
    known = {
        "url": url,
        "key": key,
        "slug": slug,
        "place": parts.netloc,
        "host": parts.hostname or "",
        "port": parts.port or DEFAULT_PORTS.get(parts.scheme, DEFAULT_PORTS["https"]),
        "ssl": "true" if parts.scheme == "https" else "false",
    }
    return [
        Snippet(name=name, label=label, install=install, code=code.format(**known), note=_NOTES.get(name, ""))
        for name, label, install, code in _ALL
    ]
