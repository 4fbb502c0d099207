#!/usr/bin/env python3
"""A database of pgbench (--scale 40: about 600 MB) into a folder store and back: Steward, pg_dump | gzip, pg_dump -Fc -Z0 | zstd -3,
and pgBackRest (full, zstd, 2 processes) when it is there, each in turn in one run on one server; medians of --rounds. The rows
of every restore are compared."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from rows import summary  # noqa: E402  (needs the path above)
from runs import PROGRAM, ROOT, Runs, fresh, skipped  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from postgres_server import PostgresServer  # noqa: E402

TABLES = ("accounts", "branches", "history", "tellers")
COUNT = "psql -XAtq -d restored" + "".join(f" -c 'SELECT count(*) FROM pgbench_{each}'" for each in TABLES)


class Bench:
    def __init__(self, top, server, rounds):
        self.top, self.server, self.rounds, self.sizes = top, server, rounds, {}
        self.runs = Runs(top, {**server.env, "PATH": server.bin + ":" + server.env["PATH"]})

    def path(self, name):
        return os.path.join(self.top, name)

    def timed(self, what, command):
        """On a server that has nothing left to write."""
        self.server.sql("postgres", "CHECKPOINT")
        self.runs.run(what, command)

    def restored(self, what, command):
        """As timed(), into a new database, whose rows are counted afterwards."""
        self.server.sql("postgres", "CREATE DATABASE restored TEMPLATE template0")
        self.timed(what, command)
        rows = self.server.sql("restored", "SELECT count(*) FROM pgbench_accounts")
        if rows != self.server.sql("bench", "SELECT count(*) FROM pgbench_accounts"):
            sys.exit(f"{what}: {rows} rows are not those of the database")
        self.server.sql("postgres", "DROP DATABASE restored WITH (FORCE)")

    def size(self, what, folder):
        files = [os.path.join(below, each) for below, _, names in os.walk(folder) for each in names]
        self.sizes[what] = f"{sum(os.path.getsize(each) for each in files) / 1e6:.1f} MB"

    def peer(self, name, dump, restores):
        """A dump into the folder archive, and the restores of it."""
        fresh(self.path("archive"))
        self.timed(name, dump + f" >{self.path('archive/x')}")
        self.size(name, self.path("archive"))
        for suffix, command in restores.items():
            self.restored(name + suffix, command.replace("ARCHIVE", self.path("archive/x")))

    def round(self):
        fresh(self.path("store"))
        self.timed("steward", f"{PROGRAM} backup postgresql:///bench {self.path('store')}")
        self.size("steward", self.path("store"))
        self.restored("steward, restore", f"{PROGRAM} restore {self.path('store')} postgresql:///restored")
        fresh(self.path("store"))
        self.timed("steward, rows not counted", f"{PROGRAM} --no-rows backup postgresql:///bench {self.path('store')}")
        self.restored("steward, rows not counted, restore", f"{PROGRAM} restore {self.path('store')} postgresql:///restored")
        self.peer("pg_dump, zstd", "pg_dump -Fc -Z0 bench | zstd -3 -q", {})
        restore = "zstd -dcq ARCHIVE | pg_restore -1 --no-owner --no-acl -d restored"
        self.peer("pg_dump, zstd -T2", "pg_dump -Fc -Z0 bench | zstd -3 -T2 -q",
                  {", restore": restore, ", restore and count": f"{restore}; {COUNT}"})
        self.peer("pg_dump, gzip", "pg_dump bench | gzip",
                  {", restore": "gzip -dc ARCHIVE | psql -XAtq -1 -v ON_ERROR_STOP=1 -d restored >/dev/null"})

    def pgbackrest(self, command):
        """As the server's user, whose files it reads."""
        words = " ".join(self.server.run_as)
        return f"cd / && {words} pgbackrest --config={self.server.folder}/pgbackrest.conf --stanza=bench {command}"

    def pgbackrest_round(self):
        target = os.path.join(self.server.folder, "restored")
        self.timed("pgBackRest", self.pgbackrest("--type=full backup"))
        self.size("pgBackRest", os.path.join(self.server.folder, "repo/backup"))
        subprocess.run([*self.server.run_as, "mkdir", "-m", "700", target], check=True)
        self.timed("pgBackRest, restore", self.pgbackrest(f"--pg1-path={target} restore"))
        shutil.rmtree(target)

    def run(self):
        for _ in range(self.rounds):
            self.round()
        if skipped("pgbackrest"):
            return
        subprocess.run(["bash", "-ec", self.pgbackrest("stanza-create")], check=True, stdout=subprocess.DEVNULL,
                       env=self.runs.env)
        self.server.sql("postgres", f"ALTER SYSTEM SET archive_command = 'pgbackrest --config={self.server.folder}/"
                                    "pgbackrest.conf --stanza=bench archive-push %p'")
        self.server.sql("postgres", "SELECT pg_reload_conf()")
        for _ in range(self.rounds):
            self.pgbackrest_round()


def pgbackrest_settings(server):
    """It takes a backup only of a server that archives its log through it."""
    with open(os.path.join(server.folder, "pgbackrest.conf"), "w", encoding="utf-8") as file:
        file.write(f"[global]\nrepo1-path={server.folder}/repo\nlog-path={server.folder}\nlock-path={server.folder}\n"
                   f"spool-path={server.folder}\ncompress-type=zst\ncompress-level=3\nprocess-max=2\nstart-fast=y\n"
                   f"repo1-retention-full=1\nlog-level-console=error\nlog-level-file=off\n[bench]\npg1-path={server.data}\n"
                   f"pg1-socket-path={server.folder}\npg1-port=5432\npg1-user=trader\n")


def report(bench, megabytes):
    print(f"A database of {megabytes:.0f} MB; medians of {bench.rounds}; processor time without the server's\n")
    bench.runs.report(megabytes, bench.sizes)
    print("Steward's backup counts the rows of each table too, while pg_dump writes, and hashes what it stores. Its restore\n"
          "compares those hashes and counts the rows again, before the one COMMIT; \"restore and count\" is the peer with a\n"
          "count of the same tables behind. pgBackRest copies the server's files: it restores a whole server and no single\n"
          "database.\n")
    bound = "≥ pg_dump -Fc -Z0 \\| zstd"
    for kind, ours in (("backup of a PostgreSQL database", "steward"),
                       ("the same, rows not counted", "steward, rows not counted")):
        for peer in ("pg_dump, zstd", "pg_dump, zstd -T2", "pg_dump, gzip", "pgBackRest"):
            bench.runs.rate(kind, megabytes, ours, peer, bound if peer == "pg_dump, zstd" else "")
    for kind, ours, peers in (
            ("restore of a PostgreSQL database", "steward, restore",
             ("pg_dump, zstd -T2, restore and count", "pg_dump, gzip, restore", "pgBackRest, restore")),
            ("the same, rows not counted", "steward, rows not counted, restore", ("pg_dump, zstd -T2, restore",))):
        for peer in peers:
            bench.runs.rate(kind, megabytes, ours, peer)
    peak = max(bench.runs.peak(what) for what in ("steward", "steward, restore"))
    summary("memory at most, a PostgreSQL database", f"{peak:.0f} MiB", bound="≤ 64 MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
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
            bench.run()
            report(bench, int(server.sql("bench", "SELECT pg_database_size('bench')")) / 1e6)
    finally:
        server.close()


if __name__ == "__main__":
    main()
