"""A PostgreSQL server of one's own in a temporary folder, on a socket there, with the newest version that is installed."""

import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile

from steward_e2e import skip, tool


class PostgresServer:
    """Up until close(). `env` is what libpq's programs need to reach it as the user trader, who may do everything."""

    def __init__(self, settings=()):
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        folders = [path for path in folders if os.access(path + "/initdb", os.X_OK)]
        if not folders:
            skip("PostgreSQL's server is not installed (./dev setup test)")
        self.bin = folders[-1]
        self.folder = tempfile.mkdtemp(prefix="steward-postgres-")
        os.chmod(self.folder, 0o755)
        self.run_as = []
        if os.geteuid() == 0:  # which the server refuses
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                skip("there is no user postgres, and the server does not run as root")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.run_as = [tool("setpriv"), "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        self.env = {**os.environ, "PGHOST": self.folder, "PGPORT": "5432", "PGUSER": "trader", "LC_ALL": "C.UTF-8"}
        self.data = os.path.join(self.folder, "data")
        self.server("initdb", "-D", self.data, "-A", "trust", "-U", "trader", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off " + " ".join(f"-c {each}" for each in settings)
        self.server("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "-o", options, "start")

    def server(self, name, *words):
        """A program of the server, as its user."""
        subprocess.run([*self.run_as, os.path.join(self.bin, name), *words], check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL, cwd=self.folder, timeout=120)

    def close(self):
        try:
            self.server("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def program(self, name):
        return os.path.join(self.bin, name)

    def run(self, name, *words, **options):
        return subprocess.run([self.program(name), *words], env=self.env, check=True, capture_output=True, timeout=120,
                              **options).stdout

    def sql(self, database, text):
        """The answer, unaligned, without its last line break."""
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text).decode().rstrip("\n")

    def databases(self):
        return set(self.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate").split("\n"))

    def content(self, database):
        """{table: bytes of all its rows, sorted} of the user's tables."""
        names = json.loads(self.sql(database, "SELECT coalesce(json_agg(c.oid::regclass::text), '[]') FROM pg_class c WHERE "
                                              "relkind = 'r' AND relnamespace::regnamespace::text !~ "
                                              "'^(pg_|information_schema)'"))
        return {name: self.run("psql", "-XAtq", "-d", database, "-c",
                               f"COPY (SELECT * FROM {name} t ORDER BY t::text) TO STDOUT") for name in names}
