"""`steward trade` under supervision: recordings of the exchange give the same numbers everywhere, a closed gate lets no
order out, and kill -9 in the middle takes nothing back."""
# ctest: TIMEOUT 600

import unittest

from steward_e2e import System, bot, kill, main, program, recording, wait

RECORDINGS = ("1.197931750", "1.197931751", "1.200806927", "BASIC-1.132153978.gz")


def trader(strategy, replay, speed, **fields):
    command = [program("steward"), "trade", "--strategy", strategy, "--speed", speed, "--replay", *replay]
    return bot(strategy, command, gate=True, watchdog="30s", **fields)


def sums(events):
    """What a bot's journal comes to: orders placed, profit and commission in pence. `pnl` is absolute by market."""
    money = {}
    for event in events:
        if event["type"] == "pnl":
            money.setdefault(event["market_id"], {}).update(event)
    return (sum(event["type"] == "order.placed" for event in events),
            sum(round(100 * m.get("realized", 0)) for m in money.values()),
            sum(round(100 * m.get("commission", 0)) for m in money.values()))


class TradeTest(unittest.TestCase):
    def system(self, bots):
        system = System(bots)
        self.addCleanup(system.__exit__, None, None, None)
        return system.up()

    @staticmethod
    def count(system, name, kind):
        return sum(event["type"] == kind for event in system.journal(name))

    def test_recordings_give_the_same_numbers_everywhere(self):
        paths = [recording(name) for name in RECORDINGS]
        system = self.system(trader("back-favourite", paths, "max", restart="on-failure")
                             + trader("lay-the-drifter", paths, "max", restart="on-failure"))
        for name in ("back-favourite", "lay-the-drifter"):
            ended = system.wait_state(name, "stopped")
            self.assertIn("0", ended["last_exit"]["text"])
            placed, profit, commission = sums(system.journal(name))
            self.assertGreater(placed, 2)
            self.assertGreater(commission, 0)
            self.assertEqual(self.count(system, name, "market.closed"), len(RECORDINGS))
            wait(lambda: system.metric("orders_placed_total", strategy=name) == placed, 30, "the orders in /metrics")
            wait(lambda: system.bot(name)["daily_pnl"] == (profit - commission) / 100, 30, "the profit in status")
            self.assertEqual(system.bot(name)["orders"], placed)
            self.assertEqual(system.metric("realized_pnl", strategy=name), profit / 100)
            self.assertEqual(system.metric("commission_paid", strategy=name), commission / 100)
            self.assertEqual(system.metric("daily_pnl", strategy=name), (profit - commission) / 100)
            self.assertIn(system.metric("active_positions", strategy=name), (0, None))
            orders = system.get_json(f"/api/v1/orders?bot={name}&limit=500")["orders"]
            self.assertEqual([order["status"] for order in orders], ["settled"] * placed)
        numbers = system.get_json("/metrics")
        expected = [sums(system.journal(name)) for name in ("back-favourite", "lay-the-drifter")]
        self.assertEqual(numbers["total_orders"], sum(placed for placed, _, _ in expected))
        self.assertEqual(round(100 * numbers["daily_pnl"]), sum(p - c for _, p, c in expected))

    def test_open_positions_are_seen_while_they_are_open(self):
        system = self.system(trader("lay-the-drifter", ["synthetic:11"], "60x"))
        wait(lambda: system.metric("active_positions", strategy="lay-the-drifter"), 120, "active_positions in /metrics")
        wait(lambda: system.metric("unrealized_pnl", strategy="lay-the-drifter"), 120, "unrealized_pnl in /metrics")
        wait(lambda: system.get_json("/metrics")["active_positions"], 120, "active_positions as JSON")
        wait(lambda: system.bot("lay-the-drifter")["unrealized"], 120, "unrealized profit in status")
        wait(lambda: system.get_json("/api/v1/state")["positions"], 120, "positions in /api/v1/state")

    def test_no_order_goes_out_while_the_gate_is_closed(self):
        system = self.system(trader("lay-the-drifter", ["synthetic:3"], "1000x"))
        wait(lambda: self.count(system, "lay-the-drifter", "order.intent") > 2, 120, "orders before the halt")
        pid = system.wait_state("lay-the-drifter", "ready")["pid"]
        system.run("halt")
        intents, opened = (self.count(system, "lay-the-drifter", kind) for kind in ("order.intent", "market.opened"))
        wait(lambda: self.count(system, "lay-the-drifter", "market.opened") > opened + 3, 120, "three markets after the halt")
        self.assertLessEqual(self.count(system, "lay-the-drifter", "order.intent"), intents + 1)  # one may have passed the gate
        intents = self.count(system, "lay-the-drifter", "order.intent")
        self.assertEqual(system.wait_state("lay-the-drifter", "ready")["pid"], pid, "it reads its gate, so it goes on")
        system.run("resume")
        wait(lambda: self.count(system, "lay-the-drifter", "order.intent") > intents + 2, 120, "orders after the resume")

    def test_kill_9_in_the_middle_takes_nothing_back(self):
        system = self.system(trader("lay-the-drifter", ["synthetic:5"], "1000x"))
        seen = [0]

        def grows():
            value = system.metric("orders_placed_total", strategy="lay-the-drifter") or 0
            self.assertGreaterEqual(value, seen[0], "a counter fell")
            grown, seen[0] = value > seen[0], value
            return grown

        for _ in range(3):
            wait(grows, 120, "orders_placed_total to grow")
            kill(system.wait_state("lay-the-drifter", "ready")["pid"])
        wait(grows, 120, "orders_placed_total to grow after the last kill")
        system.run("stop", "lay-the-drifter")
        placed = self.count(system, "lay-the-drifter", "order.placed")
        wait(lambda: system.metric("orders_placed_total", strategy="lay-the-drifter") == placed, 30,
             f"each of the {placed} journalled orders to be counted once")
        wait(lambda: not system.metric("active_positions", strategy="lay-the-drifter"), 30,
             "the paper positions to end with their run")


if __name__ == "__main__":
    main()
