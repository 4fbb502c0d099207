"""The agent frozen, killed among 200 bots, out of descriptors: no bot notices, and nothing is lost."""
# ctest: TIMEOUT 600
# ctest: RUN_SERIAL ON

import os
import resource
import signal
import socket
import unittest

from steward_e2e import System, alive, bot, kill, main, program, python_bot, wait

# Needs its watchdog patted, prints and journals each turn: what a stall of ours would hit first.
LIVELY = """
notify.ready()
turn = 0
while True:
    turn += 1
    notify.watchdog()
    notify.status(f'turn {turn}')
    print('turn', turn)
    journal.metric('turns', turn, kind='counter')
    time.sleep(0.05)
"""


def turns(system):
    events = [event for event in system.journal("lively") if event["type"] == "metric"]
    return events[-1]["value"] if events else 0


class AgentTest(unittest.TestCase):
    def system(self, bots):
        program("steward")
        system = System(bots)
        self.addCleanup(system.__exit__, None, None, None)
        return system.up()

    def test_a_frozen_agent_is_replaced_and_no_bot_notices(self):
        system = self.system(python_bot("lively", LIVELY, watchdog="5s"))
        pid = system.wait_state("lively", "ready")["pid"]
        frozen = wait(system.agent_pid, 30, "the agent's process")
        before = turns(system)
        os.kill(frozen, signal.SIGSTOP)
        wait(lambda: system.agent_pid() not in (None, frozen), 120, "the keeper to replace the frozen agent")
        self.assertFalse(alive(frozen))
        wait(lambda: turns(system) > before + 20, 60, "the bot to go on turning")
        wait(lambda: system.get("/health")[0] == 200, 60, "the new agent to answer")
        lively = system.wait_state("lively", "ready")
        self.assertEqual((lively["pid"], lively["restarts"]), (pid, 0))
        self.assertIn(f"turn {before + 10}\n", system.run("logs", "-n", "100000", "lively").stdout)

    def test_a_new_agent_knows_200_bots(self):
        names = [f"bot-{n}" for n in range(200)]
        system = self.system("".join(bot(name, ["sleep", "infinity"]) for name in names))

        def ready():
            return {b["name"]: b["pid"] for b in system.status()["bots"] if b["state"] == "ready"}

        wait(lambda: len(ready()) == 200, 120, "200 bots to be ready")
        pids = ready()
        old = wait(system.agent_pid, 30, "the agent's process")
        kill(old)
        wait(lambda: system.agent_pid() not in (None, old), 60, "a new agent")
        wait(lambda: system.get("/health")[0] == 200, 60, "the new agent to answer")
        wait(lambda: ready() == pids, 60, "the new agent to know all 200, with the same pids")
        self.assertEqual(sum(1 for name in names if system.metric("steward_bot_up", bot=name)), 200)

    def test_an_agent_without_descriptors_recovers(self):
        system = self.system(python_bot("lively", LIVELY, watchdog="5s"))
        pid = system.wait_state("lively", "ready")["pid"]
        agent = wait(system.agent_pid, 30, "the agent's process")
        limits = resource.prlimit(agent, resource.RLIMIT_NOFILE)
        highest = max(int(fd) for fd in os.listdir(f"/proc/{agent}/fd"))
        resource.prlimit(agent, resource.RLIMIT_NOFILE, (highest + 4, limits[1]))
        host, port = system.dashboard_url[7:].split(":")
        crowd = [socket.create_connection((host, int(port)), 10) for _ in range(50)]
        before = turns(system)
        wait(lambda: turns(system) > before + 20, 60, "the bot to go on turning")
        for connection in crowd:
            connection.close()
        resource.prlimit(agent, resource.RLIMIT_NOFILE, limits)
        wait(lambda: system.get("/health")[0] == 200, 60, "the agent to answer again")
        self.assertEqual(system.agent_pid(), agent, "it need not be replaced")
        lively = system.wait_state("lively", "ready")
        self.assertEqual((lively["pid"], lively["restarts"]), (pid, 0))


if __name__ == "__main__":
    main()
