#!/usr/bin/env python3
"""A folder of 1,000 MB of market data (JSON lines) into a folder store and back: Steward, tar czf, tar + zstd -3, and restic
when it is there, each in turn in one run; medians. The peak of Steward's memory too. Recordings are those of STEWARD_SHARED."""

import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(os.environ.get("STEWARD_BIN_DIR", os.path.join(ROOT, "build/release/bin")), "backup_bench")
SHARED = os.environ.get("STEWARD_SHARED", os.path.join(ROOT, "..", "shared"))
MEGABYTES = int(os.environ.get("BACKUP_MEGABYTES", "1000"))
ROUNDS = int(os.environ.get("BACKUP_ROUNDS", "3"))


def make_data(folder):
    """Eight files of recorded lines, each file of its own length of them."""
    lines = b"".join(open(path, "rb").read() for path in sorted(glob.glob(os.path.join(SHARED, "data/betfair/1.*"))))
    if not lines:
        sys.exit(f"{SHARED}/data/betfair has no recordings; set STEWARD_SHARED")
    for number in range(8):
        with open(os.path.join(folder, f"{number}.jsonl"), "wb") as file:
            left = MEGABYTES * 1_000_000 // 8
            while left > 0:
                left -= file.write(lines[:left])
    os.sync()


def timed(command, fresh=None):
    """Seconds of the command, made durable, and what it printed; `fresh` is a folder that is emptied before."""
    if fresh:
        shutil.rmtree(fresh, ignore_errors=True)
        os.makedirs(fresh)
    begin = time.monotonic()
    done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True,
                          env={**os.environ, "RESTIC_PASSWORD": "bench"})
    if fresh:
        subprocess.run(["sync", "-f", fresh], check=True)
    return time.monotonic() - begin, done.stdout


def measure(data, top):
    """{what: [seconds]}, and the peak of Steward's memory in MiB."""
    store, to, archive = (os.path.join(top, name) for name in ("store", "to", "archive"))
    seconds, peak = {}, 0.0

    def note(what, command, fresh=None):
        nonlocal peak
        taken, printed = timed(command, fresh)
        seconds.setdefault(what, []).append(taken)
        if "backup_bench" in command:
            peak = max(peak, float(printed))

    for _ in range(ROUNDS):
        note("steward", f"{PROGRAM} backup {data} {store}", store)
        note("steward again", f"{PROGRAM} backup {data} {store}")
        note("steward restore", f"{PROGRAM} restore {store} {to}", to)
        note("zstd", f"tar -cf - -C {data} . | zstd -3 -q -o {archive}/x.tar.zst", archive)
        note("zstd restore", f"zstd -dcq {archive}/x.tar.zst | tar -xf - -C {to}", to)
        note("gzip", f"tar -czf {archive}/x.tar.gz -C {data} .", archive)
        note("gzip restore", f"tar -xzf {archive}/x.tar.gz -C {to}", to)
        if shutil.which("restic"):
            timed(f"restic -q init -r {archive}", archive)
            note("restic", f"restic -q backup -r {archive} {data}")
            note("restic again", f"restic -q backup -r {archive} {data}")
            note("restic restore", f"restic -q restore latest -r {archive} --target {to}", to)
    return {what: statistics.median(taken) for what, taken in seconds.items()}, peak


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("BACKUP_DIR")) as top:
        data = os.path.join(top, "data")
        os.makedirs(data)
        make_data(data)
        time.sleep(1.1)  # a file younger than a second is always taken again
        seconds, peak = measure(data, top)
    if "restic" not in seconds:
        print("restic is not installed: it is left out", file=sys.stderr)
    print(f"{MEGABYTES} MB of JSON lines; medians of {ROUNDS}\n\n| work | seconds | MB/s |\n|---|--:|--:|")
    for what, taken in seconds.items():
        print(f"| {what} | {taken:.2f} | {MEGABYTES / taken:.0f} |")
    print(f"\nPeak of Steward's memory: {peak:.0f} MiB")
    ours, theirs = MEGABYTES / seconds["steward"], MEGABYTES / seconds["zstd"]
    print(f"@ backup of JSON lines | {ours:.0f} MB/s | tar + zstd -3 {theirs:.0f} | {ours / theirs:.2f} | ≥ tar + zstd |")
    ours, theirs = MEGABYTES / seconds["steward restore"], MEGABYTES / seconds["zstd restore"]
    print(f"@ restore of it | {ours:.0f} MB/s | zstd + tar {theirs:.0f} | {ours / theirs:.2f} | |")
    restic = f"restic {seconds['restic again']:.2f} s" if "restic again" in seconds else ""
    print(f"@ the same again, nothing changed | {seconds['steward again']:.3f} s | {restic} | | ≤ restic |")
    print(f"@ memory of a backup | {peak:.0f} MiB | | | ≤ 64 MiB |")


if __name__ == "__main__":
    main()
