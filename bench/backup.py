#!/usr/bin/env python3
"""A folder of --megabytes of market data (JSON lines), and one of --files small files, into a folder store and back:
Steward, tar + zstd -3 (one thread, and two), tar czf, and restic when it is there, in turn in one run; medians of --rounds.
Recordings are those of STEWARD_SHARED; the data lies in BACKUP_DIR, else in /tmp."""

import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from rows import summary  # noqa: E402  (needs the path above)
from runs import BIN, PROGRAM, ROOT, Runs, fresh, skipped  # noqa: E402

SHARED = os.environ.get("STEWARD_SHARED", os.path.join(ROOT, "..", "shared"))


def recorded_lines():
    lines = b"".join(open(path, "rb").read() for path in sorted(glob.glob(os.path.join(SHARED, "data/betfair/1.*"))))
    if not lines:
        sys.exit(f"{SHARED}/data/betfair has no recordings; set STEWARD_SHARED")
    return lines


def make_large(folder, megabytes):
    """Eight files of recorded lines."""
    lines = recorded_lines()
    for number in range(8):
        with open(os.path.join(folder, f"{number}.jsonl"), "wb") as file:
            left = megabytes * 1_000_000 // 8
            while left > 0:
                left -= file.write(lines[:left])


def make_small(folder, files):
    """Files of 200 to 4,200 bytes, a thousand in a folder; their size in MB."""
    lines, at, total = recorded_lines(), 0, 0
    for number in range(files):
        size = 200 + number * 104_729 % 4_000
        at = at if at + size <= len(lines) else 0
        below = os.path.join(folder, f"{number // 1000:03}")
        os.makedirs(below, exist_ok=True)
        with open(os.path.join(below, f"{number % 1000:03}.json"), "wb") as file:
            file.write(lines[at:at + size])
        at, total = at + size, total + size
    return total / 1e6


class Bench:
    def __init__(self, top, data, restic, aside=None):
        self.data, self.restic, self.aside = data, restic, aside
        self.store, self.archive, self.to = (os.path.join(top, name) for name in ("store", "archive", "to"))
        self.key = os.path.join(top, "key")
        self.runs = Runs(top, {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": os.path.join(top, "cache")})

    def restored(self, what, command):
        fresh(self.to, self.aside)
        self.runs.run(what, command)

    def steward(self, name, options=""):
        fresh(self.store, self.aside)
        self.runs.run(name, f"{PROGRAM} {options} backup {self.data} {self.store}")
        self.restored(f"{name}, restore", f"{PROGRAM} {options} restore {self.store} {self.to}")

    def steward_plain(self):
        self.steward("steward")
        self.runs.run("steward, verify", f"{PROGRAM} verify {self.store}")
        self.runs.run("steward, unchanged", f"{PROGRAM} backup {self.data} {self.store}")

    def steward_encrypted(self):
        if not os.path.exists(self.key):
            subprocess.run([os.path.join(BIN, "steward"), "backup", "key", self.key], check=True, stdout=subprocess.DEVNULL)
        self.steward("steward, encrypted", f"--key {self.key}")

    def tar(self, name, pack, unpack):
        fresh(self.archive, self.aside)
        self.runs.run(name, f"tar -cf - -C {self.data} . | {pack} >{self.archive}/x")
        self.restored(f"{name}, restore", f"{unpack} {self.archive}/x | tar -xf - -C {self.to}")

    def restic_round(self):
        if not self.restic:
            return
        fresh(self.archive, self.aside)
        subprocess.run(["restic", "-q", "init", "-r", self.archive], check=True, env=self.runs.env)
        for what in ("restic", "restic, unchanged"):
            self.runs.run(what, f"restic -q backup -r {self.archive} {self.data}")
        self.restored("restic, restore", f"restic -q restore latest -r {self.archive} --target {self.to}")


def large(top, options, restic):
    data = os.path.join(top, "large")
    os.makedirs(data)
    make_large(data, options.megabytes)
    os.sync()
    time.sleep(1.1)  # a file younger than a second is always taken again
    bench = Bench(top, data, restic)
    for _ in range(options.rounds):
        bench.steward_plain()
        bench.tar("tar + zstd -3", "zstd -3 -q", "zstd -dcq")
        bench.steward_encrypted()
        bench.tar("tar + zstd -3 -T2", "zstd -3 -T2 -q", "zstd -dcq")
        bench.steward("steward, gzip", "--gzip")
        bench.tar("tar czf", "gzip", "gzip -dc")
        bench.restic_round()
    print(f"{options.megabytes} MB of JSON lines in 8 files; medians of {options.rounds}\n")
    runs = bench.runs
    runs.report(options.megabytes)
    print("Every time is until all is on the disk. Steward compresses on both cores and hashes every file and the archive;\n"
          "zstd alone takes one core, or two with -T2. The recorded lines come again every 3.8 MB, which restic stores once.\n"
          "restic always encrypts. The memory is the largest process's, never less than the 22 MiB of this script.\n")
    for kind, suffix in (("backup", ""), ("restore", ", restore")):
        for peer, bound in (("tar + zstd -3", "≥ tar + zstd"), ("tar + zstd -3 -T2", ""), ("restic", "")):
            runs.rate(f"{kind} of JSON lines", options.megabytes, "steward" + suffix, peer + suffix, bound)
    runs.time("the same again, nothing changed", "steward, unchanged", "restic, unchanged", "≤ restic")
    memory(runs, "JSON lines")


def small(top, options, restic):
    data = os.path.join(top, "small")
    os.makedirs(data)
    megabytes = make_small(data, options.files)
    os.sync()
    time.sleep(1.1)
    bench = Bench(top, data, restic, os.path.join(top, "aside"))
    for _ in range(options.rounds):
        bench.steward_plain()
        bench.tar("tar + zstd -3", "zstd -3 -q", "zstd -dcq")
        bench.restic_round()
    print(f"{options.files:,} files, {megabytes:.0f} MB; medians of {options.rounds}\n")
    runs = bench.runs
    runs.report(megabytes)
    name = f"{options.files:,} small files"
    runs.time(f"backup of {name}", "steward", "tar + zstd -3")
    runs.time(f"restore of {name}", "steward, restore", "tar + zstd -3, restore")
    runs.time(f"{name} again, nothing changed", "steward, unchanged", "restic, unchanged", "≤ restic")
    memory(runs, name)


def memory(runs, name):
    ours = max(runs.peak(what) for what in runs.taken if what.startswith("steward"))
    theirs = [runs.peak(what) for what in runs.taken if what.startswith("restic")]
    summary(f"memory at most, {name}", f"{ours:.0f} MiB", f"restic {max(theirs):.0f} MiB" if theirs else "",
            f"{ours / max(theirs):.2f}" if theirs else "", "≤ 64 MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    restic = not skipped("restic")
    for part in (large, small):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BACKUP_DIR")) as top:
            part(top, options, restic)


if __name__ == "__main__":
    main()
