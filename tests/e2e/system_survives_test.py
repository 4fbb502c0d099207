"""What was counted once stays counted: through a deleted state.db, through kill -9 of bot, agent and keeper."""
# ctest: TIMEOUT 600

import os
import unittest

from steward_e2e import System, alive, descendants, kill, main, program, python_bot, total, wait

# Journals a fixed set of events in its first life, in later ones only that it lives.
LEDGER = """
notify.ready()
if not os.path.exists(os.environ['LEDGER']):
    open(os.environ['LEDGER'], 'w').close()
    journal.market_opened('1.1', market_type='WIN')
    for n in range(50):
        ref = f'r{n}'
        journal.order_intent(ref, '1.1', 7, 'BACK', 2.5, 2, market_type='WIN')
        journal.order_placed(ref, f'b{n}', latency_ns=1000000 * n)
        journal.order_matched(ref, 2, 2.5, size_remaining=0)
    journal.position('1.1', 7, if_win=150, if_lose=-100)
    journal.pnl('1.1', unrealized=-1.25, currency='GBP')
    journal.pnl('1.0', realized=10, commission=0.5, currency='GBP')
while True:
    time.sleep(0.2)
"""
# An order every hundredth of a second, for ever.
BUSY = """
notify.ready()
turn = 0
while True:
    turn += 1
    journal.order_intent(f'{os.getpid()}-{turn}', '1.2', 8, 'BACK', 3, 2, market_type='WIN', simulated=True)
    journal.order_placed(f'{os.getpid()}-{turn}', f'b{turn}', latency_ns=5000)
    time.sleep(0.01)
"""
MONEY = ("orders_placed_total", "active_positions", "unrealized_pnl", "order_placement_duration_seconds_count",
         "order_placement_duration_seconds_sum")


def ledger_bot(system):
    return python_bot("ledger", LEDGER, environment={"LEDGER": os.path.join(system.folder, "written")})


class SurvivesTest(unittest.TestCase):
    def setUp(self):
        program("steward")

    def system(self):
        system = System()
        self.addCleanup(system.__exit__, None, None, None)
        return system

    @staticmethod
    def money(system):
        metrics = system.metrics()
        return {name: total(metrics, name, strategy="ledger") if "seconds" not in name else total(metrics, name)
                for name in MONEY} | {"daily_pnl": (system.get_json("/metrics") or {}).get("daily_pnl")}

    def counted(self, system):
        wait(lambda: system.metric("unrealized_pnl", strategy="ledger") == -1.25 and
             system.metric("orders_placed_total", strategy="ledger") == 50, 60, "the ledger's events in /metrics")
        return self.money(system)

    def test_a_deleted_state_db_is_rebuilt_the_same(self):
        system = self.system()
        system.write_config(ledger_bot(system))
        before = self.counted(system.up())
        system.down()
        for name in os.listdir(os.path.join(system.state, "agent")):
            if name.startswith("state.db"):
                os.remove(os.path.join(system.state, "agent", name))
        after = self.counted(system.up())
        self.assertEqual(after, before)
        self.assertEqual(after["active_positions"], 1)

    def test_counters_never_fall_and_count_once_across_kill_9(self):
        system = self.system()
        system.write_config(ledger_bot(system) + python_bot("busy", BUSY))
        self.counted(system.up())
        seen = [0]

        def grows():
            value = system.metric("orders_placed_total", strategy="busy")
            if value is None:
                return False
            self.assertGreaterEqual(value, seen[0], "a counter fell")
            grown = value > seen[0]
            seen[0] = value
            return grown

        def kill_bot():
            kill(system.wait_state("busy", "ready")["pid"])

        def kill_agent():
            kill(wait(system.agent_pid, 30, "the agent's process"))

        def kill_keeper():
            ledger = system.wait_state("ledger", "ready")["pid"]
            kill(system.process.pid)
            system.process.wait(30)
            self.assertTrue(alive(ledger), "the keeper's death must not end a bot")
            system.up()
            self.assertEqual(system.wait_state("ledger", "ready")["pid"], ledger, "adopted, not started again")

        for blow in (kill_bot, kill_agent, kill_keeper, kill_agent, kill_bot):
            wait(grows, 60, "orders_placed_total of busy to grow")
            blow()
        wait(grows, 60, "orders_placed_total of busy to grow after the last blow")
        self.counted(system)
        system.run("stop", "busy")
        placed = sum(event["type"] == "order.placed" for event in system.journal("busy"))
        wait(lambda: system.metric("orders_placed_total", strategy="busy") == placed, 30,
             f"each of the {placed} journalled orders to be counted once")

    def test_a_second_up_on_one_state_folder_says_so_and_exits(self):
        system = self.system()
        system.write_config(ledger_bot(system))
        system.up()
        second = system.run("up", expect=1)
        self.assertIn(system.state, second.stderr)
        self.assertIn(str(system.process.pid), second.stderr)
        self.assertEqual(system.get("/health")[0], 200)

    def test_sigterm_ends_everything(self):
        system = self.system()
        system.write_config(ledger_bot(system) + python_bot("busy", BUSY))
        system.up()
        system.wait_state("busy", "ready")
        system.down()
        self.assertEqual(system.process.returncode, 0)
        self.assertEqual(descendants(os.getpid()), [])


if __name__ == "__main__":
    main()
