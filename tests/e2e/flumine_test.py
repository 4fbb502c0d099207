"""flumine from PyPI under `steward up`: a plain strategy on recordings of the exchange, its main.py with two lines more. What
Steward shows equals flumine's own blotter; also when the bot is killed -9 and run again, and when the agent is dead."""
# ctest: TIMEOUT 600

import json
import os
import signal
import tempfile
import threading
import time
import unittest

from steward_e2e import (CLIENT, SOURCE, System, bot, kill, main, program, read_events, recording, total, venv_python,
                         wait)

RECORDINGS = ("1.197931750", "1.197931751", "1.200806927", "BASIC-1.132153978.gz")
GREYHOUNDS = RECORDINGS[:2]  # 166 books each
MODES = ("back_at_lay", "back_at_back", "it_loc", "it_replace", "it_inplay_lay")
BOT = os.path.join(SOURCE, "tests", "e2e", "flumine_bot.py")


def flumine_bot(kind, mode, truth, option, names, **fields):
    command = [venv_python("flumine"), BOT, kind, mode, truth, str(option), *(recording(name) for name in names)]
    return bot(mode, command, environment={"PYTHONPATH": CLIENT, "PYTHONDONTWRITEBYTECODE": "1"},
               **{"gate": True, "watchdog": "30s", "restart": "on-failure", **fields})


def read_truth(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sums(truth):
    """Orders that flumine's exchange took, profit and commission in pence."""
    return (sum(1 for order in truth["orders"] if order["bet_id"]),
            sum(round(100 * order["profit"]) for order in truth["orders"]),
            sum(round(100 * market["commission"]) for market in truth["cleared"]))


class FlumineCase(unittest.TestCase):
    def system(self, bots):
        program("steward")
        system = System(bots)
        self.addCleanup(system.__exit__, None, None, None)
        return system

    def truth_path(self, mode):
        folder = tempfile.TemporaryDirectory(prefix="steward-flumine-")
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, mode)

    def ended(self, system, mode):
        stopped = system.wait_state(mode, "stopped", seconds=180)
        self.assertRegex(stopped["last_exit"]["text"], r"\b0\b", system.run("logs", "-n", "50", mode).stdout)

    def count(self, system, mode, kind):
        return sum(event["type"] == kind for event in system.journal(mode))

    def shows(self, system, mode, placed, profit, commission):
        """/metrics, /api/v1/state and `steward status` say these numbers (money in pence)."""
        wait(lambda: system.metric("orders_placed_total", strategy=mode) == placed, 60,
             lambda: f"{placed} orders in /metrics: {system.metric('orders_placed_total', strategy=mode)}")
        pounds = {"realized_pnl": profit, "commission_paid": commission, "daily_pnl": profit - commission,
                  "unrealized_pnl": 0, "active_positions": 0, "open_orders": 0}
        wait(lambda: (m := system.metrics()) and all(
            round(100 * (total(m, name, strategy=mode) or 0)) == value for name, value in pounds.items()), 60,
             lambda: f"{pounds} in /metrics: { {name: system.metric(name, strategy=mode) for name in pounds} }")
        shown = system.bot(mode)
        self.assertEqual((shown["orders"], round(100 * shown["daily_pnl"])), (placed, profit - commission))
        positions = system.get_json("/api/v1/state")["positions"]
        self.assertEqual([row for row in positions if row["bot"] == mode], [])
        self.assertEqual(system.metric("steward_bot_journal_bad_lines_total", bot=mode) or 0, 0)
        self.assertEqual([event for event in system.journal(mode) if event["type"] == "error"], [])

    def orders_shown(self, system, mode):
        found, path = {}, f"/api/v1/orders?bot={mode}&limit=500"
        while path:
            page = system.get_json(path)
            found.update((order["customer_order_ref"], order) for order in page["orders"])
            path = page["next"] and f"/api/v1/orders?bot={mode}&limit=500&after={page['next']}"
        return found

    def equal_orders(self, system, mode, truth):
        """Order by order: matched size, its price, profit."""
        shown = self.orders_shown(system, mode)
        for order in truth["orders"]:
            if not order["bet_id"] and order["ref"] not in shown:
                continue  # a control refused it: it never left flumine
            ours = shown[order["ref"]]
            self.assertEqual((ours["size_matched"], ours["average_price_matched"] or 0, ours["simulated"]),
                             (order["size_matched"], round(order["average_price_matched"], 2), True), ours)
            self.assertEqual(ours["profit"] or 0, order["profit"], ours)
            self.assertNotIn(ours["status"], ("intent", "executable", "unknown"))


