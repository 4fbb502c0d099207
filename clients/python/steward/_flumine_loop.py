"""The pulse of flumine's main loop. Each turn of it comes through here: the handler queue's get() (live, paper) or each
market book (simulation). The watchdog is patted from there and from nowhere else, so a loop that is stuck is noticed; and
not while markets are open and a stream shows no life, so a stuck stream is noticed too."""

from __future__ import annotations

import queue
import time
from typing import Any, Optional

from flumine.events import events
from flumine.events.events import EventType

IDLE_SECONDS = 1.0
REPORT_EVERY_SECONDS = 1.0
# flumine's classes over the exchange's stream, by the names of flumine 2 and 3.
MARKET_STREAMS = {"MarketStream", "BetfairMarketStream"}
STREAMS = {"OrderStream", "DataStream", "BetfairOrderStream", "BetfairDataStream", *MARKET_STREAMS}


class Streams:
    """When each of flumine's streams last showed life: a message of the exchange, its heartbeats (every 5 s) included."""

    def __init__(self, framework: Any) -> None:
        self._framework = framework
        self._seen: dict[int, tuple[Any, float]] = {}  # id(stream) → (its newest time_updated, when we saw it change)
        self._delivered: dict[int, tuple[int, float]] = {}  # stream id → (updates processed, when the loop got the last)

    def delivered(self, stream_id: int, now: float) -> None:
        """The main loop got market books of this stream."""
        for stream in self._framework.streams:
            if stream.stream_id == stream_id:
                self._delivered[stream_id] = (self._processed(stream), now)

    @staticmethod
    def _processed(stream: Any) -> int:
        return getattr(getattr(getattr(stream, "_listener", None), "stream", None), "_updates_processed", 0)

    def ages(self, now: float) -> list[float]:
        """Seconds since the last sign of life of each of the exchange's streams; infinite for one that has not begun."""
        found = []
        for stream in self._framework.streams:
            if any(kind.__name__ in STREAMS for kind in type(stream).__mro__):
                found.append(max(self._silent(stream, stream._listener.stream, now), self._undelivered(stream, now)))
        return found

    def _silent(self, stream: Any, inner: Any, now: float) -> float:
        """A new connection makes a new `inner`; only a message of the exchange gives that a clk."""
        before = self._seen.get(id(stream))
        if inner is not None and getattr(inner, "_clk", None) is not None:
            updated = inner.time_updated
            if before is None or before[0] != updated:
                before = self._seen[id(stream)] = (updated, now)
        return now - before[1] if before is not None else float("inf")

    def _undelivered(self, stream: Any, now: float) -> float:
        """How long updates that the stream has processed have been on their way to the loop. Another class may keep some
        to itself, so only flumine's own is asked."""
        if type(stream).__name__ not in MARKET_STREAMS:
            return 0.0
        processed, at = self._delivered.get(stream.stream_id, (None, now))
        return now - at if processed is not None and self._processed(stream) > processed else 0.0


class Loop:
    """Owned by install(); everything here runs in flumine's main thread."""

    def __init__(self, framework: Any, reporter: Any, notify: Any, stale_seconds: float) -> None:
        self._framework = framework
        self._reporter = reporter
        self._notify = notify
        self._stale_seconds = stale_seconds
        self._streams = Streams(framework)
        self._get: Any = None
        self._event: Any = None
        self._ready = False
        self._data_at: Optional[float] = None
        self._lag_ns = 0
        self._report_due = 0.0
        self.turning = False
        self.stopping = False  # set by SIGTERM's handler

    def attach(self) -> None:
        """Live and paper: put ourselves before the handler queue's get(). A simulation has no queue and calls book()."""
        if not self._framework.SIMULATED:
            self._get = self._framework.handler_queue.get
            self._framework.handler_queue.get = self.get

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:
        """The queue's get(), which never sleeps for long: an idle loop turns too."""
        self.turning = True
        self.turn()
        if not block or timeout is not None:
            return self._get(block, timeout)
        while not self.stopping:
            try:
                self._event = self._get(True, IDLE_SECONDS)
                return self._event
            except queue.Empty:
                self.turn()
        return events.TerminationEvent(None)

    def book(self, market: Any) -> None:
        """A market book is being processed."""
        try:
            now = time.monotonic()
            if getattr(market.market_book, "streaming_snap", False):
                return  # flumine looked at what it had; nothing new came
            self._data_at = now
            if self._framework.SIMULATED:
                self.pat(now)
            else:
                age = time.time() - market.market_book.publish_time_epoch / 1000
                self._lag_ns = max(0, int(age * 1_000_000_000))
        except Exception as error:
            self._reporter.failed("book", error)

    def turn(self) -> None:
        """The event before is done; nothing in here may raise."""
        try:
            event, self._event = self._event, None
            now = time.monotonic()
            kind = event.EVENT_TYPE if event is not None else None
            if kind == EventType.MARKET_BOOK and event.event:
                self._streams.delivered(event.event[0].streaming_unique_id, now)
            elif kind == EventType.CURRENT_ORDERS or kind is None:
                self._reporter.look_at_all(kind is None)
            self.pat(now)
        except Exception as error:
            self._reporter.failed("turn", error)

    def pat(self, now: float) -> None:
        oldest = 0.0 if self._framework.SIMULATED else self._oldest(now)
        if not self._ready and oldest != float("inf"):
            self._ready = True
            self._notify.ready()
        alive = oldest <= self._stale_seconds or not self._market_is_open()
        if self._ready and alive:
            self._notify.watchdog()
        if now >= self._report_due:
            self._report_due = now + REPORT_EVERY_SECONDS
            self._report(now, oldest, alive)

    def _oldest(self, now: float) -> float:
        """The age of the stream that has been silent longest. Should we fail to tell, the loop's turning is enough."""
        try:
            return max(self._streams.ages(now), default=0.0)
        except Exception as error:
            self._reporter.failed("ages", error)
            return 0.0

    def _market_is_open(self) -> bool:
        return any(not market.closed and market.status != "CLOSED" for market in self._framework.markets)

    def _report(self, now: float, oldest: float, alive: bool) -> None:
        age = now - self._data_at if self._data_at is not None else None
        self._reporter.journal.stream(lag_ns=self._lag_ns if age is not None else None,
                                      age_ns=int(age * 1_000_000_000) if age is not None else None,
                                      markets=self._reporter.open_markets)
        journal = self._reporter.journal
        if journal.is_failing:
            text = f"the journal cannot be written, {journal.failures} events are lost: {journal.last_error}"
        elif not self._ready:
            text = "waiting for the first message of the exchange's stream"
        elif not alive:
            text = f"a stream has been silent for {oldest:.0f} s while markets are open; the watchdog is not patted"
        else:
            text = self._reporter.text()
        self._notify.status(text)
