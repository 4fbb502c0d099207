#!/usr/bin/env python3
"""What one journal event costs a Python bot, beside a bare os.write, beside what a bot would write by hand, and beside
prometheus_client's labelled counter (which says far less, and loses it with the process): all in turn, in one run."""

import glob
import json
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
sys.path.extend(glob.glob(os.path.join(HERE, "..", "build", "venv", "lib", "python3*", "site-packages")))
from journals import Journal  # noqa: E402
from rows import quantile, summary, table  # noqa: E402

EVENTS = int(os.environ.get("STEWARD_EVENTS", "200000"))
FIELDS = {"bet_id": "312345678901", "market_id": "1.200806927", "selection_id": 12345678, "latency_ns": 91000000}


def labelled_counter():
    """What counts one placed order with prometheus_client; None when that is not here."""
    try:
        from prometheus_client import CollectorRegistry, Counter
    except ImportError:
        print("prometheus_client is not in build/venv: it is left out", file=sys.stderr)
        return None
    orders = Counter("orders_placed_total", "Orders", ["strategy", "market_type"], registry=CollectorRegistry())
    return lambda: orders.labels("momentum", "WIN").inc()


def empty_file(folder, name):
    path = os.path.join(folder, name)
    open(path, "w", encoding="utf-8").close()
    return path


def ways(folder):
    """[(name, function)]: each writes or counts the same placed order."""
    client = Journal(empty_file(folder, "client.jsonl"))
    if not client.order_placed("r", **FIELDS):
        sys.exit(f"the journal cannot be written: {client.last_error}")
    with open(client.path, "rb") as file:
        line = file.read()
    event = json.loads(line)
    plain = os.open(empty_file(folder, "plain"), os.O_WRONLY | os.O_APPEND)
    found = [("os.write of a ready line", lambda: os.write(plain, line)),
             ("json.dumps and os.write", lambda: os.write(plain, (json.dumps(event) + "\n").encode())),
             ("prometheus_client, labels().inc()", labelled_counter()),
             ("steward.journal", lambda: client.order_placed("r", **FIELDS))]
    return [(name, function) for name, function in found if function]


def measure(functions):
    """Nanoseconds of each call, the functions in turn."""
    taken, now = [[] for _ in functions], time.perf_counter_ns
    pairs = [(function, values.append) for function, values in zip(functions, taken)]
    for _ in range(EVENTS):
        for function, keep in pairs:
            begin = now()
            function()
            keep(now() - begin)
    return taken


def main():
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        names, functions = zip(*ways(folder))
        taken = dict(zip(names, measure(functions)))
    p50 = {name: quantile(values, 0.5) for name, values in taken.items()}
    p99 = {name: quantile(values, 0.99) for name, values in taken.items()}
    bare, ours, peer = names[0], names[-1], "prometheus_client, labels().inc()"
    print(f"One placed order told, {EVENTS:,} times in turn, nanoseconds (Python {sys.version.split()[0]})\n")
    table(["", "p50", "p99", "p50 ÷ os.write's", "p99 ÷ os.write's"],
          [(name, p50[name], p99[name], f"{p50[name] / p50[bare]:.2f}", f"{p99[name] / p99[bare]:.2f}")
           for name in names])
    summary("one journal event in Python, p50", f"{p50[ours] / 1000:.1f} µs",
            f"prometheus_client {p50[peer] / 1000:.1f} µs" if peer in p50 else "",
            f"{p50[ours] / p50[peer]:.2f}" if peer in p50 else "", "≤ 5 µs")
    summary("one journal event, p99, to a bot in Python", f"{p99[ours] / 1000:.1f} µs",
            f"os.write {p99[bare] / 1000:.1f} µs", f"{p99[ours] / p99[bare]:.2f}", "≤ 1.5 ×")
    print("\nThe bound of 1.5 × a bare write is out of reach in Python: the interpreter and JSON alone take longer than the "
          "write does.")


if __name__ == "__main__":
    main()
