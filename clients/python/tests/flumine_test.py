"""steward.flumine on flumine's live framework with an exchange of our own: answers, refusals, lost answers, settlement, the
gate, streams that fall silent; and whatever goes wrong in it, flumine does not notice."""

import datetime
import json
import logging
import os
import sys
import tempfile
import time
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, "..", "..", "..", "build", "venv", "bin", "python")
try:
    import flumine  # noqa: F401
except ImportError:
    if os.access(VENV, os.X_OK) and os.environ.get("STEWARD_IN_VENV") != "1":
        os.environ["STEWARD_IN_VENV"] = "1"
        os.execv(VENV, [VENV, os.path.abspath(__file__), *sys.argv[1:]])
    print("skipped: flumine is not in build/venv (./dev test installs it from PyPI)")
    sys.exit(77)

sys.path.insert(0, os.path.join(HERE, ".."))
import steward  # noqa: E402
import steward.flumine  # noqa: E402
from flumine import Flumine, clients  # noqa: E402
from flumine.events import events  # noqa: E402
from flumine.order.order import OrderStatus  # noqa: E402
from flumine.order.ordertype import LimitOrder  # noqa: E402
from flumine.order.trade import Trade  # noqa: E402
from flumine.strategy.strategy import BaseStrategy  # noqa: E402
from flumine.streams.marketstream import MarketStream  # noqa: E402
from steward import _flumine_loop, _flumine_money  # noqa: E402


def runner(selection_id, back, lay):
    return types.SimpleNamespace(selection_id=selection_id, handicap=0, status="ACTIVE", last_price_traded=back,
                                 ex=types.SimpleNamespace(available_to_back=[{"price": back, "size": 10}],
                                                          available_to_lay=[{"price": lay, "size": 10}]))


def book(status="OPEN", inplay=False, version=1, runners=()):
    definition = types.SimpleNamespace(
        market_type="WIN", name="5f Hcap", event_name="Ascot", venue="Ascot", event_id="1", event_type_id="7",
        country_code="GB", race_type=None, each_way_divisor=None,
        market_time=datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))
    return types.SimpleNamespace(
        market_id="1.1", status=status, inplay=inplay, bet_delay=0, version=version, streaming_snap=False,
        streaming_unique_id=7, publish_time=datetime.datetime.now(datetime.timezone.utc),
        publish_time_epoch=time.time() * 1000, runners=list(runners) or [runner(11, 3.0, 3.2), runner(12, 4.0, 4.2)],
        market_definition=definition, number_of_winners=1)


class Exchange:
    """What betting_client.betting is to flumine's execution."""

    def __init__(self):
        self.answers = []
        self.sent = []

    def place_orders(self, instructions, **_):
        self.sent += instructions
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return types.SimpleNamespace(place_instruction_reports=[answer], elapsed_time=0.1, _data={})

    def cancel_orders(self, instructions, **_):
        report = types.SimpleNamespace(status="SUCCESS", error_code=None, size_cancelled=2.0,
                                       instruction=types.SimpleNamespace(bet_id=instructions[0]["betId"]))
        return types.SimpleNamespace(cancel_instruction_reports=[report], elapsed_time=0.1, _data={})


def report(status, bet_id=None, error_code=None):
    return types.SimpleNamespace(status=status, bet_id=bet_id, error_code=error_code, order_status="EXECUTABLE",
                                 size_matched=0.0, average_price_matched=0.0, placed_date=None)


def current(order, status="EXECUTABLE", **sizes):
    """The order as the exchange's order stream has it."""
    known = {"size_matched": 0.0, "average_price_matched": 0.0, "size_remaining": 2.0, "size_cancelled": 0.0,
             "size_lapsed": 0.0, "size_voided": 0.0, **sizes}
    return types.SimpleNamespace(customer_order_ref=order.customer_order_ref, market_id="1.1", bet_id=order.bet_id,
                                 customer_strategy_ref=None, status=status, placed_date=None, **known)


class FlumineCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path, self.gate_path = os.path.join(folder.name, "journal"), os.path.join(folder.name, "gate")
        open(self.path, "w", encoding="utf-8").close()
        self.set_gate("open 1\n")
        self.exchange = Exchange()
        betting = types.SimpleNamespace(betting=self.exchange, username="user")
        self.client = clients.BetfairClient(betting, order_stream=False, min_bet_validation=False)
        self.client.account_details = types.SimpleNamespace(currency_code="GBP")
        self.framework = Flumine(client=self.client)
        self.strategy = BaseStrategy(market_filter={}, name="racing", max_live_trade_count=100)
        self.framework.strategies(self.strategy, self.framework.clients, self.framework)
        self.journal = steward.Journal(self.path)
        self.notify = RecordingNotify()
        steward.flumine.install(self.framework, journal=self.journal, gate=steward.Gate(self.gate_path),
                                notify=self.notify)
        self.addCleanup(self.take_log_handlers_off)
        self.loop = self.framework.handler_queue.get.__self__
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    @staticmethod
    def take_log_handlers_off():
        for name in ("flumine", "betfairlightweight"):
            for handler in list(logging.getLogger(name).handlers):
                if not isinstance(handler, logging.NullHandler):
                    logging.getLogger(name).removeHandler(handler)

    def set_gate(self, text):
        with open(self.gate_path, "w", encoding="utf-8") as file:
            file.write(text)

    def events(self, *types_):
        with open(self.path, encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
        return [event for event in found if not types_ or event["type"] in types_]

    def types(self):
        return [event["type"] for event in self.events() if event["type"] != "stream"]

    def happens(self, event):
        """What flumine's main loop does with an event."""
        self.framework.handler_queue.put(event)
        self.assertIs(self.framework.handler_queue.get(), event)
        {"MarketBook": self.framework._process_market_books, "CurrentOrders": self.framework._process_current_orders,
         "ClosedMarket": self.framework._process_close_market, "Closed market": self.framework._process_close_market,
         "ClearedOrders": self.framework._process_cleared_orders,
         "ClearedMarkets": self.framework._process_cleared_markets}[event.EVENT_TYPE.value](event)
        self.loop.turn()

    def market(self, **fields):
        self.happens(events.MarketBookEvent([book(**fields)]))
        return self.framework.markets.markets["1.1"]

    def place(self, answer, price=3.0, side="BACK", **options):
        self.exchange.answers.append(answer)
        market = self.market()
        order = Trade("1.1", 11, 0, self.strategy).create_order(side=side, order_type=LimitOrder(price=price, size=2.0))
        self.placed = market.place_order(order, **options)
        self.wait(lambda: not self.exchange.answers or not steward.Gate(self.gate_path).is_open())
        self.settle_threads()
        self.loop.turn()
        return order

    def settle_threads(self):
        pool = self.framework.betfair_execution._thread_pool
        pool.submit(lambda: None).result(5)
        self.wait(lambda: pool._work_queue.empty())

    def wait(self, condition):
        end = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.001)

    def told(self, kind):
        self.wait(lambda: self.loop.turn() or self.events(kind))
        return self.events(kind)


class RecordingNotify:
    failures, last_error = 0, None

    def __init__(self):
        self.pats = 0
        self.said = []

    def ready(self):
        self.said.append("ready")

    def watchdog(self):
        self.pats += 1

    def status(self, text):
        self.said.append(text)

    def stopping(self):
        self.said.append("stopping")


