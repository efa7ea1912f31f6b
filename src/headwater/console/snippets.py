"""How to send the first event, in the reader's language, with their address and write key filled in. Pure.

Each is as the client's own documentation has it, and is run by a test.
"""

from dataclasses import dataclass

MESSAGE = "Signed Up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """`install` is a command, or nothing; `code` what to run then."""

    name: str
    label: str
    install: str
    code: str


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

ORY = """\
headwater connect action --source {slug}"""

_ALL = (
    ("curl", "curl", "", CURL),
    ("browser", "Browser", "npm install @segment/analytics-next", BROWSER),
    ("node", "Node.js", "npm install @segment/analytics-node", NODE),
    ("python", "Python", "pip install segment-analytics-python", PYTHON),
    ("go", "Go", "go get github.com/segmentio/analytics-go/v3", GO),
    ("ory", "Sign-ups (Ory Action)", "", ORY),
)


def of(*, url: str, key: str, slug: str) -> list[Snippet]:
    """Return all, filled in."""
    return [
        Snippet(name=name, label=label, install=install, code=code.format(url=url, key=key, slug=slug))
        for name, label, install, code in _ALL
    ]