class SimulationTest(FlumineCase):
    def test_every_strategy_shows_what_flumine_says(self):
        truths = {mode: self.truth_path(mode) for mode in MODES}
        system = self.system("".join(flumine_bot("simulate", mode, truth, 0, RECORDINGS)
                                     for mode, truth in truths.items())).up()
        whole = 0
        for mode, path in truths.items():
            with self.subTest(mode):
                self.ended(system, mode)
                truth = read_truth(path)
                self.assertGreater(sums(truth)[0], 2)
                self.shows(system, mode, *sums(truth))
                self.equal_orders(system, mode, truth)
                whole += sums(truth)[0]
        self.assertEqual(system.get_json("/metrics")["total_orders"], whole)
        self.assertEqual({event["type"] for event in system.journal("it_replace")} & {"order.cancelled", "order.placed"},
                         {"order.cancelled", "order.placed"})
        self.assertIn("order.rejected", {event["type"] for event in system.journal("it_loc")})

    def test_latency_is_the_simulations_and_time_is_ours(self):
        truth = self.truth_path("back_at_back")
        system = self.system(flumine_bot("simulate", "back_at_back", truth, 0, GREYHOUNDS)).up()
        self.ended(system, "back_at_back")
        events = system.journal("back_at_back")
        placed = [event for event in events if event["type"] == "order.placed"]
        for event in placed:
            self.assertGreater(event["latency_ns"], 120_000_000, "flumine's place_latency")
        self.assertTrue(all(abs(event["t"] / 1e9 - time.time()) < 600 for event in events))
        wait(lambda: system.metric("order_placement_duration_seconds_count") == len(placed), 30, "the latencies")

    def test_kill_9_in_the_middle_and_run_again(self):
        mode, path = "back_at_back", self.truth_path("back_at_back")
        system = self.system(flumine_bot("simulate", mode, path, 0.01, GREYHOUNDS)).up()
        wait(lambda: self.count(system, mode, "market.closed") == 1 and self.count(system, mode, "order.placed") > 8, 120,
             "one market closed and orders in the next")
        kill(system.bot(mode)["pid"])
        self.ended(system, mode)
        truth = read_truth(path)
        placed, profit, commission = sums(truth)
        # The first run placed what flumine logged, and settled the first market, which the second run settles again.
        with open(path + ".placed", encoding="utf-8") as file:
            logged = len(file.read().splitlines())
        journalled = self.count(system, mode, "order.placed")
        self.assertGreater(journalled, placed)
        self.assertIn(logged - journalled, (0, 1), "at most the one that was being told")
        first = next(market for market in truth["cleared"] if market["marketId"] == GREYHOUNDS[0])
        self.shows(system, mode, journalled, profit + round(100 * first["profit"]),
                   commission + round(100 * first["commission"]))
        self.equal_orders(system, mode, truth)
        self.assertEqual(len(self.orders_shown(system, mode)), journalled, "no reference came twice")

    def test_the_agent_is_dead_during_half_of_it(self):
        mode, path = "back_at_lay", self.truth_path("back_at_lay")
        system = self.system(flumine_bot("simulate", mode, path, 0.02, GREYHOUNDS)).up()
        wait(lambda: self.count(system, mode, "order.placed") > 2, 120, "the first orders")
        pid = system.bot(mode)["pid"]
        over = threading.Event()

        def keep_dead():
            while not over.is_set():
                agent = system.agent_pid()
                if agent:
                    kill(agent)
                over.wait(0.02)

        killer = threading.Thread(target=keep_dead)
        killer.start()
        try:
            wait(lambda: self.count(system, mode, "market.closed") == 1 and self.count(system, mode, "order.placed") > 8,
                 120, "half of it to go by")
        finally:
            over.set()
            killer.join()
        self.ended_without_agent(system, mode, pid)
        truth = read_truth(path)
        self.shows(system, mode, *sums(truth))
        self.equal_orders(system, mode, truth)

    def ended_without_agent(self, system, mode, pid):
        wait(lambda: system.get("/health")[0] in (200, 503), 120, "the next agent")
        self.ended(system, mode)
        starts = {event["run"] for event in keeper_events(system) if event["type"] == "bot.started"
                  and event["bot"] == mode}
        self.assertEqual(len(starts), 1, "the bot was never started again")
        self.assertIn(pid, [event.get("pid") for event in keeper_events(system) if event["type"] == "bot.started"])

    def test_no_order_leaves_while_the_gate_is_closed(self):
        mode, path = "back_at_back", self.truth_path("back_at_back")
        system = self.system(flumine_bot("simulate", mode, path, 0.02, GREYHOUNDS)).up()
        wait(lambda: self.count(system, mode, "order.placed") == 6, 120, "the first market's orders")
        system.run("halt", "--reason", "odd prices")
        self.ended(system, mode)
        self.assertEqual(self.count(system, mode, "order.intent"), 6)
        truth = read_truth(path)
        self.assertEqual(sums(truth)[0], 6)
        self.shows(system, mode, *sums(truth))
        self.assertGreater(system.metric("orders_refused_total", bot=mode, control="STEWARD_GATE"), 0)
        notes = [event["text"] for event in system.journal(mode) if event["type"] == "note"]
        self.assertTrue(any("odd prices" in text for text in notes), notes)