class OrdersTest(FlumineCase):
    def test_an_orders_life(self):
        order = self.place(report("SUCCESS", "b1"))
        (placed,) = self.told("order.placed")
        self.assertEqual((placed["bet_id"], placed["customer_order_ref"], placed["strategy"], placed["market_type"]),
                         ("b1", order.customer_order_ref, "racing", "WIN"))
        self.assertGreater(placed["latency_ns"], 0)
        self.assertNotIn("simulated", placed)
        orders = types.SimpleNamespace(client=self.client, orders=[
            current(order, size_matched=1.0, average_price_matched=3.0, size_remaining=1.0)])
        self.happens(events.CurrentOrdersEvent([orders]))
        (matched,) = self.events("order.matched")
        self.assertEqual((matched["size_matched"], matched["average_price_matched"], matched["size_remaining"]), (1, 3, 1))
        (position,) = self.events("position")
        self.assertEqual((position["selection_id"], position["if_win"], position["if_lose"]), (11, 2.0, -1.0))
        self.assertEqual(self.events("pnl")[-1]["unrealized"], round(-1 + 3 / 3.2, 2))
        orders.orders = [current(order, "EXECUTION_COMPLETE", size_matched=1.0, average_price_matched=3.0,
                                 size_remaining=0.0, size_cancelled=1.0)]
        self.happens(events.CurrentOrdersEvent([orders]))
        self.assertEqual(self.events("order.cancelled")[0]["size_cancelled"], 1)
        self.assertEqual(len(self.events("order.matched")), 1, "told once")
        intent = self.types().index("order.intent")
        self.assertLess(intent, self.types().index("order.placed"))
        self.assertEqual(self.journal.failures, 0)

    def test_an_order_found_at_the_exchange_after_a_restart(self):
        market = self.market()
        trade = Trade("1.1", 11, 0, self.strategy)
        order = trade.create_order(side="BACK", order_type=LimitOrder(price=3.0, size=2.0))
        order.update_client(self.client)
        order.bet_id = "b7"
        market.blotter[order.id] = order
        order.placing()
        orders = types.SimpleNamespace(client=self.client, orders=[
            current(order, size_matched=1.0, average_price_matched=3.0, size_remaining=1.0)])
        self.happens(events.CurrentOrdersEvent([orders]))
        self.assertEqual(self.types()[-4:], ["order.placed", "order.matched", "position", "pnl"])

    def test_a_refusal(self):
        self.place(report("FAILURE", error_code="INSUFFICIENT_FUNDS"))
        self.assertEqual(self.told("order.rejected")[0]["error_code"], "INSUFFICIENT_FUNDS")
        self.assertEqual(self.events("order.placed", "order.unknown"), [])

    def test_a_timeout_is_unknown_until_the_exchange_shows_it(self):
        order = self.place(report("TIMEOUT"))
        self.assertEqual(len(self.told("order.unknown")), 1)
        self.loop.turn()
        self.assertEqual(len(self.events("order.unknown")), 1)
        known = current(order)
        known.bet_id = "b9"
        order.update_current_order(known)
        self.assertEqual(self.told("order.placed")[0]["bet_id"], "b9")

    def test_a_lost_answer_is_unknown(self):
        order = self.place(ConnectionError("reset by peer"))
        self.assertEqual(order.status, OrderStatus.PENDING)
        self.assertEqual(self.events("order.unknown"), [], "it may still come")
        record = self.loop._reporter._markets["1.1"].orders[order.id]
        record.sent_at -= 100
        self.assertEqual(len(self.told("order.unknown")), 1)

    def test_a_market_from_its_opening_to_the_exchanges_settlement(self):
        order = self.place(report("SUCCESS", "b1"))
        self.told("order.placed")
        matched = current(order, "EXECUTION_COMPLETE", size_matched=2.0, average_price_matched=3.0, size_remaining=0.0)
        self.happens(events.CurrentOrdersEvent([types.SimpleNamespace(client=self.client, orders=[matched])]))
        self.market(status="SUSPENDED", version=2)
        self.happens(events.CloseMarketEvent(book(status="CLOSED", version=3)))
        self.assertEqual(self.events("market.closed"), [], "there is money to be settled first")
        other = "0" * 13 + "-9"
        orders = [types.SimpleNamespace(bet_id=bet, customer_order_ref=ref, profit=profit, market_id="1.1")
                  for bet, ref, profit in (("b1", order.customer_order_ref, 4.0), ("b2", other, 6.0),
                                           ("b0", f"{self.strategy.name_hash}-of-an-earlier-run", 10.0))]
        cleared = events.ClearedOrdersEvent(types.SimpleNamespace(market_id="1.1", orders=orders))
        self.framework.log_control(cleared)
        self.happens(cleared)
        self.happens(events.ClearedMarketsEvent(types.SimpleNamespace(orders=[
            types.SimpleNamespace(market_id="1.1", profit=20.0, commission=1.0, bet_count=3)])))
        self.assertEqual({event["customer_order_ref"]: event["profit"] for event in self.events("order.settled")},
                         {order.customer_order_ref: 4.0, f"{self.strategy.name_hash}-of-an-earlier-run": 10.0})
        pnl = self.events("pnl")[-1]
        self.assertEqual((pnl["realized"], pnl["unrealized"], pnl["commission"], pnl["currency"]), (14.0, 0.0, 0.7, "GBP"))
        self.assertEqual(self.types()[-1], "market.closed")
        self.assertEqual([(e["status"], e["version"]) for e in self.events("market.status")],
                         [("OPEN", 1), ("SUSPENDED", 2), ("CLOSED", 3)])
        self.assertEqual(self.events("market.opened")[0]["market_time"], 1767312000000000000)

    def test_a_market_without_bets_closes_at_once(self):
        self.market()
        self.happens(events.CloseMarketEvent(book(status="CLOSED", version=3)))
        self.assertEqual(self.types()[-1], "market.closed")
        self.assertEqual(self.events("error"), [])


