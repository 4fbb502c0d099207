"""Commands of us and of the peers, run in turn: the time until all is on the disk, processor time, and the memory of the
largest process, as medians (of memory the worst)."""

import os
import shutil
import statistics
import subprocess
import sys
import time

from rows import summary, table

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.abspath(os.environ.setdefault("STEWARD_BIN_DIR", os.path.join(ROOT, "build/release/bin")))
PROGRAM = os.path.join(BIN, "backup_bench")


def fresh(folder, aside=None):
    """An empty folder. What was there goes into the folder `aside` when that is given: for minutes after many files were
    removed ext4 passes over each of their inodes when it makes a file, which makes whoever comes next ten times slower."""
    if aside and os.path.exists(folder):
        os.makedirs(aside, exist_ok=True)
        os.rename(folder, os.path.join(aside, str(len(os.listdir(aside)))))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)


def skipped(program):
    """Whether a peer is missing, which is said."""
    if shutil.which(program):
        return False
    print(f"skipped: {program} is not installed (./dev setup bench)\n")
    return True


class Runs:
    def __init__(self, top, env=None):
        self.top, self.env = top, env or os.environ
        self.taken = {}

    def run(self, what, command):
        """A shell's command, on a disk that has nothing left to write."""
        subprocess.run(["sync", "-f", self.top], check=True)
        begin = time.monotonic()
        process = subprocess.Popen(["bash", "-o", "pipefail", "-ec", command], stdout=subprocess.DEVNULL, env=self.env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{what} failed: {command}")
        subprocess.run(["sync", "-f", self.top], check=True)
        self.taken.setdefault(what, []).append(
            (time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))

    def seconds(self, what):
        return statistics.median(each[0] for each in self.taken[what])

    def peak(self, what):
        """MiB of the largest process."""
        return max(each[2] for each in self.taken[what])

    def report(self, megabytes, more=None):
        """`more`: a column of its own, {what: text}."""
        rows = []
        for what, taken in self.taken.items():
            cells = [what, f"{self.seconds(what):.2f}", f"{megabytes / self.seconds(what):.0f}",
                     f"{statistics.median(each[1] for each in taken):.2f}", f"{self.peak(what):.0f}"]
            rows.append(cells + ([more.get(what, "")] if more else []))
        table(["work", "seconds", "MB/s", "CPU-s", "MiB at most"] + (["stored"] if more else []), rows)
        print()

    def rate(self, what, megabytes, ours, peer, bound=""):
        """A line of the summary in MB/s; none when the peer did not run."""
        if peer in self.taken:
            us, them = megabytes / self.seconds(ours), megabytes / self.seconds(peer)
            summary(what, f"{us:.0f} MB/s", f"{peer} {them:.0f}", f"{us / them:.2f}", bound)

    def time(self, what, ours, peer, bound=""):
        """A line of the summary in seconds; ours also when the peer did not run."""
        us = self.seconds(ours)
        if peer in self.taken:
            them = self.seconds(peer)
            summary(what, f"{us:.2f} s", f"{peer} {them:.2f} s", f"{us / them:.2f}", bound)
        else:
            summary(what, f"{us:.2f} s", bound=bound)
