"""The collector's core: a call in, a reply out, no transport in sight. An ack means the events are on disk.

Segment's contract is a 200 for everything but malformed or oversize bodies; what is dropped behind a 200 is
counted with its reason (`Tally`) and shown to the operator, and so is a call that is refused for good. Every reply
wears the headers that browsers need.
"""

from collections.abc import Callable, Sequence

from headwater.collect import body as bodies
from headwater.collect import browser_files, calls, parcel, pixel, refused, replies, settings_document, strict
from headwater.collect.browser_files import Bundle
from headwater.collect.calls import Route
from headwater.collect.consent_settings import Need
from headwater.collect.cors import ANY, Cors
from headwater.collect.counters import Counters
from headwater.collect.ingest import Ingest, SourceOf
from headwater.collect.rate_limit import RateLimitedError, RateLimits
from headwater.collect.replies import SUCCESS, MethodNotAllowedError, refusal
from headwater.collect.tally import Tally
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, HeadwaterError, NotFoundError, UnavailableError
from headwater.log.event_log import Appender
from headwater.web.call import Call, Reply
from headwater.web.intake import TooManyBodiesError
from headwater.workspace.suppressed import NOBODY, Suppressed

__all__ = ["Collector", "refusal"]

NeedsOf = Callable[[str], Sequence[Need]]

RETRY_COUNT_HEADER = "x-retry-count"
SHOWN_OF_AN_ADDRESS = 200
NO_DEVICE_MODE = "Tools are fed by this server, not by the page: the settings list no integration to load."


class Collector:
    """Accepts tracking calls. `source_of` finds a source by write key, in memory.

    `rate_limit` is in events per second over all sources; `bundle` is the browser's own client, if there is one;
    `needs_of` finds what consent a source's destinations need, in memory; nothing of those `suppressed` is stored.
    """

    def __init__(
        self,
        *,
        appender: Appender,
        source_of: SourceOf,
        tally: Tally,
        clock: Clock,
        new_id: Callable[[], str],
        origins: Sequence[str] = (ANY,),
        public_url: str | None = None,
        strict: bool = False,
        rate_limit: int | None = None,
        bundle: Bundle | None = None,
        needs_of: NeedsOf = lambda _source_id: (),
        suppressed: Suppressed = NOBODY,
    ) -> None:
        self.counters = Counters()
        self._source_of = source_of
        self._tally = tally
        self._public_url = public_url
        self._bundle = bundle
        self._needs_of = needs_of
        self._cors = Cors(origins)
        self._success = self._cors.dressed_for_all(SUCCESS)
        self._ingest = Ingest(
            appender=appender,
            source_of=source_of,
            tally=tally,
            clock=clock,
            new_id=new_id,
            limits=RateLimits(clock=clock, overall=rate_limit),
            counters=self.counters,
            is_strict=strict,
            suppressed=suppressed,
        )

    async def accept(self, call: Call) -> Reply:
        """Answer one call of the tracking API."""
        try:
            return await self._answer(call)
        except HeadwaterError as error:
            return self._refused(call, error)
        except RecursionError:  # just shallow enough to be read, too deep to be written
            return self._refused(call, bodies.BadBodyError("The body is nested too deeply."))

    def oversize(self, call: Call) -> Reply:
        """Return the refusal of a call whose body was not even read to its end."""
        return self._refused(call, bodies.BodyTooLargeError())

    def too_slow(self, call: Call) -> Reply:
        """Return the refusal of a call whose body did not come in time."""
        return self._refused(call, bodies.BodyTooSlowError())

    def cut_short(self, call: Call) -> Reply:
        """Return the refusal of a call whose body broke off."""
        return self._refused(call, bodies.BadBodyError("The body ended before it was complete."))

    def overloaded(self, call: Call) -> Reply:
        """Return the refusal of a call whose body there is no room for just now."""
        return self._refused(call, TooManyBodiesError())

    async def _answer(self, call: Call) -> Reply:
        route = calls.route_of(call.path)
        if route is not None and route.what == calls.EVENTS and call.method == calls.POST:
            return await self._events(call, route.name)
        if call.method == calls.OPTIONS:
            return self._cors.preflight(call)
        if route is None:
            raise NotFoundError(f"{call.method} {call.path[:SHOWN_OF_AN_ADDRESS]} is not a call of the tracking API.")
        if call.method not in route.methods:
            allowed = ", ".join(sorted({*route.methods, calls.OPTIONS}))
            raise MethodNotAllowedError(f"This path takes {allowed}, not {call.method}.", allow=allowed)
        return self._cors.dressed(await self._other(call, route), call)

    async def _events(self, call: Call, name: str) -> Reply:
        if RETRY_COUNT_HEADER in call.headers:
            self.counters.retried += 1
        stored_count, drops = await self._ingest.take(parcel.of(call, name), call)
        if drops:
            told = [drop for drop in drops if drop.is_strict]
            if told:
                return self._cors.dressed(strict.reply(told, stored_count=stored_count), call)
        return self._success if self._cors.is_open else self._cors.dressed(SUCCESS, call)

    async def _other(self, call: Call, route: Route) -> Reply:
        match route.what:
            case calls.PIXEL:
                return await self._pixel(call, route)
            case calls.SETTINGS:
                return self._settings(call, route)
            case calls.BUNDLE | calls.CHUNK | calls.INTEGRATION:
                return self._browser_file(route)
        return SUCCESS  # metrics of the clients about themselves: taken, and forgotten

    def _browser_file(self, route: Route) -> Reply:
        if route.what == calls.INTEGRATION:
            return browser_files.missing(NO_DEVICE_MODE)
        if route.what == calls.CHUNK:
            return browser_files.part(self._bundle, route.name)
        if self._source_of(route.write_key) is None:
            return browser_files.missing(settings_document.UnknownWriteKeyError().message)
        return browser_files.script(self._bundle)

    def _settings(self, call: Call, route: Route) -> Reply:
        source = self._source_of(route.write_key)
        if source is None:
            raise settings_document.UnknownWriteKeyError
        return settings_document.reply(call, route, public_url=self._public_url, needs=self._needs_of(source.id))

    async def _pixel(self, call: Call, route: Route) -> Reply:
        """Take the event of a pixel. Nobody will come again with it, so what can't be stored now is counted."""
        if call.method == calls.HEAD:
            return pixel.REPLY
        key = None
        try:
            one = parcel.single(pixel.event_of(call.query), call, route.name, is_pixel=True)
            key = one.shares[0].key
            await self._ingest.take(one, call)
        except HeadwaterError as error:
            self._lost(call, error, key=key)
        except RecursionError:
            self._lost(call, bodies.BadBodyError(), key=key)
        return pixel.REPLY

    def _lost(self, call: Call, error: HeadwaterError, *, key: str | None) -> None:
        self._note(error)
        self.counters.rejected += 1
        self._tally.count(source_id=self._id_of(key), code=error.code, sample=call.query)

    def _refused(self, call: Call, error: HeadwaterError) -> Reply:
        self._note(error)
        if isinstance(error, BadRequestError) and refused.is_for_events(call):
            self.counters.refused += 1
            source_id = self._id_of(refused.write_key(call, error))
            self._tally.count(source_id=source_id, code=error.code, sample=refused.sample(call, error))
        return self._cors.dressed(replies.refusal(error), call)

    def _id_of(self, key: str | None) -> str:
        source = self._source_of(key) if key else None
        return source.id if source else ""

    def _note(self, error: HeadwaterError) -> None:
        if isinstance(error, RateLimitedError):
            self.counters.rate_limited += 1
        elif isinstance(error, UnavailableError):
            self.counters.unavailable += 1
