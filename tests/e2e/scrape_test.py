"""`scrape = URL`: a bot that only has a prometheus_client endpoint shows its series, and its orders as if journalled."""
# ctest: TIMEOUT 600

import os
import unittest

from dashboard_test import Browser
from steward_e2e import System, bot, free_port, kill, main, program, tool, total, venv_python, wait

# Trades nothing, but says what a bot with prometheus_client says.
METERED = """
import os, time
from prometheus_client import Counter, Gauge, Histogram, start_http_server
orders = Counter('orders_placed_total', 'Orders', ['strategy', 'market_type'])
latency = Histogram('order_placement_duration_seconds', 'Latency', buckets=(0.01, 0.1, 1))
positions = Gauge('active_positions', 'Positions', ['strategy'])
profit = Gauge('unrealized_pnl', 'Profit', ['strategy'])
Counter('polls_total', 'Polls', ['venue']).labels('Ascot').inc(7)
Gauge('bot', 'What it thinks of itself', ['bot']).labels('me').set(1.5)
for order in range(3):
    orders.labels('momentum', 'WIN').inc()
    latency.observe(0.05)
positions.labels('momentum').set(2)
profit.labels('momentum').set(-3.25)
start_http_server(int(os.environ['PORT']), '127.0.0.1')
while True:
    time.sleep(0.1)
"""


class ScrapeTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        port = free_port()
        self.system = System(bot("metered", [venv_python("prometheus_client"), "-c", METERED], environment={"PORT": str(port)},
                                 scrape=f"http://127.0.0.1:{port}/metrics"))
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.up()

    def orders(self):
        return self.system.metric("orders_placed_total", strategy="momentum", market_type="WIN")

    def test_its_orders_count_as_journalled_and_never_fall(self):
        wait(lambda: self.orders() == 3, 60, "its three orders")
        metrics = self.system.metrics()
        self.assertEqual(total(metrics, "active_positions", strategy="momentum"), 2)
        self.assertEqual(total(metrics, "unrealized_pnl", strategy="momentum"), -3.25)
        self.assertEqual(total(metrics, "order_placement_duration_seconds_count"), 3)
        self.assertEqual(total(metrics, "order_placement_duration_seconds_bucket", le="0.1"), 3)
        self.assertEqual(total(metrics, "steward_bot_scrape_up", bot="metered"), 1)
        self.assertEqual(total(metrics, "daily_pnl", strategy="momentum"), -3.25)
        shown = self.system.bot("metered")
        self.assertEqual((shown["orders"], shown["unrealized"], shown["daily_pnl"]), (3, -3.25, -3.25))
        self.assertIn("-£3.25", self.system.run("status").stdout)
        kill(self.system.wait_state("metered", "ready")["pid"])
        wait(self.six_and_never_less, 120, "the three of its next life to be added")
        kill(wait(self.system.agent_pid, 30, "the agent's process"))
        wait(lambda: self.orders() == 6, 60, "the same number from the next agent")

    def test_its_numbers_are_on_the_dashboard(self):
        wait(lambda: self.orders() == 3, 60, "its three orders")
        numbers = {"total_orders": 3, "active_positions": 2, "unrealized_pnl": -3.25, "daily_pnl": -3.25}
        self.assertLessEqual(numbers.items(), self.system.get_json("/metrics").items())
        state = self.system.get_json("/api/v1/state")
        self.assertLessEqual(numbers.items(), state["totals"].items())
        (row,) = state["bots"]
        self.assertEqual((row["orders"], row["active_positions"], row["unrealized"]), (3, 2, -3.25))
        browser = Browser(tool("chromium"), self.system.dashboard_url + "/dashboard")
        self.addCleanup(browser.close)
        page = "document.body?.innerText ?? ''"
        wait(lambda: (shown := browser.value(page) or "") and all(
            text in shown for text in ("metered", "2 positions", "3.25")), 60, lambda: browser.value(page))

    def six_and_never_less(self):
        orders = self.orders()
        self.assertIn(orders, (3, 6))
        return orders == 6

    def test_its_own_series_keep_their_names(self):
        wait(lambda: self.system.metric("polls_total", venue="Ascot", bot="metered") == 7, 60, "polls_total")
        self.assertEqual(self.system.metric("bot", bot="metered", exported_bot="me"), 1.5)

    def test_an_endpoint_that_is_gone_is_said(self):
        wait(lambda: self.orders() == 3, 60, "its three orders")
        os.kill(self.system.bot("metered")["pid"], 19)  # SIGSTOP: alive, ready, and deaf
        wait(lambda: self.system.metric("steward_bot_scrape_up", bot="metered") == 0, 60, "the scrape to fail")
        wait(lambda: any("metered cannot be scraped" in reason
                         for reason in self.system.health().get("reasons", ())), 60, "/health to say so")
        self.assertEqual(self.orders(), 3)
        os.kill(self.system.bot("metered")["pid"], 18)
        wait(lambda: self.system.health().get("status") == "healthy", 120, "healthy again")


if __name__ == "__main__":
    main()
