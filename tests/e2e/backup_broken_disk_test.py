"""A disk that answers with errors, a reader that is not there, a machine without room for threads: no backup is said to be
made, listed, verified, proved or restored that is not."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from steward_e2e import main, program, skip, tool


class BrokenDiskTest(unittest.TestCase):
    def setUp(self):
        self.steward = program("steward")
        self.folder = tempfile.mkdtemp(prefix="steward-broken-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("data/sub/main.toml", "stake = 2\n")
        self.configure([self.path("data")])
        self.environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, sources, keep="last = 9"):
        self.write("steward.toml", f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "file://{self.path("store")}"\n'
                                   f'[[backup]]\nname = "job"\nsource = {json.dumps(sources)}\nkeep = {{ {keep} }}\n')

    def run_(self, *words, before=(), **more):
        if not more:
            more = {"stdout": subprocess.PIPE}
        return subprocess.run([*before, self.steward, *words, "--config", self.path("steward.toml")], stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False, env=self.environment, **more)

    def must(self, *words):
        done = self.run_(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def times(self):
        return [json.loads(line)["time"] for line in self.must("backup", "list", "--json").splitlines()]

    def faulty(self, fault, path=None, log="/dev/null"):
        """What runs a command that gets an error from the system calls that concern a path."""
        strace = [tool("strace"), "-f", "-qq", "-o", log]
        probe = subprocess.run([*strace, "true"], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            skip(f"strace may not trace here: {probe.stderr.strip()}")
        return [*strace, *([] if path is None else ["-P", path]), "-e", f"inject={fault}"]

    def fails(self, words, before, *command, **more):
        done = self.run_(*command, before=before, **more)
        with self.subTest(command):
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stderr, rf"^steward: [^\n]*{words}[^\n]*\n$")

    def test_a_source_that_cannot_be_listed_to_its_end(self):
        broken = self.faulty("getdents64:error=EIO", self.path("data/sub"))
        self.fails(re.escape(f"cannot list {self.path('data/sub')}: Input/output error"), broken, "backup", "run")
        self.configure([self.path("data/sub/*.toml")])
        self.fails("cannot list a folder to its end: Input/output error", broken, "backup", "run")
        self.configure([self.path("data/*/main.toml")])
        closed = self.faulty("openat:error=EACCES", self.path("data"))
        self.fails("cannot list .*data.*: Permission denied", closed, "backup", "run")
        self.assertEqual(self.times(), [])

    def test_a_store_that_cannot_be_listed_to_its_end(self):
        self.must("backup", "run")
        self.must("backup", "run", "--full")
        commands = [["backup", "list"], ["backup", "verify", "--all"], ["backup", "drill"], ["backup", "run"],
                    ["restore", "job", "--to", self.path("new")]]
        for call in ("getdents64", "newfstatat"):
            for command in commands:
                broken = self.faulty(f"{call}:error=EIO", self.path("store/job"))
                self.fails(f"{self.path('store')}.*Input/output error", broken, *command)
        self.assertEqual(len(self.times()), 2)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_a_backup_that_cannot_be_looked_at_is_not_half_removed(self):
        log, statuses = self.path("strace"), []
        while True:
            self.configure([self.path("data")])
            self.must("backup", "run", "--full")
            old = self.times()[0]
            self.configure([self.path("data")], "last = 1")
            broken = self.faulty(f"newfstatat:error=EIO:when={len(statuses) + 1}", self.path(f"store/job/{old}"), log)
            statuses.append(self.run_("backup", "run", "--full", before=broken).returncode)
            self.must("backup", "verify", "--all")
            with open(log, encoding="utf-8") as file:
                if "INJECTED" not in file.read():
                    break
        self.assertEqual(statuses.pop(), 0)
        self.assertGreater(statuses.count(1), 4, statuses)

    def test_a_backup_that_is_removed_while_all_are_verified_is_no_failure(self):
        self.must("backup", "run")
        self.must("backup", "run", "--full")
        newest = self.path(f"store/job/{self.times()[1]}")
        slow = self.faulty("openat:delay_enter=3000000", newest)
        verify = subprocess.Popen([*slow, self.steward, "backup", "verify", "--all", "--config", self.path("steward.toml")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        self.assertIn("every hash is right", verify.stdout.readline())  # and the newest is about to be opened
        shutil.rmtree(newest)
        rest, said = verify.communicate(timeout=60)
        self.assertEqual((verify.returncode, rest), (0, ""), said)
        self.assertRegex(said, "^steward: job/[^ ]* was removed while it was read[^\n]*\n$")

    def test_what_is_printed_to_nobody_is_no_success(self):
        self.must("backup", "run")
        for command in (["run"], ["list"], ["verify"], ["drill"], ["status"]):
            for as_json in ([], ["--json"]):
                with open("/dev/full", "w", encoding="utf-8") as full:
                    self.fails("standard output is not complete: .*No space left on device", [], "backup", *command, *as_json,
                               stdout=full)
        closed = ["sh", "-c", 'exec "$@" >&-', "sh"]
        self.fails("standard output is not complete: .*Bad file descriptor", closed, "backup", "run", "--json")
        self.must("backup", "verify", "--all")

    def test_a_machine_without_room_for_threads(self):
        self.fails(r"no thread can be started: .*; raise the limit of processes", self.faulty("clone3:error=EAGAIN"),
                   "backup", "run", "job")
        self.must("backup", "run")


if __name__ == "__main__":
    main()
