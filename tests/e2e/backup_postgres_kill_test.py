"""kill -9 in the middle of a restore into a database: it is as it was before, or complete, and the next restore works."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from postgres_server import PostgresServer
from steward_e2e import main, program, skip, tool, wait

SEEDS = int(os.environ.get("STEWARD_SEEDS", "12"))


class KillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.steward = program("steward")
        probe = subprocess.run([tool("strace"), "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            skip(f"strace may not trace here: {probe.stderr.strip()}")
        cls.server = PostgresServer()
        cls.addClassCleanup(cls.server.close)
        cls.folder = tempfile.mkdtemp(prefix="steward-kill-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.server.sql("postgres", "CREATE DATABASE trading_db")
        cls.server.sql("trading_db", "CREATE TABLE bets(id int PRIMARY KEY, price numeric, note text); "
                                     "INSERT INTO bets SELECT n, n / 7.0, repeat('x', 40) FROM generate_series(1, 20000) n; "
                                     "CREATE INDEX ON bets(price); CREATE TABLE runs AS SELECT 1 AS n")
        cls.content = cls.server.content("trading_db")
        cls.configure()
        cls.backup("custom")
        cls.backup("plain")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def configure(cls):
        with open(cls.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{cls.path("state")}"\n[objects]\nurl = "file://{cls.path("store")}"\n')
            for name in ("custom", "plain"):
                file.write(f'[[backup]]\nname = "{name}"\nsource = "postgresql:///trading_db"\nformat = "{name}"\n')

    @classmethod
    def backup(cls, name):
        subprocess.run([cls.steward, "backup", "run", name, "--config", cls.path("steward.toml")], check=True, timeout=120,
                       env=cls.server.env, stdout=subprocess.DEVNULL)

    def restore(self, job, *words, strace=()):
        environment = {**self.server.env, "ASAN_OPTIONS": "detect_leaks=0"}
        return subprocess.run([*strace, self.steward, "restore", job, "--to", "postgresql:///target", "--config",
                               self.path("steward.toml"), *words], capture_output=True, text=True, timeout=120, check=False,
                              env=environment)

    def prepare(self, before):
        """The target as a restore finds it: missing, empty, or with other rows."""
        self.server.sql("postgres", "DROP DATABASE IF EXISTS target WITH (FORCE)")
        if before == "empty":
            self.server.sql("postgres", "CREATE DATABASE target")
        if before == "other":
            self.server.sql("postgres", "CREATE DATABASE target TEMPLATE trading_db")
            self.server.sql("target", "UPDATE bets SET price = 1 WHERE id < 100")

    def found(self):
        """The target's content once nobody works in it any more; what is missing is empty."""
        if "target" not in self.server.databases():
            return {}
        wait(lambda: self.server.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = 'target'") == "0", 30,
             "the server to end what the killed restore had begun")
        return self.server.content("target")

    def writes(self, job, *words):
        """How often a restore that nothing disturbs writes: to psql, that is to the database."""
        log = self.path("trace")
        done = self.restore(job, *words, strace=["strace", "-qq", "-o", log, "-e", "trace=write", "-e", "signal=none"])
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(log, encoding="utf-8", errors="replace") as file:
            return len(re.findall(r"^write\(", file.read(), re.MULTILINE))

    def test_killed_at_any_write_the_database_is_as_before_or_complete(self):
        ends = {"as before": 0, "complete": 0}
        counts = {}
        for seed in range(SEEDS):
            chance = random.Random(seed)
            job, before = chance.choice([("custom", "missing"), ("custom", "empty"), ("custom", "other"), ("plain", "empty")])
            words = ["--force"] if before == "other" else []
            if (job, before) not in counts:
                self.prepare(before)
                counts[job, before] = self.writes(job, *words)
            # Most of them are the dump's; the first ones and the last, with the commit, are more worth a look.
            number = chance.choice([chance.randint(1, counts[job, before]), chance.randint(1, 12),
                                    counts[job, before] - chance.randint(0, 12)])
            with self.subTest(seed=seed, job=job, before=before, write=f"{number} of {counts[job, before]}"):
                self.prepare(before)
                original = self.found()
                done = self.restore(job, *words, strace=["strace", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e",
                                                         f"inject=write:signal=SIGKILL:when={number}"])
                self.assertIn(done.returncode, (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.stderr)
                found = self.found()
                self.assertIn(found, (original, self.content), "neither as before nor complete")
                ends["complete" if found == self.content else "as before"] += 1
                again = self.restore("custom" if found else job, *(["--force"] if found else []))
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.server.content("target"), self.content)
        print(f"killed {SEEDS} times: {json.dumps(ends)}")
        self.assertGreater(ends["as before"], 0)


if __name__ == "__main__":
    main()
