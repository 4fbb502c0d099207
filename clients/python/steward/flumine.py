"""flumine under Steward. Two lines in main.py, before framework.run():

    import steward.flumine
    steward.flumine.install(framework)

Every order's life, positions, profit, markets, the streams' age and errors are journalled (docs/formats/journal.md); no
order leaves while the gate is closed; the watchdog is patted from flumine's own main loop; SIGTERM ends a live or paper
framework as flumine ends it. Live, paper and simulation. Started without Steward, install() does nothing.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any

from flumine.clients import VenueType
from flumine.controls import BaseControl
from flumine.controls.loggingcontrols import LoggingControl
from flumine.events.events import EventType
from flumine.markets.middleware import Middleware
from flumine.order.orderpackage import OrderPackageType

import steward

from ._flumine_loop import Loop
from ._flumine_reporter import Reporter

__all__ = ["StewardGateControl", "StewardLoggingControl", "install"]

logger = logging.getLogger(__name__)

STALE_SECONDS = 20.0  # four of the stream's heartbeats, and a reconnection
LOG_BURST, LOG_PER_SECOND = 20, 1.0


class StewardGateControl(BaseControl):
    """Refuses new orders while the gate is closed; cancelling stays allowed. Arguments of add_trading_control: `gate`,
    `journal`."""

    NAME = "STEWARD_GATE"

    def __init__(self, flumine: Any, gate: Any = None, journal: Any = None) -> None:
        super().__init__(flumine)
        self._gate = gate or steward.gate
        self._journal = journal or steward.journal
        self._refused = 0
        self._told = ""

    def may_send(self, kind: OrderPackageType, venue: VenueType) -> bool:
        new = kind in (OrderPackageType.PLACE, OrderPackageType.REPLACE) or (
            kind == OrderPackageType.UPDATE and venue == VenueType.BETDAQ)
        return not new or bool(self._gate.is_open())

    def _validate(self, order: Any, package_type: OrderPackageType) -> None:
        if not self.may_send(package_type, order.VENUE):
            self.refused(1)
            self._on_error(order, f"the gate is closed: {self._gate.reason}")

    def refused(self, count: int) -> None:
        self._refused += count
        self._journal.metric("orders_refused_total", self._refused, kind="counter", labels={"control": self.NAME})
        if self._told != self._gate.reason:
            self._told = self._gate.reason or ""
            self._journal.note(f"orders are refused, the gate is closed: {self._told}", "warning")


class _AtOnce:
    """A logging control's queue that is none: what is put is processed then and there, so that it is in the journal
    before flumine goes on, and none can pile up."""

    def __init__(self, process: Any) -> None:
        self._process = process

    def put(self, event: Any) -> None:
        if event is not None:
            self._process(event)


class StewardLoggingControl(LoggingControl):
    """Journals what flumine tells its logging controls. It needs no thread: run() ends at once."""

    NAME = "STEWARD"

    def __init__(self, reporter: Reporter, notify: Any, middleware: Middleware) -> None:
        super().__init__()
        self.logging_queue = _AtOnce(self.process_event)
        self._reporter = reporter
        self._notify = notify
        self._middleware = middleware

    def start(self) -> None:
        """flumine is about to run. A client that was added after install() brought flumine's simulated matching, which
        has to come before us."""
        middlewares = self._reporter.framework._market_middleware
        if self._middleware in middlewares:
            middlewares.remove(self._middleware)
            middlewares.append(self._middleware)
        super().start()

    def run(self) -> None:
        return

    def process_event(self, event: Any) -> None:
        try:
            kind, reporter = event.EVENT_TYPE, self._reporter
            if kind == EventType.ORDER:
                reporter.answer(event.event)
            elif kind == EventType.CLOSE_MARKET:
                reporter.close(event)
            elif kind == EventType.CLEARED_ORDERS:
                reporter.clear_orders(event)
            elif kind == EventType.CLEARED_MARKETS:
                reporter.clear_markets(event)
            elif kind == EventType.BALANCE:
                reporter.balance(event.event)
            elif kind == EventType.TERMINATOR:
                self._notify.status(reporter.text())
                self._notify.stopping()
        except Exception as error:
            self._reporter.failed("process_event", error)


class _Middleware(Middleware):
    """Looks at each market when flumine has processed its newest book."""

    def __init__(self, framework: Any, reporter: Reporter, loop: Loop) -> None:
        self._framework = framework
        self._reporter = reporter
        self._loop = loop

    def __call__(self, market: Any) -> None:
        self._loop.book(market)
        self._reporter.look(market)

    def remove_market(self, market: Any) -> None:
        self._reporter.remove(market)


class _LogEvents(logging.Handler):
    """Errors of flumine and betfairlightweight become `error` events by logger, warnings notes; at most some a second.
    What is printed stays as it was: both loggers have a NullHandler, so logging prints nothing that nobody asked for."""

    def __init__(self, journal: Any) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal
        self._left, self._at = float(LOG_BURST), time.monotonic()
        self._skipped = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if not self._allowed():
                self._skipped += 1
                return
            text = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                text += f": {record.exc_info[1]!r}"
            if self._skipped:
                text, self._skipped = f"{text} (and {self._skipped} more before)", 0
            if record.levelno >= logging.ERROR:
                self._journal.error(record.name, text[:1000])
            else:
                self._journal.note(f"{record.name}: {text}"[:1000], "warning")
        except Exception:  # a log line that cannot be formatted is logging's to report
            self.handleError(record)

    def _allowed(self) -> bool:
        now = time.monotonic()
        self._left = min(float(LOG_BURST), self._left + (now - self._at) * LOG_PER_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _read_gate_when_sending(framework: Any, control: StewardGateControl, reporter: Reporter) -> None:
    """The last word before a package leaves: orders that were forced past the controls meet the gate here, and those that
    pass have their intent written."""
    send = framework.process_order_package

    def process_order_package(package: Any) -> Any:
        kind = package.package_type
        if not control.may_send(kind, package.client.VENUE):
            control.refused(len(package))
            package.reset_orders(complete=kind == OrderPackageType.PLACE)
            return None
        if kind == OrderPackageType.PLACE:
            reporter.send(package)
        return send(package)

    framework.process_order_package = process_order_package


def _stop_on_sigterm(framework: Any, loop: Loop) -> None:
    """A SIGTERM that nobody handles ends the framework after its present event, as a TerminationEvent does. Before the
    main loop turns (logging in, opening streams) it ends the process, as it did without us."""
    if framework.SIMULATED or threading.current_thread() is not threading.main_thread():
        return

    def stop(number: int, _: Any) -> None:
        if loop.turning:
            loop.stopping = True
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, stop)


def install(framework: Any, *, stale_seconds: float = STALE_SECONDS, log_errors: bool = True,
            journal: Any = None, gate: Any = None, notify: Any = None) -> None:
    """Puts `framework` (Flumine or FlumineSimulation) under Steward; call it once, before framework.run().

    `stale_seconds`: how long a stream may be silent, its heartbeats too, while markets are open, before the watchdog is
    no longer patted. `log_errors`: whether errors of flumine's and betfairlightweight's loggers are journalled."""
    if journal is None and not os.environ.get("STEWARD_JOURNAL"):
        logger.warning("this process was not started by Steward: nothing is journalled and no gate is read")
        return
    journal, gate, notify = journal or steward.journal, gate or steward.gate, notify or steward.notify
    reporter = Reporter(framework, journal)
    loop = Loop(framework, reporter, notify, stale_seconds)
    control = StewardGateControl(framework, gate, journal)
    framework.trading_controls.append(control)
    middleware = _Middleware(framework, reporter, loop)
    framework.add_market_middleware(middleware)
    framework.add_logging_control(StewardLoggingControl(reporter, notify, middleware))
    _read_gate_when_sending(framework, control, reporter)
    loop.attach()
    _stop_on_sigterm(framework, loop)
    if log_errors:
        handler = _LogEvents(journal)
        for name in ("flumine", "betfairlightweight"):
            logging.getLogger(name).addHandler(handler)
