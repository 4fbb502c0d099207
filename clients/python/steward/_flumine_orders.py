"""One flumine market as the journal tells it: its orders' lives, positions and profit. Told by the difference to what was
told before, so that it may look as often as it likes."""

from __future__ import annotations

import time
from typing import Any, Optional

from ._flumine_money import closing_price, pence, position, shares, worth

WORTH_EVERY_SECONDS = 1.0
ANSWER_SECONDS = 60.0  # an answer that takes longer is lost
NOTHING = (0.0, 0.0, 0.0, 0.0, 0.0)


class OrderRecord:
    """What the journal knows of one order."""

    __slots__ = ("order", "sent", "sent_at", "placed", "unknown", "over", "figures")

    def __init__(self, order: Any, sent: Any = None) -> None:
        self.order = order
        self.sent = sent  # a reading of the clock that times it; None: this process did not send it
        self.sent_at = time.monotonic()
        self.placed = self.unknown = self.over = False
        self.figures: tuple[float, ...] = NOTHING


def bet_id_of(order: Any) -> Optional[str]:
    if order.bet_id:
        return str(order.bet_id)
    bet_id = getattr(order.responses.current_order, "bet_id", None)  # of an order whose answer was lost
    return str(bet_id) if bet_id else None


def figures_of(order: Any) -> tuple[float, ...]:
    return (order.size_matched or 0.0, order.average_price_matched or 0.0, order.size_cancelled or 0.0,
            order.size_lapsed or 0.0, order.size_voided or 0.0)


def sizes_of(order: Any) -> dict[str, Any]:
    """size and size_remaining. An order at the starting price has a liability: of a BACK that is its size, of a LAY the
    size is known when it was matched."""
    kind = order.order_type
    liability = getattr(kind, "liability", None)
    if liability is None:
        size = getattr(kind, "size", None) or getattr(kind, "bet_target_size", None)
        return {"size": size, "size_remaining": 0.0 if order.complete else order.size_remaining}
    size = liability if order.side == "BACK" else (order.size_matched or None)
    return {"size": size, "size_remaining": 0.0 if order.complete or order.size_matched else liability}


def fields_of(order: Any, market: Any) -> dict[str, Any]:
    """All that order events may repeat (docs/formats/journal.md), so that each one heals what was lost before."""
    kind, matched = order.order_type, order.size_matched or 0.0
    return {"strategy": order.trade.strategy.name, "market_id": order.market_id,
            "market_type": market.market_type if market is not None else None,
            "selection_id": order.selection_id, "handicap": order.handicap or None, "side": order.side,
            "order_type": kind.ORDER_TYPE.name, "persistence_type": getattr(kind, "persistence_type", None),
            "price": getattr(kind, "price", None), **sizes_of(order), "size_matched": matched,
            "average_price_matched": order.average_price_matched if matched else None,
            "size_cancelled": order.size_cancelled or None, "size_lapsed": order.size_lapsed or None,
            "size_voided": order.size_voided or None, "simulated": True if order.simulated else None}


class MarketRecord:
    """What the journal knows of one market. Not thread safe: the reporter's lock is held by whoever calls."""

    def __init__(self, market: Any, journal: Any, clock: Any) -> None:
        self.market = market
        self.journal = journal
        self.clock = clock  # nanoseconds between two of its readings: clock.between(a, b)
        self.definition: Any = None
        self.opened = False
        self.orders: dict[str, OrderRecord] = {}
        self.live: dict[str, OrderRecord] = {}
        self.runners: dict[tuple[Any, ...], list[Any]] = {}  # (strategy, selection, handicap) → orders
        self.positions: dict[tuple[Any, ...], tuple[float, float]] = {}
        self.worth: dict[str, int] = {}  # pence, as told
        self.worth_due = 0.0
        self.commission = 0  # pence, of all clients
        self.cleared: dict[str, tuple[Optional[str], int]] = {}  # bet_id → (strategy, pence), as the exchange settled it
        self.placed_orders = 0

    # The market
    def look(self, every_order: bool = False) -> None:
        """Tells what changed since the last look. `every_order`: also those that had ended, which a withdrawal or the
        exchange may have changed."""
        book = self.market.market_book
        if book is None:
            return
        definition = (book.status, book.inplay, book.bet_delay, book.version)
        if definition != self.definition:
            if not self.opened:
                self.open()
            self.definition = definition
            self.journal.market_status(self.market.market_id, book.status, bool(book.inplay), bet_delay=book.bet_delay,
                                       version=book.version)
            every_order = True
        if self.market.blotter.active:
            self.look_at_orders(every_order)
            self.tell_worth()

    def open(self) -> None:
        self.opened = True
        definition = self.market.market_book.market_definition
        start = getattr(definition, "market_time", None)
        self.journal.market_opened(
            self.market.market_id, market_type=getattr(definition, "market_type", None),
            market_name=getattr(definition, "name", None) or getattr(self.market.market_catalogue, "market_name", None),
            event_name=getattr(definition, "event_name", None), venue=getattr(definition, "venue", None),
            market_time=int(start.timestamp() * 1_000_000_000) if start is not None else None)

    # Orders
    def send(self, order: Any, now: Any) -> None:
        """Writes the intent; the order is sent after this."""
        self.keep(OrderRecord(order, now))
        self.journal.event("order.intent", customer_order_ref=order.customer_order_ref, **fields_of(order, self.market))

    def keep(self, record: OrderRecord) -> OrderRecord:
        order = record.order
        self.orders[order.id] = self.live[order.id] = record
        self.runners.setdefault((order.trade.strategy.name, order.selection_id, order.handicap), []).append(order)
        return record

    def answer(self, order: Any, now: Any) -> None:
        """The exchange has the order."""
        record = self.orders.get(order.id)
        if record is None:  # the second half of a replacement
            record = self.keep(OrderRecord(order))
        if not record.placed:
            latency = self.clock.between(record.sent, now) if record.sent is not None else None
            self.tell_placed(record, latency)
        self.look_at(record)

    def tell_placed(self, record: OrderRecord, latency_ns: Optional[int] = None) -> None:
        record.placed = True
        self.placed_orders += 1
        self.tell("order.placed", record.order, latency_ns=latency_ns)

    def tell(self, kind: str, order: Any, **fields: Any) -> None:
        self.journal.event(kind, customer_order_ref=order.customer_order_ref, bet_id=bet_id_of(order),
                           **{**fields_of(order, self.market), **fields})

    def look_at_orders(self, every_order: bool) -> None:
        every_order = every_order or len(self.market.blotter) > len(self.orders)
        if every_order:
            for order in self.market.blotter:
                if order.id not in self.orders and order.bet_id:  # found at the exchange after a restart
                    self.keep(OrderRecord(order))
        for record in list((self.orders if every_order else self.live).values()):
            self.look_at(record)

    def look_at(self, record: OrderRecord) -> None:
        order = record.order
        if record.over or not (record.placed or self.is_placed(record)):
            return
        before, record.figures = record.figures, figures_of(order)
        if record.figures != before:
            for kind, index in (("order.voided", 4), ("order.cancelled", 2), ("order.lapsed", 3)):
                if record.figures[index] != before[index]:
                    self.tell(kind, order)
            if record.figures[:2] != before[:2]:
                if record.figures[0]:
                    self.tell("order.matched", order)
                self.tell_position((order.trade.strategy.name, order.selection_id, order.handicap), order)
        if order.complete and self.live.pop(order.id, None) is not None and not record.figures[0]:
            if not any(record.figures[2:]):  # a starting price that did not come
                self.tell("order.lapsed", order, size_lapsed=sizes_of(order)["size"])

    def is_placed(self, record: OrderRecord) -> bool:
        """Whether the exchange has an order that no answer told of; if not, what became of it."""
        order, response = record.order, record.order.responses.place_response
        status = getattr(response, "status", None)
        if bet_id_of(order):
            self.tell_placed(record)
            return True
        if status == "FAILURE":
            record.over = True
            self.live.pop(order.id, None)
            self.tell("order.rejected", order, error_code=getattr(response, "error_code", None), size_remaining=0.0)
        elif not record.unknown and (status == "TIMEOUT" or (status is None and self.is_overdue(record))):
            record.unknown = True
            self.tell("order.unknown", order)
        return False

    @staticmethod
    def is_overdue(record: OrderRecord) -> bool:
        """The request raised (flumine completes the order then), or nothing came for long. A simulation has no answers
        that get lost, and its clock may rest."""
        if record.order.simulated:
            return False
        return bool(record.order.complete) or time.monotonic() - record.sent_at > ANSWER_SECONDS

    # Money
    def tell_position(self, key: tuple[Any, ...], order: Any) -> None:
        each_way = self.market.market_type == "EACH_WAY"
        divisor = self.market.market_book.market_definition.each_way_divisor if each_way else None
        now = position(self.runners[key], divisor)
        if now == self.positions.get(key, (0.0, 0.0)):
            return
        self.positions[key] = now
        self.worth_due = 0.0
        strategy, selection_id, handicap = key
        self.journal.position(self.market.market_id, selection_id, *now, handicap=handicap or None, strategy=strategy,
                              simulated=True if order.simulated else None)

    def tell_worth(self) -> None:
        """The unrealized profit: at once when a position changed, else once a second."""
        if not self.positions or self.market.closed:
            return
        now = time.monotonic()
        if now < self.worth_due or self.market.market_book.status != "OPEN":
            return
        self.worth_due = now + WORTH_EVERY_SECONDS
        runners = {(runner.selection_id, runner.handicap): runner for runner in self.market.market_book.runners}
        sums: dict[str, float] = {}
        for (strategy, selection_id, handicap), (win, lose) in self.positions.items():
            runner = runners.get((selection_id, handicap))
            price = closing_price(runner, win > lose) if runner is not None else None
            sums[strategy] = sums.get(strategy, 0.0) + worth(win, lose, price)
        for strategy, value in sums.items():
            if self.worth.get(strategy, 0) != pence(value):
                self.worth[strategy] = pence(value)
                self.tell_pnl(strategy, unrealized=round(value, 2))

    def tell_pnl(self, strategy: str, **amounts: float) -> None:
        order = next((orders[0] for key, orders in self.runners.items() if key[0] == strategy), None)
        details = getattr(getattr(order, "client", None), "account_details", None)
        self.journal.pnl(self.market.market_id, strategy=strategy, **amounts,
                         currency=getattr(details, "currency_code", None),
                         simulated=True if order is not None and order.simulated else None)

    # The end
    @property
    def matched(self) -> bool:
        return any(record.figures[0] for record in self.orders.values())

    def clear(self, cleared: Any, strategy: Optional[str]) -> None:
        """The exchange settled a bet; `strategy` None: it is not of this framework."""
        profit = pence(cleared.profit or 0.0)
        known = self.cleared.get(cleared.bet_id)
        self.cleared[cleared.bet_id] = (strategy, profit)
        if strategy is not None and known is None:
            self.journal.order_settled(cleared.customer_order_ref, cleared.profit or 0.0, bet_id=cleared.bet_id,
                                       market_id=cleared.market_id, strategy=strategy)

    def settle_cleared(self) -> dict[str, int]:
        """All bets of the market are cleared; the same bets of an earlier run among them."""
        profits: dict[Any, int] = {}
        for strategy, profit in self.cleared.values():
            profits[strategy] = profits.get(strategy, 0) + profit
        return self.settle(profits)

    def close_simulated(self) -> dict[str, int]:
        """flumine has settled the market in this process. Returns each strategy's profit less commission, in pence."""
        self.look_at_orders(True)
        profits: dict[str, int] = {}
        for record in self.orders.values():
            order, strategy = record.order, record.order.trade.strategy.name
            if record.over or not record.placed:
                continue
            sizes = sizes_of(order)
            if not order.complete and sizes["size_remaining"]:  # the exchange lapses what remains
                self.tell("order.lapsed", order, size_remaining=0.0,
                          size_lapsed=round((order.size_lapsed or 0.0) + sizes["size_remaining"], 2))
            if order.size_matched:
                profits[strategy] = profits.get(strategy, 0) + pence(order.profit)
                self.tell("order.settled", order, profit=order.profit, size_remaining=0.0)
        result, self.commission = self.settle(profits), 0
        return result

    def settle(self, profits: dict[Any, int]) -> dict[str, int]:
        split = shares(self.commission, profits) if profits else {}
        for strategy, profit in profits.items():
            if strategy is not None:
                self.tell_pnl(strategy, realized=profit / 100, unrealized=0.0, commission=split[strategy] / 100)
        self.journal.market_closed(self.market.market_id)
        self.opened, self.definition = False, None
        return {strategy: profit - split[strategy] for strategy, profit in profits.items() if strategy is not None}
