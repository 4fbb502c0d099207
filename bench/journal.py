#!/usr/bin/env python3
"""The journal's three promises: what an event costs a bot in C++ (bench/python_client.py: in Python), how many events a
second become state, and how soon after a bot's write() a counter in /metrics of a running system shows it."""

import http.client
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from journals import journal_of, place  # noqa: E402
from rows import milliseconds, quantile, summary, table  # noqa: E402
from supervisors import BIN  # noqa: E402
import steward_e2e  # noqa: E402

EVENTS = int(os.environ.get("STEWARD_EVENTS", "2000000"))
WRITES = int(os.environ.get("STEWARD_ROUNDS", "40"))
PATIENCE_SECONDS = 20


def cost_in_cpp(folder):
    names = {"bare": "C++: write() of a ready line", "writer": "C++: journal::Writer"}
    text = subprocess.run([os.path.join(BIN, "event_cost_bench"), folder], capture_output=True, text=True, check=True)
    words = [line.split() for line in text.stdout.splitlines()]
    return [(names[name], int(p50), int(p99)) for name, p50, p99 in words]


def show_cost(rows):
    print("\nWhat one event costs the bot that writes it, nanoseconds (bound: p99 ≤ 1.5 × the bare write)\n")
    bare = rows[0][2]
    table(["", "p50", "p99", "p99 ÷ bare write's"], [(name, p50, p99, f"{p99 / bare:.2f}") for name, p50, p99 in rows])
    ours = rows[-1][2]
    summary("one journal event, p99, to a bot in C++", f"{ours / 1000:.1f} µs", f"write() {bare / 1000:.1f} µs",
            f"{ours / bare:.2f}", "≤ 1.5 ×")


def show_rate(folder):
    text = subprocess.run([os.path.join(BIN, "journal_bench"), str(EVENTS), os.path.join(folder, "rate")],
                          capture_output=True, text=True, check=True).stdout
    print(f"Journal → state, {EVENTS:,} events of five bots on one thread (bound: ≥ 500,000 events a second)\n")
    rows = [[part.strip() for part in line.split(":", 1)] for line in text.splitlines() if ":" in line]
    table(["", ""], rows)
    rate = {name: float(value.split()[0]) for name, value in rows}
    ours, plain = rate["journal -> state, committed"], rate["getline + simdjson, one field"]
    summary("journal → state", f"{ours:,.0f} events/s", f"getline + simdjson, one field: {plain:,.0f}",
            f"{ours / plain:.2f}", "≥ 500,000")


class Watched:
    """A running system with one quiet bot, into whose journal we write as it would."""

    def __init__(self, system):
        self.connection = http.client.HTTPConnection(system.metrics_url[len("http://"):], timeout=PATIENCE_SECONDS)
        self.journal = journal_of(system, "quiet")
        self.count = 0

    def write(self):
        self.count += 1
        place(self.journal, f"r{self.count}")
        return time.monotonic_ns()

    def shown(self):
        self.connection.request("GET", "/metrics")
        metrics = steward_e2e.parse_metrics(self.connection.getresponse().read().decode())
        return steward_e2e.total(metrics, "orders_placed_total", strategy="quiet") == self.count

    def until_shown(self, begin):
        while not self.shown():
            if time.monotonic_ns() - begin > PATIENCE_SECONDS * 10**9:
                sys.exit(f"after {PATIENCE_SECONDS} s still waiting for order {self.count} in /metrics")
            time.sleep(0.005)
        return time.monotonic_ns() - begin


def show_delay():
    chance = random.Random(7)
    bot = steward_e2e.bot("quiet", ["sleep", "infinity"])
    with steward_e2e.System(bot) as system:
        system.up().wait_state("quiet", "ready")
        watched = Watched(system)
        watched.until_shown(watched.write())
        polled, seen = [], 0
        for _ in range(WRITES):
            time.sleep(0.5 + chance.random())
            polled.append(watched.until_shown(watched.write()))
        for _ in range(WRITES):
            time.sleep(0.7 + chance.random())
            begin = watched.write()
            time.sleep(max(0, 0.25 - (time.monotonic_ns() - begin) / 1e9))
            seen += watched.shown()
            watched.until_shown(begin)
    print("\nFrom a bot's write() to /metrics of a running system that was quiet before (bound: ≤ 250 ms)\n")
    table(["", "p50", "worst", "writes"],
          [("asked every 5 ms until it shows", milliseconds(quantile(polled, 0.5)), milliseconds(max(polled)), WRITES),
           ("asked once, 250 ms after the write", "", f"{seen} of {WRITES} shown", WRITES)])
    summary(f"a bot's write() → /metrics (worst of {WRITES}; asked once after 250 ms: {seen} shown)",
            milliseconds(max(polled)), bound="≤ 250 ms")


def main():
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        show_rate(folder)
        show_delay()
        show_cost(cost_in_cpp(folder))


if __name__ == "__main__":
    main()