class GateTest(FlumineCase):
    def test_new_orders_are_refused_and_cancels_go_through(self):
        order = self.place(report("SUCCESS", "b1"))
        self.told("order.placed")
        self.set_gate("closed 2 odd prices\n")
        refused = self.place(report("SUCCESS", "b2"))
        self.assertFalse(self.placed)
        self.assertEqual(refused.status, OrderStatus.VIOLATION)
        self.assertIn("odd prices", refused.violation_msg)
        market = self.framework.markets.markets["1.1"]
        order.executable()
        self.assertFalse(market.replace_order(order, 4.0))
        self.assertTrue(market.cancel_order(order))
        self.assertEqual(len(self.exchange.sent), 1)
        self.assertEqual(len(self.events("order.intent")), 1)
        self.assertEqual(self.events("metric")[-1]["value"], 2)
        self.assertEqual(len(self.events("note")), 1, "said once")

    def test_forced_orders_meet_the_gate_too(self):
        self.set_gate("closed 2 odd prices\n")
        self.place(report("SUCCESS", "b1"), force=True)
        self.assertEqual(self.exchange.sent, [])
        self.assertEqual(self.events("order.intent", "order.placed", "order.unknown"), [])
        self.assertFalse(self.framework.markets.live_orders and self.framework.markets.markets["1.1"].blotter._live_orders[0]
                         .status in (OrderStatus.PENDING, OrderStatus.EXECUTABLE))


class PulseTest(FlumineCase):
    def stream(self, **fields):
        inner = types.SimpleNamespace(_clk=None, time_updated=0, _updates_processed=0)
        stream = MarketStream(self.framework, stream_id=7, market_filter={}, client=self.client)
        stream._listener.stream = inner
        self.framework.streams._streams.append(stream)
        return inner

    def pats(self, now):
        before = self.notify.pats
        self.loop.pat(now)
        return self.notify.pats > before

    def test_ready_when_the_stream_has_spoken(self):
        inner = self.stream()
        self.loop.pat(1000.0)
        self.assertEqual((self.notify.pats, "ready" in self.notify.said), (0, False))
        self.assertIn("waiting for the first message", self.notify.said[-1])
        inner._clk, inner.time_updated = "AAA", 1
        self.loop.pat(1001.0)
        self.assertEqual((self.notify.pats, "ready" in self.notify.said), (1, True))

    def test_a_silent_stream_matters_while_a_market_is_open(self):
        inner, now = self.stream(), time.monotonic() + 1000
        inner._clk = "AAA"
        self.assertTrue(self.pats(now))
        self.assertTrue(self.pats(now + 1000), "no market is open")
        self.market()
        inner.time_updated = 1
        self.assertTrue(self.pats(now + 2000))
        self.assertTrue(self.pats(now + 2020))
        self.assertFalse(self.pats(now + 2021))
        self.assertTrue(any("silent for 21 s" in text for text in self.notify.said))
        inner.time_updated = 2  # a heartbeat
        self.assertTrue(self.pats(now + 2021))
        inner._clk, inner.time_updated = None, 3  # a new connection that says nothing yet
        self.assertFalse(self.pats(now + 2050))
        self.happens(events.CloseMarketEvent(book(status="CLOSED")))
        self.assertTrue(self.pats(now + 2050))

    def test_updates_that_never_reach_the_loop_matter(self):
        inner = self.stream()
        inner._clk = "AAA"
        self.market()
        now = time.monotonic()
        inner._updates_processed = 5
        for seconds in range(0, 20, 5):
            inner.time_updated += 1
            self.assertTrue(self.pats(now + seconds))
        inner.time_updated += 1
        self.assertFalse(self.pats(now + 25))

    def test_a_stream_that_we_cannot_read_does_not_stop_the_pats(self):
        self.stream()
        del self.framework.streams._streams[-1]._listener
        self.assertTrue(self.pats(1000.0))
        self.assertEqual(len(self.events("error")), 1)

    def test_a_new_connection_counts_its_updates_anew(self):
        inner = self.stream()
        inner._clk, inner._updates_processed = "AAA", 5
        self.market()
        inner._updates_processed, now = 0, time.monotonic()
        inner.time_updated = 1
        self.assertTrue(self.pats(now + 100))

    def test_the_idle_loop_turns_and_sigterm_ends_it(self):
        self.assertEqual(_flumine_loop.IDLE_SECONDS, 1.0)
        self.loop.stopping = True
        self.assertEqual(self.framework.handler_queue.get().EVENT_TYPE.name, "TERMINATOR")


