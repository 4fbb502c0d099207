"""A campaign of faults over backups: `steward backup run` (with retention) and `steward restore` are killed, or told
that the disk is full or broken, at the Nth of each system call they make, on a folder store and on S3 (versitygw). After
each fault: what lives is untouched, every backup that is listed restores to what it was made of, byte for byte, success
was said only when it is one, and the next run and restore work.

    backup_faults.py --seeds 20 [--first 1]

The same seed takes the same step. strace injects the faults. Prints one line a seed and the sum; exit code 1 when
anything was wrong."""
import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

from steward_e2e import free_port, program, tool, wait

# What changes a disk or goes to a server.
CALLS = ("write,pwrite64,writev,fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,"
         "ftruncate,fallocate,openat,getdents64,sendto,sendmsg,fchmod,fchown,utimensat,symlinkat,flock,fcntl")
FAULTS = {"kill": "signal=SIGKILL", "full": "error=ENOSPC", "broken": "error=EIO"}
BYTES = 40_000


def tree(root):
    """{path: content or target} of what lies below a folder."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[os.path.relpath(path, root)] = os.readlink(path)
            elif name.endswith(".db"):
                with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                    found[os.path.relpath(path, root)] = database.execute("SELECT * FROM orders").fetchall()
            elif "-wal" not in name and "-shm" not in name:
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = file.read()
    return found


class Wrong(Exception):
    """Something that must hold does not."""


class Place:
    """Data, a configuration and a store that live through all seeds; `made` is what each backup was made of."""

    def __init__(self, folder, random_, url, lines, environment):
        self.folder, self.random, self.environment = folder, random_, environment
        self.steward = program("steward")
        self.data = self.path("data")
        self.made = {}
        os.makedirs(os.path.join(self.data, "models"))
        os.symlink("main.toml", os.path.join(self.data, "current"))
        key = subprocess.run([self.steward, "backup", "key", self.path("key")], capture_output=True, text=True, check=True)
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "{url}"\n{lines}'
                       f'[[backup]]\nname = "trading"\nsource = ["{self.data}", "sqlite://{self.data}/bot.db"]\n'
                       f'exclude = ["*.db", "*.db-*"]\nkeep = {{ last = 3 }}\n'
                       f'encrypt_to = {{ offline = "{key.stdout.strip()}" }}\n')

    def path(self, name):
        return os.path.join(self.folder, name)

    def change(self):
        """A day's work of the bots."""
        for name in ("main.toml", f"models/{self.random.randrange(4)}.bin"):
            with open(os.path.join(self.data, name), "wb") as file:
                file.write(self.random.randbytes(self.random.randrange(BYTES)))
        with sqlite3.connect(os.path.join(self.data, "bot.db")) as database:
            database.execute("CREATE TABLE IF NOT EXISTS orders(n)")
            database.execute("INSERT INTO orders VALUES(?)", (self.random.randrange(10**9),))

    def run(self, *words, strace=()):
        environment = {**os.environ, **self.environment, "ASAN_OPTIONS": "detect_leaks=0"}
        return subprocess.run([*strace, self.steward, *words, "--config", self.path("steward.toml")], capture_output=True,
                              text=True, timeout=120, check=False, env=environment)

    def must(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise Wrong(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def listed(self):
        return [json.loads(line)["time"] for line in self.must("backup", "list", "--json").splitlines()]

    def backup(self):
        self.made[json.loads(self.must("backup", "run", "--json"))["time"]] = tree(self.data)

    def restore_words(self, to, at=None):
        return ["restore", "trading", "--to", to, "--key", self.path("key"), *([] if at is None else ["--at", at])]

    def restored(self, at=None):
        to = self.path("restored")
        self.must(*self.restore_words(to, at))
        found = tree(to + self.data)
        shutil.rmtree(to)
        return found


class Seed:
    """One fault at one step of one command."""

    def __init__(self, place, random_):
        self.place, self.random = place, random_
        self.target = place.path("target")

    def words(self, restore):
        return self.place.restore_words(self.target) if restore else ["backup", "run", "--json"]

    def steps(self, restore):
        """What the command does undisturbed: for each system call, how often one thread makes it."""
        log = self.place.path("trace")
        done = self.place.run(*self.words(restore), strace=["strace", "-f", "-qq", "-o", log, "-e", f"trace={CALLS}",
                                                            "-e", "signal=none"])
        if done.returncode != 0:
            raise Wrong(f"undisturbed: {done.stdout}{done.stderr}")
        counts = collections.Counter()
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                found = re.match(r"(\d+) +(\w+)\(", line)
                if found:
                    counts[found.groups()] += 1
        most = {}
        for (_, call), count in counts.items():
            most[call] = max(count, most.get(call, 0))
        if not restore:
            self.place.made[json.loads(done.stdout)["time"]] = tree(self.place.data)
            self.place.change()
        shutil.rmtree(self.target, ignore_errors=True)
        return most

    def play(self):
        restore = self.random.random() < 0.35
        self.place.change()
        if not self.place.made:
            self.place.backup()
        most = self.steps(restore)
        call = self.random.choice(sorted(most))
        number = self.random.randint(1, most[call])
        fault = self.random.choice(["kill", "kill", "full", "broken"])
        before = self.place.listed()
        live = tree(self.place.data)
        done = self.place.run(*self.words(restore), strace=[
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{FAULTS[fault]}:when={number}"])
        what = f"{'restore' if restore else 'backup'}: {fault} at {call} {number}/{most[call]}, exit {done.returncode}"
        try:
            if done.returncode not in (0, 1, -signal.SIGKILL, 128 + signal.SIGKILL):
                raise Wrong(f"ended strangely: {done.stderr[-2000:]}")
            if done.returncode == 1 and not done.stderr.strip():
                raise Wrong("failed without a word")
            if tree(self.place.data) != live:
                raise Wrong("what lives was changed")
            self.check_restored(done) if restore else self.check_backups(done, before)
        except Wrong as wrong:
            raise Wrong(f"{what}: {wrong}; it said: {done.stdout[-300:]}{done.stderr[-1000:]}") from wrong
        return what

    def check_restored(self, done):
        newest = self.place.made[self.place.listed()[-1]]
        if done.returncode == 0 and tree(self.target + self.place.data) != newest:
            raise Wrong("said that it restored, and did not")
        self.place.must(*self.place.restore_words(self.target), "--force")
        if tree(self.target + self.place.data) != newest:
            raise Wrong("the restore after it is not right")
        shutil.rmtree(self.target)

    def check_backups(self, done, before):
        listed = self.place.listed()
        new = [time for time in listed if time not in before]
        for time in new:
            self.place.made[time] = tree(self.place.data)
        # The fault may have struck what it prints.
        if done.returncode == 0 and (not new or done.stdout and json.loads(done.stdout)["time"] != new[-1]):
            raise Wrong("said that it made a backup, and did not")
        if len(listed) < min(3, len(before)):
            raise Wrong(f"of {before} only {listed} are left")
        for time in listed:
            if self.place.restored(time) != self.place.made[time]:
                raise Wrong(f"the backup {time} is not what it was made of")
        self.place.change()
        self.place.backup()
        if self.place.restored() != self.place.made[self.place.listed()[-1]]:
            raise Wrong("the backup after it is not right")
        self.place.must("backup", "verify", "--all", "--key", self.place.path("key"))


def serve_s3(folder):
    """A process that serves the bucket "bucket" and checks signatures, its port and what a client needs; None without it."""
    from objects_test import ACCESS, SECRET, answers, versitygw
    from unittest import SkipTest
    try:
        gateway = versitygw()
    except SkipTest as why:
        print(f"only on a folder: {why}")
        return None
    port = free_port()
    os.makedirs(os.path.join(folder, "s3", "bucket"))
    with open(os.path.join(folder, "s3.log"), "wb") as log:
        server = subprocess.Popen([gateway, "--port", f"127.0.0.1:{port}", "--access", ACCESS, "--secret", SECRET, "posix",
                                   os.path.join(folder, "s3")], stdout=log, stderr=log)
    wait(lambda: answers(port), what="the S3 server's first answer")
    return server, port, {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
                          "AWS_EC2_METADATA_DISABLED": "true"}


def play_all(folder, seeds, first):
    served = serve_s3(folder)
    wrong = 0
    done = collections.Counter()
    try:
        for number in range(first, first + seeds):
            random_ = random.Random(number)
            on_s3 = served is not None and random_.random() < 0.3
            home = os.path.join(folder, str(number))
            url, lines, environment = f"file://{home}/store", "", {}
            if on_s3:
                url, lines = f"s3://bucket/{number}", f'endpoint = "http://127.0.0.1:{served[1]}"\n'
                environment = served[2]
            try:
                place = Place(home, random_, url, lines, environment)
                for _ in range(3):
                    what = Seed(place, random_).play()
                    done[what.split(":")[0]] += 1
                    print(f"seed {number}: {'S3' if on_s3 else 'folder'}: {what}", flush=True)
                shutil.rmtree(home)
            except Wrong as fault:
                wrong += 1
                print(f"seed {number}: {'S3' if on_s3 else 'folder'}: WRONG: {fault}", flush=True)
    finally:
        if served is not None:
            served[0].kill()
            served[0].wait()
    print(f"{sum(done.values())} faults ({done['backup']} in backups, {done['restore']} in restores), {wrong} wrong")
    return wrong


def run_campaign(seeds, first=1):
    """How many faults did harm; the exit code 77 (skipped) where nothing may be traced, as in some containers."""
    program("steward")
    probe = subprocess.run([tool("strace"), "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True,
                           check=False)
    if probe.returncode != 0:
        print(f"skipped: strace may not trace here: {probe.stderr.strip()}")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="steward-faults-") as folder:
        return play_all(folder, seeds, first)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    sys.exit(1 if run_campaign(options.seeds, options.first) else 0)
