"""Halt, resume and reload: after `halt` no order goes out; a changed bot waits, an invalid file changes nothing."""
# ctest: TIMEOUT 600

import os
import signal
import subprocess
import unittest

from steward_e2e import System, main, program, python_bot, wait

# As fast as it can: gate, then an order; `turns` proves that the loop goes on.
EAGER = """
notify.ready()
turn = 0
while True:
    turn += 1
    if gate.is_open():
        journal.order_intent(f'{os.getpid()}-{turn}', '1.1', 7, 'BACK', 2.5, 2, simulated=True)
    journal.metric('turns', turn, kind='counter')
    time.sleep(0.002)
"""
IDLE = "notify.ready()\nwhile True: time.sleep(0.2)\n"


class SteerTest(unittest.TestCase):
    def system(self, bots):
        program("steward")
        system = System(bots)
        self.addCleanup(system.__exit__, None, None, None)
        return system.up()

    @staticmethod
    def seen(system, name):
        """(orders, turns) that the bot has journalled."""
        events = system.journal(name)
        return (sum(e["type"] == "order.intent" for e in events), sum(e["type"] == "metric" for e in events))

    def test_after_halt_no_order_goes_out_until_resume(self):
        system = self.system(python_bot("eager", EAGER, gate=True))
        wait(lambda: self.seen(system, "eager")[0] > 10, 30, "orders before the halt")
        system.run("halt", "--reason", "daily loss reached")
        orders, turns = self.seen(system, "eager")
        wait(lambda: self.seen(system, "eager")[1] > turns + 100, 60, "a hundred turns after the halt")
        self.assertLessEqual(self.seen(system, "eager")[0], orders + 1)  # one may have been past the gate
        gate = system.bot("eager")["gate"]
        self.assertFalse(gate["open"])
        self.assertIn("daily loss reached", gate["reason"])
        orders = self.seen(system, "eager")[0]
        system.run("resume")
        wait(lambda: self.seen(system, "eager")[0] > orders + 10, 30, "orders after the resume")

    def test_halt_holds_a_bot_that_reads_no_gate(self):
        system = self.system(python_bot("deaf", IDLE))
        system.wait_state("deaf", "ready")
        system.run("halt")
        system.wait_state("deaf", "held")
        system.run("resume")
        system.wait_state("deaf", "ready")

    def test_halt_works_while_the_agent_is_frozen_and_outlives_everything(self):
        system = self.system(python_bot("eager", EAGER, gate=True))
        wait(lambda: self.seen(system, "eager")[0] > 0, 30, "an order")
        os.kill(wait(system.agent_pid, 30, "the agent's process"), signal.SIGSTOP)
        system.run("halt")
        with open(os.path.join(system.state, "bots", "eager", "gate"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("closed "))
        system.down()
        system.up()
        system.wait_state("eager", "ready")
        self.assertFalse(system.bot("eager")["gate"]["open"])

    def test_reload_stages_a_changed_bot_and_touches_no_other(self):
        system = self.system(python_bot("one", IDLE) + python_bot("two", IDLE))
        pids = {name: system.wait_state(name, "ready")["pid"] for name in ("one", "two")}
        system.write_config(python_bot("one", IDLE) + python_bot("two", IDLE, environment={"NEW": "1"}))
        system.run("reload")
        wait(lambda: system.bot("two")["staged"], 30, "two to be staged")
        self.assertEqual({name: system.bot(name)["pid"] for name in pids}, pids)
        self.assertFalse(system.bot("one")["staged"])
        system.run("reload", "--now")
        changed = wait(lambda: (b := system.bot("two")) and b["state"] == "ready" and b["pid"] != pids["two"] and b,
                       60, "two to run its new definition")
        self.assertFalse(changed["staged"])
        self.assertEqual(system.bot("one")["pid"], pids["one"])

    def test_reload_starts_new_bots_and_stops_removed_ones(self):
        system = self.system(python_bot("one", IDLE) + python_bot("two", IDLE))
        one = system.wait_state("one", "ready")["pid"]
        system.write_config(python_bot("one", IDLE) + python_bot("three", IDLE))
        system.run("reload")
        system.wait_state("three", "ready")
        wait(lambda: system.bot("two") is None or system.bot("two")["state"] == "stopped", 30, "two to be gone")
        self.assertEqual(system.bot("one")["pid"], one)

    def test_upgrade_changes_the_programs_and_touches_no_bot(self):
        system = self.system(python_bot("one", IDLE))
        pid = system.wait_state("one", "ready")["pid"]
        agent = system.agent_pid()
        keeper = system.process.pid
        self.assertIn("no bot was touched", system.run("upgrade").stdout)
        self.assertNotEqual(system.agent_pid(), agent)
        bot = system.wait_state("one", "ready")
        self.assertEqual((bot["pid"], bot["restarts"]), (pid, 0))
        self.assertIsNone(system.process.poll())
        self.assertEqual(system.status()["keeper"]["pid"], keeper)

    def test_sighup_to_steward_up_loads_the_file(self):
        system = self.system(python_bot("one", IDLE))
        pid = system.wait_state("one", "ready")["pid"]
        system.write_config(python_bot("one", IDLE, environment={"NEW": "1"}))
        system.process.send_signal(signal.SIGHUP)
        wait(lambda: system.bot("one")["staged"], 30, "one to be staged")
        self.assertEqual(system.bot("one")["pid"], pid)

    def test_an_invalid_file_changes_nothing_and_says_where(self):
        system = self.system(python_bot("one", IDLE))
        pid = system.wait_state("one", "ready")["pid"]
        system.write_config(python_bot("one", IDLE, restart_dealy="1s"))
        refused = system.run("reload", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, r"steward\.toml:\d+: .*restart_dealy.*restart_delay")
        self.assertEqual(system.bot("one")["pid"], pid)

    def test_a_file_that_is_no_toml_says_so_and_keeps_nobody_from_halting(self):
        system = self.system(python_bot("eager", EAGER, gate=True))
        system.wait_state("eager", "ready")
        system.write_config("this is no TOML\n")
        if not os.path.exists("/var/lib/steward/keeper.sock"):  # a Steward of this machine's own
            self.assertRegex(system.run("reload", expect=1).stderr, r"steward\.toml:\d+: not TOML.*\n.*--state")
        steward = [program("steward"), "halt", "--state", system.state]
        self.assertEqual(subprocess.run(steward, capture_output=True, text=True, check=False).returncode, 0)
        with open(os.path.join(system.state, "bots", "eager", "gate"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("closed "))


if __name__ == "__main__":
    main()
