"""The keeper upgraded in place and killed under bots that trade: no bot notices, nothing is lost or counted twice."""
# ctest: TIMEOUT 600

import os
import resource
import shutil
import socket
import unittest

from steward_e2e import System, alive, bot, kill, main, program, python_bot, strategy_bot, wait

# Patted by its trade loop; numbers its orders.
TRADING = """
notify.ready()
turn = 0
while True:
    turn += 1
    notify.watchdog()
    print('turn', turn)
    if gate.is_open():
        ref = f'{os.getpid()}-{turn}'
        journal.order_intent(ref, '1.1', 7, 'BACK', 3, 2, simulated=True, market_type='WIN')
        journal.order_placed(ref, ref, latency_ns=1000)
    time.sleep(0.02)
"""


class KeeperTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.system = System(python_bot("trading", TRADING, gate=True, watchdog="5s")
                             + strategy_bot("drifter", "lay-the-drifter", 3) + bot("sleeper", ["sleep", "infinity"]))
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.up()
        self.pids = {name: self.system.wait_state(name, "ready")["pid"] for name in ("trading", "drifter", "sleeper")}
        self.agent = wait(self.system.agent_pid, 30, "the agent's process")

    def orders(self):
        return self.system.metric("orders_placed_total", strategy="trading") or 0

    def ask_keeper(self, line):
        with socket.socket(socket.AF_UNIX) as keeper:
            keeper.settimeout(30)
            keeper.connect(os.path.join(self.system.state, "keeper.sock"))
            keeper.sendall(line.encode() + b"\n")
            return keeper.recv(4096).decode()

    def keeper_began(self, how):
        return [event for event in self.system_events() if event["type"] == "keeper.started" and event["how"] == how]

    def system_events(self):
        return self.system.journal("../keeper")

    def assert_nobody_noticed(self):
        self.assertEqual({name: self.system.wait_state(name, "ready")["pid"] for name in self.pids}, self.pids)
        self.assertEqual({name: self.system.bot(name)["restarts"] for name in self.pids}, dict.fromkeys(self.pids, 0))
        before = self.orders()
        wait(lambda: self.orders() > before + 20, 60, "orders to go on")
        wait(lambda: self.system.health().get("status") == "healthy", 60, "healthy")

    def assert_each_order_counts_once(self):
        self.system.run("stop", "trading")
        placed = sum(event["type"] == "order.placed" for event in self.system.journal("trading"))
        wait(lambda: self.orders() == placed, 60, f"each of the {placed} journalled orders to be counted once")

    def test_an_upgrade_in_place_is_not_noticed(self):
        new = os.path.join(self.system.folder, "steward-keeper")
        shutil.copy(program("steward-keeper"), new)
        self.assertEqual(self.ask_keeper("upgrade " + new), "ok\n")
        wait(lambda: self.keeper_began("upgraded"), 60, "the keeper to become its successor")
        self.assertEqual(os.readlink(f"/proc/{self.system.process.pid}/exe"), new)
        self.assert_nobody_noticed()
        self.assertEqual(self.system.agent_pid(), self.agent)
        kill(self.pids["trading"])  # it keeps what it keeps
        wait(lambda: (b := self.system.bot("trading")) and b["state"] == "ready" and b["pid"] != self.pids["trading"],
             60, "the new keeper to start the bot again")
        self.assert_each_order_counts_once()

    def test_a_program_that_is_no_keeper_is_refused(self):
        self.assertTrue(self.ask_keeper("upgrade /bin/true").startswith("error "))
        self.assert_nobody_noticed()

    def test_a_killed_keepers_bots_trade_on_and_are_adopted(self):
        kill(self.system.process.pid)
        self.system.process.wait(30)
        before = len(self.system.journal("trading"))
        wait(lambda: len(self.system.journal("trading")) > before + 20, 60, "the bot to trade without a keeper")
        self.assertTrue(all(alive(pid) for pid in self.pids.values()))
        self.system.up()
        self.assert_nobody_noticed()
        self.assertEqual(self.system.agent_pid(), self.agent, "the agent is adopted too")
        self.assertTrue(self.keeper_began("adopted"))
        with open(f"/proc/{self.system.process.pid}/statm", encoding="utf-8") as file:
            resident = int(file.read().split()[1]) * resource.getpagesize()
        wait(lambda: abs((self.system.metric("steward_keeper_memory_bytes") or 0) - resident) < resident / 2, 30,
             lambda: f"{resident} bytes of the new keeper, not those of whoever became our parent: "
                     f"{[item for item in self.system.metrics().items() if 'keeper' in item[0][0]]}")
        self.assertIn("turn ", self.system.run("logs", "-n", "5", "trading").stdout)
        self.assert_each_order_counts_once()


if __name__ == "__main__":
    main()
