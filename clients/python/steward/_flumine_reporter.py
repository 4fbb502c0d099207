"""What flumine does, as journal events. Called from flumine's main loop, its execution threads and its workers: a lock of
some microseconds keeps each market's events in order. Nothing is raised into flumine; failures are counted and journalled."""

from __future__ import annotations

import functools
import threading
import time
from typing import Any, Callable, Optional

from flumine import config
from flumine.utils import STRATEGY_NAME_HASH_LENGTH

from ._flumine_money import pence
from ._flumine_orders import MarketRecord

TELL_FAILURE_EVERY_SECONDS = 10.0


class RealClock:
    """Times answers of the exchange, and of a paper one, which takes its time too."""

    now = staticmethod(time.monotonic_ns)

    @staticmethod
    def between(begin: int, end: int) -> int:
        return end - begin


class SimulatedClock:
    """The time of flumine's simulation: the newest book's publish time."""

    @staticmethod
    def now() -> Any:
        return config.current_time

    @staticmethod
    def between(begin: Any, end: Any) -> int:
        return max(0, round((end - begin).total_seconds() * 1_000_000) * 1000)


def guarded(method: Callable[..., Any]) -> Callable[..., None]:
    """A method that flumine calls: whatever goes wrong in it is counted and told, never raised."""

    @functools.wraps(method)
    def call(self: Any, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception as error:
            self.failed(method.__name__, error)

    return call


class Reporter:
    def __init__(self, framework: Any, journal: Any) -> None:
        self.framework = framework
        self.journal = journal
        self.clock = SimulatedClock if framework.SIMULATED else RealClock
        self.failures = 0
        self.last_error: Optional[BaseException] = None
        self.settled_markets = self.placed_before = 0
        self.profit = 0  # pence, less commission
        self._markets: dict[str, MarketRecord] = {}
        self._lock = threading.RLock()
        self._tell_failure_after = 0.0

    def failed(self, what: str, error: BaseException) -> None:
        self.failures += 1
        self.last_error = error
        now = time.monotonic()
        if now >= self._tell_failure_after:
            self._tell_failure_after = now + TELL_FAILURE_EVERY_SECONDS
            self.journal.error("steward_flumine", f"{what}: {error!r} ({self.failures} failures in this run)"[:500])

    @property
    def placed_orders(self) -> int:
        return self.placed_before + sum(record.placed_orders for record in list(self._markets.values()))

    @property
    def open_markets(self) -> int:
        return sum(1 for record in list(self._markets.values()) if record.opened)

    def record_of(self, market: Any) -> MarketRecord:
        record = self._markets.get(market.market_id)
        if record is None:
            record = self._markets[market.market_id] = MarketRecord(market, self.journal, self.clock)
        record.market = market
        return record

    # From the main loop
    @guarded
    def look(self, market: Any) -> None:
        with self._lock:
            self.record_of(market).look()

    @guarded
    def look_at_all(self, every_order: bool) -> None:
        """After an update of orders, at those that are live; and at all once a second while nothing happens."""
        for market in self.framework.markets:
            if market.blotter.active and not market.closed:
                with self._lock:
                    self.record_of(market).look(every_order)

    @guarded
    def send(self, package: Any) -> None:
        """Before a package of new orders leaves: their intents."""
        market = self.framework.markets.markets.get(package.market_id)
        now = self.clock.now()
        with self._lock:
            record = self.record_of(market)
            if not record.opened:
                record.look()
            for order in package:
                record.send(order, now)

    @guarded
    def close(self, event: Any) -> None:
        """flumine has closed the market. A simulated one is settled by now; the exchange settles a real one later."""
        market_id = event.event["id"] if isinstance(event.event, dict) else event.event.market_id
        market = self.framework.markets.markets.get(market_id)
        with self._lock:
            record = self.record_of(market)
            if self.framework.clients.simulated:
                self.settled(record.close_simulated())
            else:
                record.look(every_order=True)
                if not record.matched:
                    record.settle({})

    @guarded
    def remove(self, market: Any) -> None:
        """flumine forgets the market."""
        with self._lock:
            record = self._markets.pop(market.market_id, None)
            if record is None:
                return
            self.placed_before += record.placed_orders
            if record.opened:
                record.settle({})
                self.journal.note(f"market {market.market_id} was forgotten before the exchange settled it", "warning")

    # From anywhere
    @guarded
    def answer(self, order: Any) -> None:
        now = self.clock.now()
        market = self.framework.markets.markets.get(order.market_id)
        with self._lock:
            self.record_of(market).answer(order, now)

    @guarded
    def clear_orders(self, event: Any) -> None:
        """A page of bets that the exchange settled, also those of earlier runs."""
        if isinstance(event.event, list):
            return  # BETDAQ: told by its orders
        market = self.framework.markets.markets.get(event.event.market_id)
        if market is None:
            return
        hashes = self.framework.strategies.hashes
        with self._lock:
            record = self.record_of(market)
            for cleared in event.event.orders:
                ref = cleared.customer_order_ref or ""
                strategy = hashes.get(ref[:STRATEGY_NAME_HASH_LENGTH])
                record.clear(cleared, strategy.name if strategy is not None else None)

    @guarded
    def clear_markets(self, event: Any) -> None:
        """What the exchange, or the simulation, made of a market for one client: its commission."""
        for cleared in event.event.orders:
            market = self.framework.markets.markets.get(cleared.market_id)
            if market is None:
                continue
            with self._lock:
                record = self.record_of(market)
                record.commission += pence(cleared.commission or 0.0)
                if not self.framework.clients.simulated:
                    self.settled(record.settle_cleared())

    def settled(self, profits: dict[str, int]) -> None:
        self.settled_markets += 1
        self.profit += sum(profits.values())

    @guarded
    def balance(self, client: Any) -> None:
        funds = client.account_funds
        for name, value in (("account_available_to_bet", funds.available_to_bet_balance),
                            ("account_exposure", funds.exposure)):
            if value is not None:
                self.journal.metric(name, value, labels={"venue": client.VENUE.value})

    def text(self) -> str:
        """One line for people."""
        return (f"{self.open_markets} markets, {self.placed_orders} orders placed, {self.settled_markets} markets settled, "
                f"profit {self.profit / 100:.2f}")
