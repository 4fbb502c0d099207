#!/usr/bin/env python3
"""Memory (PSS) and CPU of Steward (keeper + agent) and of supervisord, each with five idle bots, side by side over
the same STEWARD_SECONDS (60)."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from rows import summary  # noqa: E402
from supervisors import Steward, Supervisord, compile_child  # noqa: E402

SECONDS = int(os.environ.get("STEWARD_SECONDS", "60"))
SETTLE_SECONDS = 10
BOTS = 5


def pss_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


def cpu_ns(pid):
    """Of all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def measure(running):
    time.sleep(SETTLE_SECONDS)
    pids = {one.name: one.pids() for one in running}
    before = {pid: cpu_ns(pid) for all_of in pids.values() for pid in all_of}
    time.sleep(SECONDS)
    print(f"{BOTS} idle bots each, over {SECONDS} s\n")
    print("| | PSS, MiB | CPU-seconds a minute |\n|---|--:|--:|")
    sums = {}
    for name, all_of in pids.items():
        cpu = {pid: (cpu_ns(pid) - before[pid]) / 1e9 * 60 / SECONDS for pid in all_of}
        pss = {pid: pss_bytes(pid) / 2**20 for pid in all_of}
        sums[name] = sum(pss.values()), sum(cpu.values())
        print(f"| **{name}** | {sums[name][0]:.1f} | {sums[name][1]:.4f} |")
        for pid in all_of if len(all_of) > 1 else []:
            print(f"| … {name_of(pid)} | {pss[pid]:.1f} | {cpu[pid]:.4f} |")
    (memory, cpu), (their_memory, their_cpu) = sums[Steward.name], sums[Supervisord.name]
    summary(f"idle with {BOTS} bots, keeper + agent: memory", f"{memory:.1f} MiB PSS",
            f"supervisord {their_memory:.1f} MiB", f"{memory / their_memory:.2f}", "≤ 16 MiB")
    summary(f"idle with {BOTS} bots, keeper + agent: processor", f"{cpu:.3f} CPU-s a minute",
            f"supervisord {their_cpu:.3f}", f"{cpu / their_cpu:.1f}", "≤ 0.05")


def main():
    running = []
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        child = compile_child(folder)
        try:
            for kind in (Steward, Supervisord):
                missing = kind.missing()
                if missing:
                    sys.exit(missing)
                running.append(kind(folder, child, BOTS))
            measure(running)
        finally:
            for one in running:
                one.stop()


if __name__ == "__main__":
    main()
