#!/usr/bin/env python3
"""STEWARD_BOTS (200) bots with journals. The agent is killed with kill -9: how long until the next one shows every bot
and every order, those of the meantime too. The keeper is killed: how long until the next, started at once as systemd
would, has adopted every bot. No bot's pid may change. STEWARD_ROUNDS (5) of each."""

import os
import socket
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from journals import journal_of, place  # noqa: E402
from rows import milliseconds, quantile, summary, table  # noqa: E402
from supervisors import compile_child  # noqa: E402
import steward_e2e  # noqa: E402

BOTS = int(os.environ.get("STEWARD_BOTS", "200"))
ROUNDS = int(os.environ.get("STEWARD_ROUNDS", "5"))
ORDERS_FIRST = 50
PATIENCE_SECONDS = 60
LIVED_SECONDS = 1.5  # a run that lived a second is started again without back-off


class Fleet:
    """A running system with many quiet bots, into whose journals we write as they would."""

    def __init__(self, child):
        self.names = [f"bot-{n:03}" for n in range(BOTS)]
        self.system = steward_e2e.System("".join(steward_e2e.bot(name, [child]) for name in self.names))
        self.orders = 0

    def start(self):
        self.system.up()
        self.pids = steward_e2e.wait(self.ready_pids, PATIENCE_SECONDS, f"{BOTS} bots to be ready")
        self.journals = [journal_of(self.system, name) for name in self.names]
        self.write(ORDERS_FIRST)
        self.until(self.agent_knows)

    def write(self, times):
        for _ in range(times):
            self.orders += BOTS
            for journal in self.journals:
                place(journal, f"r{self.orders}")

    def ready_pids(self):
        bots = (self.system.get_json("/api/v1/bots") or {}).get("bots", [])
        pids = {bot["name"]: bot["pid"] for bot in bots if bot["state"] == "ready"}
        return pids if len(pids) == BOTS else None

    def agent_knows(self):
        return self.ready_pids() == self.pids and self.system.metric("orders_placed_total") == self.orders

    def keeper_knows(self):
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect(os.path.join(self.system.state, "keeper.sock"))
            except OSError:
                return False
            asked.sendall(b"status\n")
            lines = self.answer(asked)
        words = [line.split(" ") for line in lines if line.startswith("bot ")]
        pids = {word[1]: int(word[word.index("pid") + 1]) for word in words}
        return all(pids.get(name) == pid for name, pid in self.pids.items())

    @staticmethod
    def answer(asked):
        lines = []
        for line in asked.makefile(encoding="utf-8"):
            if line.startswith(("ok", "error")):
                return lines
            lines.append(line.rstrip("\n"))
        return lines

    @staticmethod
    def until(condition):
        begin = time.monotonic_ns()
        while not condition():
            if time.monotonic_ns() - begin > PATIENCE_SECONDS * 10**9:
                sys.exit(f"after {PATIENCE_SECONDS} s not everything is known again")
            time.sleep(0.002)
        return time.monotonic_ns() - begin

    def kill_agent(self):
        steward_e2e.kill(self.system.agent_pid())
        self.write(1)
        return self.until(self.agent_knows)

    def kill_keeper(self):
        steward_e2e.kill(self.system.process.pid)
        self.system.process.wait()
        self.system.up(ready=False)
        adopted = self.until(self.keeper_knows)
        self.until(self.agent_knows)
        return adopted


def rounds_of(kill):
    taken = []
    for _ in range(ROUNDS):
        time.sleep(LIVED_SECONDS)
        taken.append(kill())
    return taken


def main():
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        fleet = Fleet(compile_child(folder))
        with fleet.system:
            fleet.start()
            agent = rounds_of(fleet.kill_agent)
            keeper = rounds_of(fleet.kill_keeper)
    print(f"{BOTS} bots; no bot's pid changed (bound: ≤ 1 s)\n")
    table(["kill -9", "p50", "worst", "kills"],
          [("agent → the next shows every bot and order", milliseconds(quantile(agent, 0.5)), milliseconds(max(agent)),
            ROUNDS),
           ("keeper → the next has adopted every bot", milliseconds(quantile(keeper, 0.5)),
            milliseconds(max(keeper)), ROUNDS)])
    summary(f"agent killed with {BOTS} bots → the next knows all (worst of {ROUNDS})", milliseconds(max(agent)),
            bound="≤ 1 s")
    summary(f"keeper killed with {BOTS} bots → all adopted (worst of {ROUNDS})", milliseconds(max(keeper)),
            bound="≤ 1 s")


if __name__ == "__main__":
    main()
