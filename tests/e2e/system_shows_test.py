"""`steward up` with two strategies on synthetic markets and the Python example: their numbers are visible in
every place that shows them, to people, to Prometheus and to programs."""
# ctest: TIMEOUT 600

import json
import os
import subprocess
import unittest

from steward_e2e import (SOURCE, System, bot, free_port, http_get, main, program, strategy_bot, tool, total, wait)

BOTS = ("back-favourite", "lay-the-drifter", "python-example")


def three_bots():
    example = ["python3", "-u", os.path.join(SOURCE, "clients/python/example_bot.py")]
    return (strategy_bot("back-favourite", "back-favourite", 7) + strategy_bot("lay-the-drifter", "lay-the-drifter", 11)
            + bot("python-example", example, gate=True, watchdog="30s"))


class ShowsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program("steward")
        cls.system = System(three_bots())
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.up()

    def text(self, **headers):
        return http_get(self.system.metrics_url + "/metrics", headers=headers)

    def orders_of(self, name):
        return self.system.metric("orders_placed_total", strategy=name) or 0

    def test_every_bot_places_orders_that_prometheus_can_see(self):
        for name in BOTS:
            wait(lambda name=name: self.orders_of(name) > 0, 120, f"orders_placed_total of {name}")
            self.assertEqual(self.system.metric("steward_bot_up", bot=name), 1)

    def test_the_four_names_that_traders_know(self):
        wait(lambda: self.orders_of("python-example") > 0, 120, "an order")
        metrics = self.system.metrics()
        self.assertIsNotNone(total(metrics, "orders_placed_total", strategy="python-example", market_type="WIN"))
        self.assertGreater(total(metrics, "order_placement_duration_seconds_count"), 0)
        self.assertIsNotNone(total(metrics, "order_placement_duration_seconds_bucket", le="+Inf"))
        self.assertIsNotNone(total(metrics, "active_positions", strategy="python-example"))
        self.assertIsNotNone(total(metrics, "unrealized_pnl", strategy="python-example"))

    def test_both_text_formats_by_content_negotiation(self):
        status, headers, text = self.text()
        self.assertEqual((status, headers["Content-Type"].split(";")[0]), (200, "text/plain"))
        self.assertIn("version=0.0.4", headers["Content-Type"])
        status, headers, text = self.text(Accept="application/openmetrics-text; version=1.0.0")
        self.assertEqual((status, headers["Content-Type"].split(";")[0]), (200, "application/openmetrics-text"))
        self.assertTrue(text.endswith("# EOF\n"))

    def test_promtool_finds_nothing_to_mend(self):
        promtool = tool("promtool")
        wait(lambda: self.orders_of("python-example") > 0, 120, "an order")
        done = subprocess.run([promtool, "check", "metrics"], input=self.text()[2], text=True, capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_a_real_prometheus_scrapes_us(self):
        prometheus, port = tool("prometheus"), free_port()
        config = os.path.join(self.system.folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [
                {"job_name": "steward", "static_configs": [{"targets": [self.system.metrics_url[7:]]}]}]}, file)
        with open(os.path.join(self.system.folder, "prometheus.log"), "wb") as log:
            server = subprocess.Popen([prometheus, f"--config.file={config}", "--log.level=warn",
                                       f"--storage.tsdb.path={self.system.folder}/prometheus",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        self.addCleanup(server.wait, 30)
        self.addCleanup(server.terminate)

        def query(expression):
            status, _, text = http_get(f"http://127.0.0.1:{port}/api/v1/query?query={expression}")
            return json.loads(text)["data"]["result"] if status == 200 else []

        wait(lambda: [row for row in query("up") if row["value"][1] == "1"], 60, "Prometheus to say that we are up")
        wait(lambda: len(query("orders_placed_total")) >= len(BOTS), 120, "our orders in Prometheus")

    def test_health(self):
        wait(lambda: self.system.health().get("status") == "healthy", 60, "healthy")
        health = self.system.get_json("/health")
        for field in ("timestamp", "active_strategies", "active_markets", "reasons"):
            self.assertIn(field, health)
        self.assertEqual(self.system.run("healthcheck").returncode, 0)

    def test_the_json_numbers_and_prometheus_by_accept(self):
        wait(lambda: self.system.get_json("/metrics")["total_orders"] > 0, 120, "total_orders")
        numbers = self.system.get_json("/metrics")
        self.assertLessEqual({"daily_pnl", "total_orders", "active_positions", "system_uptime"}, set(numbers))
        status, _, text = self.system.get("/metrics", headers={"Accept": "text/plain; version=0.0.4"})
        self.assertEqual(status, 200)
        self.assertIn("# TYPE orders_placed_total counter", text)

    def test_the_page_and_the_api_name_every_bot(self):
        status, headers, page = self.system.get("/dashboard")
        self.assertEqual((status, headers["Content-Type"].split(";")[0]), (200, "text/html"))
        for path in ("/api/v1/state", "/api/v1/bots"):
            status, _, text = self.system.get(path)
            self.assertEqual(status, 200, path)
            for name in BOTS:
                self.assertIn(name, text, path)
        wait(lambda: self.system.get_json("/api/v1/orders?limit=1")["orders"], 60, "an order in /api/v1/orders")
        for foreign in ("http://", "https://"):
            self.assertNotIn(f'src="{foreign}', page)  # self-contained

    def test_status_for_people_and_for_programs(self):
        for name in BOTS:
            self.system.wait_state(name, "ready")
        table = self.system.run("status").stdout
        for name in BOTS:
            self.assertIn(name, table)
        self.assertEqual([b["name"] for b in self.system.status()["bots"] if b["name"] in BOTS], list(BOTS))


if __name__ == "__main__":
    main()
