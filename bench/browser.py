"""A browser on a connection of `talks`: it keeps the cookies that it is given and sends them back."""

from bench.talks import JSON, Answer, Client

HTML = "text/html"


class Browser:
    """A person's own: it holds nothing at first."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.cookies: dict[str, str] = {}

    async def visit(self, path: str) -> Answer:
        """Go there, as a link or a redirect leads."""
        return await self._ask("GET", path, accept=HTML)

    async def get(self, path: str) -> Answer:
        """Ask for JSON, as a page's own script does."""
        return await self._ask("GET", path, accept=JSON)

    async def post(self, path: str, content: bytes) -> Answer:
        """Send JSON, as a page's own script does."""
        return await self._ask("POST", path, accept=JSON, content=content)

    async def _ask(self, method: str, path: str, *, accept: str, content: bytes = b"") -> Answer:
        headers = {"accept": accept}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if content:
            headers["content-type"] = JSON
        answer = await self._client.ask(method, path, headers, content)
        for line in answer.headers("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer
