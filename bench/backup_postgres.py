#!/usr/bin/env python3
"""A database of pgbench (--scale 40: about 600 MB) into a folder store and back: Steward, pg_dump | gzip, pg_dump -Fc -Z0 | zstd -3,
and pgBackRest (full, zstd, 2 processes) when it is there, each in turn in one run on one server; medians of --rounds. The peak of
Steward's memory too. Every restore is counted."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("STEWARD_BIN_DIR", os.path.join(ROOT, "build/release/bin"))
os.environ["STEWARD_BIN_DIR"] = BIN
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from postgres_server import PostgresServer  # noqa: E402  (needs the path above)

ROWS_PER_SCALE = 100_000


class Bench:
    def __init__(self, top, server, rounds):
        self.top, self.server, self.rounds = top, server, rounds
        self.seconds, self.sizes, self.peak = {}, {}, 0.0
        self.env = {**server.env, "PATH": server.bin + ":" + server.env["PATH"]}

    def path(self, name):
        return os.path.join(self.top, name)

    def timed(self, what, command):
        """Notes the seconds of a shell's command, made durable, on a server and a disk that have nothing left to write."""
        self.server.sql("postgres", "CHECKPOINT")
        subprocess.run(["sync", "-f", self.top], check=True)
        begin = time.monotonic()
        done = subprocess.run(["bash", "-o", "pipefail", "-ec", command], capture_output=True, text=True, env=self.env,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"{command}: {done.stderr}")
        subprocess.run(["sync", "-f", self.top], check=True)
        self.seconds.setdefault(what, []).append(time.monotonic() - begin)
        if what == "steward":
            self.peak = max(self.peak, float(done.stdout))

    def restored(self, what, command):
        """As timed(), into a new database, whose rows are counted afterwards."""
        self.server.sql("postgres", "CREATE DATABASE restored TEMPLATE template0")
        self.timed(what, command)
        rows = self.server.sql("restored", "SELECT count(*) FROM pgbench_accounts")
        if rows != self.server.sql("bench", "SELECT count(*) FROM pgbench_accounts"):
            sys.exit(f"{what}: {rows} rows are not those of the database")
        self.server.sql("postgres", "DROP DATABASE restored WITH (FORCE)")

    def size(self, what, name):
        files = [os.path.join(folder, each) for folder, _, names in os.walk(self.path(name)) for each in names]
        self.sizes[what] = sum(os.path.getsize(each) for each in files)

    def round(self):
        steward = os.path.join(BIN, "backup_bench")
        shutil.rmtree(self.path("store"), ignore_errors=True)
        shutil.rmtree(self.path("archive"), ignore_errors=True)
        os.makedirs(self.path("archive"))
        self.timed("steward", f"{steward} backup postgresql:///bench {self.path('store')}")
        self.timed("pg_dump, zstd", f"pg_dump -Fc -Z0 bench | zstd -3 -T2 -q -o {self.path('archive/x.dump.zst')}")
        self.timed("pg_dump, gzip", f"pg_dump bench | gzip >{self.path('archive/x.sql.gz')}")
        self.restored("steward restore", f"{steward} restore {self.path('store')} postgresql:///restored")
        self.restored("pg_dump, zstd restore",
                      f"zstd -dcq {self.path('archive/x.dump.zst')} | pg_restore -1 --no-owner --no-acl -d restored")
        self.restored("pg_dump, gzip restore",
                      f"gzip -dc {self.path('archive/x.sql.gz')} | psql -XAtq -1 -v ON_ERROR_STOP=1 -d restored >/dev/null")
        self.size("steward", "store")
        self.sizes["pg_dump, zstd"] = os.path.getsize(self.path("archive/x.dump.zst"))
        self.sizes["pg_dump, gzip"] = os.path.getsize(self.path("archive/x.sql.gz"))

    def pgbackrest(self, command):
        """As the server's user, whose files it reads."""
        words = " ".join(self.server.run_as)
        return f"cd / && {words} pgbackrest --config={self.server.folder}/pgbackrest.conf --stanza=bench {command}"

    def pgbackrest_round(self):
        target = os.path.join(self.server.folder, "restored")
        self.timed("pgBackRest", self.pgbackrest("--type=full backup"))
        subprocess.run([*self.server.run_as, "mkdir", "-m", "700", target], check=True)
        self.timed("pgBackRest restore", self.pgbackrest(f"--pg1-path={target} restore"))
        self.sizes["pgBackRest"] = sum(
            os.path.getsize(os.path.join(folder, each))
            for folder, _, names in os.walk(os.path.join(self.server.folder, "repo/backup")) for each in names)
        shutil.rmtree(target)

    def run(self):
        for _ in range(self.rounds):
            self.round()
        if shutil.which("pgbackrest"):
            subprocess.run(["bash", "-ec", self.pgbackrest("stanza-create")], check=True, stdout=subprocess.DEVNULL)
            self.server.sql("postgres", f"ALTER SYSTEM SET archive_command = 'pgbackrest --config={self.server.folder}/"
                                        "pgbackrest.conf --stanza=bench archive-push %p'")
            self.server.sql("postgres", "SELECT pg_reload_conf()")
            for _ in range(self.rounds):
                self.pgbackrest_round()
        else:
            print("pgbackrest is not installed: it is left out", file=sys.stderr)
        return {what: statistics.median(taken) for what, taken in self.seconds.items()}


