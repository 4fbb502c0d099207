"""The wall clock jumps an hour forth and back under keeper and agent: nobody is restarted, starting goes on, and what
was counted stays."""
# ctest: TIMEOUT 600

import os
import struct
import subprocess
import unittest

from steward_e2e import SOURCE, System, kill, main, program, python_bot, sealed_plan, tool, wait

PATTING = """
notify.ready()
turn = 0
while True:
    turn += 1
    notify.watchdog()
    journal.order_intent(f'{os.getpid()}-{turn}', '1.1', 7, 'BACK', 3, 2, simulated=True, market_type='WIN')
    journal.order_placed(f'{os.getpid()}-{turn}', f'b{turn}', latency_ns=1000)
    time.sleep(0.05)
"""


class ClockTest(unittest.TestCase):
    def preload(self, system):
        """Compiles the shim; the keeper gets it through our environment, the agent through the plan."""
        library = os.path.join(system.folder, "clock_offset.so")
        subprocess.run([tool("clang-19"), "-O1", "-shared", "-fPIC", "-o", library,
                        os.path.join(SOURCE, "tests/e2e/clock_offset.c")], check=True)
        self.offset = os.path.join(system.folder, "clock_offset")
        self.jump(0)
        return {"LD_PRELOAD": library, "CLOCK_OFFSET": self.offset}

    def jump(self, seconds):
        with open(self.offset, "r+b" if os.path.exists(self.offset) else "wb") as file:
            file.write(struct.pack("=q", seconds))

    @staticmethod
    def preload_agent(system, environment):
        path = os.path.join(system.state, "plan")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()[:-1]
        at = lines.index("role agent") + 1
        lines[at:at] = [f"env {name} {value}" for name, value in environment.items()]
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(sealed_plan(lines))
        os.rename(path + ".new", path)

    def test_an_hour_forth_and_back(self):
        program("steward")
        system = System(python_bot("patting", PATTING, watchdog="5s"))
        self.addCleanup(system.__exit__, None, None, None)
        environment = self.preload(system)
        os.environ.update(environment)
        self.addCleanup(lambda: [os.environ.pop(name, None) for name in environment])
        system.up()
        for name in environment:
            del os.environ[name]
        old = wait(system.agent_pid, 30, "the agent's process")
        self.preload_agent(system, environment)
        os.kill(system.process.pid, 1)  # SIGHUP: the keeper reads the plan again
        wait(lambda: self.replaced(system, old, environment["LD_PRELOAD"]), 60, "an agent with the shim")
        self.survive_jumps(system)

    @staticmethod
    def replaced(system, old, library):
        """Kills the agent until the one that lives was started with the shim."""
        pid = system.agent_pid()
        if pid in (None, old):
            kill(old)
            return False
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            if library in file.read():
                return True
        kill(pid)
        return False

    def survive_jumps(self, system):
        wait(lambda: system.get("/health")[0] == 200, 60, "the agent to answer")
        pid = system.wait_state("patting", "ready")["pid"]
        restarts, counted = system.bot("patting")["restarts"], 0
        for offset in (3600, 0, -3600, 0):
            self.jump(offset)
            before = system.metric("orders_placed_total", strategy="patting") or 0
            self.assertGreaterEqual(before, counted)
            wait(lambda: system.metric("orders_placed_total", strategy="patting") > before + 150, 60,
                 "more orders than a watchdog period holds")
            now = system.wait_state("patting", "ready")
            self.assertEqual((now["pid"], now["restarts"]), (pid, restarts), f"after a jump to {offset} s")
            kill(pid)
            wait(lambda: (b := system.bot("patting")) and b["state"] == "ready" and b["pid"] != pid, 60,
                 "the bot to be started again")
            pid, restarts = system.bot("patting")["pid"], restarts + 1
            counted = before
        told = [reason.split(":")[0] for reason in system.health()["reasons"]]
        self.assertLessEqual(set(told), {"alarm bot-restarting", "alarm agent-restarted"}, "what really happened")


if __name__ == "__main__":
    main()
