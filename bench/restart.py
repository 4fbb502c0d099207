#!/usr/bin/env python3
"""kill -9 of a child → first instruction of the next one: a bare posix_spawn loop (the machine's floor), steward-keeper,
runit, s6, supervisord in turn.

Each child has lived more than a second when it is killed (runit waits otherwise). STEWARD_ROUNDS sets how often (100);
the two that take a second by design are killed in every fifth round only."""

import os
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from rows import quantile, summary  # noqa: E402
from supervisors import Keeper, Runit, S6, SpawnLoop, Supervisord, compile_child  # noqa: E402

ROUNDS = int(os.environ.get("STEWARD_ROUNDS", "100"))
LIVED_SECONDS = 1.1


def measure(supervisors):
    """{name: [nanoseconds]}"""
    taken = {one.name: [] for one in supervisors}
    for turn in range(ROUNDS):
        time.sleep(LIVED_SECONDS)
        for one in supervisors:
            if turn % 5 == 0 or isinstance(one, (SpawnLoop, Keeper, Runit)):
                taken[one.name].append(one.kill_child())
    return taken


def table(taken):
    ours = statistics.median(taken[Keeper.name])
    print("kill -9 of a bot → first instruction of the next, milliseconds; `restart_delay = \"0s\"`\n")
    print("| | p50 | p99 | worst | kills | p50 ÷ ours |\n|---|--:|--:|--:|--:|--:|")
    for name, values in taken.items():
        p99 = quantile(values, 0.99)
        middle = statistics.median(values)
        print(f"| {name} | {middle / 1e6:.2f} | {p99 / 1e6:.2f} | {max(values) / 1e6:.2f} | {len(values)} "
              f"| {middle / ours:.1f} |")
    for part, name, bound in ((0.5, "p50", "≤ 1 ms"), (0.99, "p99", "≤ 3 ms")):
        own = quantile(taken[Keeper.name], part) / 1e6
        theirs = quantile(taken[Runit.name], part) / 1e6 if Runit.name in taken else None
        summary(f"death of a bot → first instruction of the next, {name}", f"{own:.2f} ms",
                f"runit {theirs:.2f} ms" if theirs else "", f"{own / theirs:.2f}" if theirs else "", bound)


def main():
    running = []
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        child = compile_child(folder)
        try:
            for kind in (SpawnLoop, Keeper, Runit, S6, Supervisord):
                missing = kind.missing()
                if missing and kind is Keeper:
                    sys.exit(missing)
                if missing:
                    print(missing, file=sys.stderr)
                else:
                    running.append(kind(folder, child))
            table(measure(running))
        finally:
            for one in running:
                one.stop()


if __name__ == "__main__":
    main()