def pgbackrest_settings(server):
    """It takes a backup only of a server that archives its log through it."""
    with open(os.path.join(server.folder, "pgbackrest.conf"), "w", encoding="utf-8") as file:
        file.write(f"[global]\nrepo1-path={server.folder}/repo\nlog-path={server.folder}\nlock-path={server.folder}\n"
                   f"spool-path={server.folder}\ncompress-type=zst\ncompress-level=3\nprocess-max=2\nstart-fast=y\n"
                   f"repo1-retention-full=1\nlog-level-console=error\nlog-level-file=off\n[bench]\npg1-path={server.data}\n"
                   f"pg1-socket-path={server.folder}\npg1-port=5432\npg1-user=trader\n")


def report(seconds, bench, megabytes):
    print(f"A database of {megabytes:.0f} MB; medians of {bench.rounds}\n\n| work | seconds | MB/s | stored |\n|---|--:|--:|--:|")
    for what, taken in seconds.items():
        stored = f"{bench.sizes[what] / 1e6:.1f} MB" if what in bench.sizes else ""
        print(f"| {what} | {taken:.2f} | {megabytes / taken:.0f} | {stored} |")
    print(f"\nPeak of Steward's memory: {bench.peak:.0f} MiB. Its backup counts every row too; "
          "pgBackRest copies the server's files, so it restores a whole server and no single database.")
    for what, peer, bound in (("backup", "pg_dump, zstd", "≥ pg_dump -Fc -Z0 \\| zstd"), ("backup", "pg_dump, gzip", ""),
                              ("backup", "pgBackRest", ""), ("restore", "pg_dump, zstd", ""),
                              ("restore", "pg_dump, gzip", ""), ("restore", "pgBackRest", "")):
        suffix = " restore" if what == "restore" else ""
        if peer + suffix not in seconds:
            continue
        ours, theirs = megabytes / seconds["steward" + suffix], megabytes / seconds[peer + suffix]
        print(f"@ {what} of a PostgreSQL database | {ours:.0f} MB/s | {peer} {theirs:.0f} | {ours / theirs:.2f} | {bound} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = PostgresServer(("max_wal_size=4GB", "shared_buffers=256MB", "wal_level=replica", "archive_mode=on"))
    try:
        pgbackrest_settings(server)
        server.sql("postgres", "ALTER SYSTEM SET archive_command = '/bin/true'")  # until it is pgBackRest's turn
        server.sql("postgres", "SELECT pg_reload_conf()")
        server.sql("postgres", "CREATE DATABASE bench")
        server.run("pgbench", "-i", "-s", str(options.scale), "-q", "bench")
        with tempfile.TemporaryDirectory(dir=os.environ.get("BACKUP_DIR")) as top:
            server.sql("postgres", "CHECKPOINT")
            bench = Bench(top, server, options.rounds)
            seconds = bench.run()
            report(seconds, bench, int(server.sql("bench", "SELECT pg_database_size('bench')")) / 1e6)
    finally:
        server.close()


if __name__ == "__main__":
    main()