class HarmlessTest(FlumineCase):
    def test_what_fails_in_us_is_counted_told_and_not_raised(self):
        market = self.market()
        market.market_book.market_definition.market_time = "not a time"
        reporter = self.loop._reporter
        reporter._markets.clear()
        self.happens(events.CurrentOrdersEvent([]))
        reporter.look(market)
        reporter.look(market)
        reporter.answer(None)
        self.assertGreaterEqual(reporter.failures, 2)
        errors = self.events("error")
        self.assertEqual((len(errors), errors[0]["code"]), (1, "steward_flumine"))

    def test_a_journal_that_cannot_be_written_is_said_in_the_status(self):
        os.remove(self.path)
        self.place(report("SUCCESS", "b1"))
        self.assertGreater(self.journal.failures, 0)
        self.loop._report_due = 0
        self.loop.turn()
        self.assertIn("journal cannot be written", self.notify.said[-1])

    def test_logged_errors_are_journalled_and_bounded(self):
        logging.disable(logging.NOTSET)
        log = logging.getLogger("flumine.streams.marketstream")
        log.warning("Latency high: %s", 3)
        for number in range(1000):
            log.error("MarketStream %s run error", number)
        self.assertEqual(self.events("note")[0]["text"], "flumine.streams.marketstream: Latency high: 3")
        errors = self.events("error")
        self.assertEqual(errors[0]["code"], "flumine.streams.marketstream")
        self.assertLess(len(errors), 40)

    def test_without_steward_nothing_is_installed(self):
        framework = Flumine(client=clients.BetfairClient(types.SimpleNamespace(username="u"), order_stream=False))
        self.assertNotIn("STEWARD_JOURNAL", os.environ)
        steward.flumine.install(framework)
        self.assertEqual((framework._logging_controls, len(framework.trading_controls)), ([], 3))
        self.assertNotIn("get", vars(framework.handler_queue))


class MoneyTest(unittest.TestCase):
    @staticmethod
    def bet(side, size, price):
        return types.SimpleNamespace(side=side, size_matched=size, average_price_matched=price, order_type=None)

    def test_positions(self):
        bets = [self.bet("BACK", 2.0, 3.0), self.bet("LAY", 1.0, 2.0), self.bet("BACK", 0.0, 0.0)]
        self.assertEqual(_flumine_money.position(bets), (3.0, -1.0))
        self.assertEqual(_flumine_money.position([self.bet("BACK", 2.0, 5.0)], 4.0), (10.0, -4.0))

    def test_worth_is_what_closing_leaves_as_steward_trade_reckons(self):
        self.assertAlmostEqual(_flumine_money.worth(8.0, -4.0, 3.2), -0.25)
        self.assertAlmostEqual(_flumine_money.worth(-8.0, 4.0, 3.0), 0.0)
        self.assertEqual(_flumine_money.worth(8.0, -4.0, None), -4.0)

    def test_commission_is_shared_by_winners_to_the_penny(self):
        self.assertEqual(_flumine_money.shares(100, {"a": 200, "b": -50, "c": 100}), {"a": 67, "b": 0, "c": 33})
        self.assertEqual(_flumine_money.shares(7, {"a": 0, "b": 0}), {"a": 7, "b": 0})
        self.assertEqual(sum(_flumine_money.shares(101, {n: n for n in range(1, 8)}).values()), 101)


if __name__ == "__main__":
    unittest.main()