def keeper_events(system):
    runs = os.path.join(system.state, "keeper", "runs")
    return [event for run in sorted(os.listdir(runs)) for name in sorted(os.listdir(os.path.join(runs, run)))
            if name.endswith(".jsonl") for event in read_events(os.path.join(runs, run, name))]


class PaperTest(FlumineCase):
    """flumine's live framework with a paper client, fed by a recording as if it were the exchange's stream."""

    def paper(self, then, **fields):
        path = self.truth_path("back_at_back")
        system = self.system(flumine_bot("paper", "back_at_back", path, then, GREYHOUNDS[:1], watchdog="3s", **fields)).up()
        wait(lambda: self.count(system, "back_at_back", "order.placed") == 6 and
             self.count(system, "back_at_back", "order.matched") > 2, 60, "its orders to be matched")
        return system, path

    def test_sigterm_ends_it_as_flumine_ends_and_the_numbers_are_flumines(self):
        system, path = self.paper("heartbeats")
        pid = system.wait_state("back_at_back", "ready")["pid"]
        wait(lambda: system.metric("active_positions", strategy="back_at_back"), 60, "positions")
        wait(lambda: system.metric("unrealized_pnl", strategy="back_at_back"), 60, "unrealized profit")
        begun = time.monotonic()
        wait(lambda: time.monotonic() - begun > 6, 60, "two watchdogs of a quiet but living stream")
        self.assertEqual(system.wait_state("back_at_back", "ready")["pid"], pid, "heartbeats are life")
        shown = self.orders_shown(system, "back_at_back")
        system.run("stop", "back_at_back")
        self.ended(system, "back_at_back")
        truth = read_truth(path)
        self.assertEqual({ref: order["size_matched"] for ref, order in shown.items()},
                         {order["ref"]: order["size_matched"] for order in truth["orders"]})
        self.assertEqual(system.metric("orders_placed_total", strategy="back_at_back"), len(truth["orders"]))
        wait(lambda: not system.metric("active_positions", strategy="back_at_back"), 30, "paper positions to end")

    def test_a_stream_that_falls_silent_is_noticed(self):
        system, _ = self.paper("silent", restart="never")
        ended = system.wait_state("back_at_back", "stopped", seconds=60)
        self.assertIn("SIGABRT", ended["last_exit"]["text"])
        status = [event["text"] for event in keeper_events(system) if event["type"] == "bot.status"]
        self.assertTrue(any("silent" in text for text in status), status)

    def test_a_main_loop_that_hangs_is_noticed(self):
        system, _ = self.paper("heartbeats", restart="never")
        os.kill(system.wait_state("back_at_back", "ready")["pid"], signal.SIGSTOP)
        ended = system.wait_state("back_at_back", "stopped", seconds=60)
        self.assertIn("SIG", ended["last_exit"]["text"])


if __name__ == "__main__":
    main()
