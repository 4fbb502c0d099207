"""A PostgreSQL database backed up while it is written to, and restored: by Steward, and by PostgreSQL's own tools."""

import glob
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

from postgres_server import PostgresServer
from steward_e2e import SOURCE, alive, descendants, main, program, tool, wait

URL = "postgresql:///trading_db"


class BackupPostgresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program("steward")
        cls.server = PostgresServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.sql("postgres", "CREATE DATABASE trading_db")
        cls.server.run("pgbench", "-i", "-s", "5", "-q", "trading_db")
        cls.server.sql("trading_db", "CREATE SCHEMA \"a.b \"\"c\"; CREATE TABLE \"a.b \"\"c\".\"x'\n|y\"(n int, t text); "
                                     "INSERT INTO \"a.b \"\"c\".\"x'\n|y\" VALUES (1, E'COMMIT;\\n'), (2, NULL); "
                                     "SELECT lo_from_bytea(0, 'the model')")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.drop_others)
        self.configure()

    def drop_others(self):
        for name in self.server.databases() - {"postgres", "trading_db"}:
            self.server.sql("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, more="", source=URL):
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "file://{self.path("store")}"\n'
                       f'[[backup]]\nname = "db"\nsource = {json.dumps(source)}\n{more}\n')

    def command(self, *words):
        return [program("steward"), *words, "--config", self.path("steward.toml")]

    def run_steward(self, *words, expect=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False,
                              env=self.server.env)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout if expect == 0 else done.stderr

    def backup(self):
        return json.loads(self.run_steward("backup", "run", "db", "--json"))["time"]

    def manifest(self, time):
        with open(self.path(f"store/db/{time}/manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def large_objects(self, database):
        return self.server.sql(database, "SELECT encode(lo_get(oid), 'escape') FROM pg_largeobject_metadata")

    def test_restored_byte_for_byte_custom_and_plain_encrypted_and_gzip(self):
        before = self.server.content("trading_db")
        public = subprocess.run([program("steward"), "backup", "key", self.path("offline.key")], check=True, timeout=60,
                                capture_output=True, text=True).stdout.strip()
        key = ("--key", self.path("offline.key"))
        for number, (more, words) in enumerate((
                ("", ()), ('format = "plain"', ()), ('format = "plain"\ncompression = "gzip"', ()),
                (f'encrypt_to = {{ offline = "{public}" }}\ndrill_key = false', key))):
            with self.subTest(more):
                self.configure(more)
                made = self.manifest(self.backup())
                self.assertEqual(sum(each["rows"] for each in made["databases"][0]["tables"]), 500_057)
                self.assertIn("every hash is right", self.run_steward("backup", "verify", "db", *words))
                said = self.run_steward("restore", "db", "--to", f"postgresql:///new{number}", *words)
                self.assertIn("made for it; 5 tables have the 500057 rows of the backup", said)
                self.assertEqual(self.server.content(f"new{number}"), before)
                self.assertEqual(self.large_objects(f"new{number}"), "the model")

    def test_one_moment_of_a_database_under_load(self):
        load = subprocess.Popen([self.server.program("pgbench"), "-n", "-c", "2", "-T", "60", "trading_db"],
                                env=self.server.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        wait(lambda: int(self.server.sql("trading_db", "SELECT count(*) FROM pgbench_history")) > 50, 30, "pgbench to write")
        time = self.backup()
        load.kill()
        load.wait()
        said = self.run_steward("restore", "db", "--to", "postgresql:///then")
        tables = self.manifest(time)["databases"][0]["tables"]
        self.assertIn(f"5 tables have the {sum(each['rows'] for each in tables)} rows of the backup", said)
        sums = self.server.sql("then", "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM "
                                       "pgbench_tellers), (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(delta) "
                                       "FROM pgbench_history)").split("|")
        self.assertEqual(len(set(sums)), 1, sums)
        self.server.sql("trading_db", "TRUNCATE pgbench_history; UPDATE pgbench_tellers SET tbalance = 0")

    def test_nothing_is_restored_over_tables_unless_forced(self):
        self.backup()
        self.server.sql("postgres", "CREATE DATABASE live")
        self.server.sql("live", "CREATE TABLE pgbench_tellers(precious text); CREATE TABLE other(n int)")
        said = self.run_steward("restore", "db", "--to", "postgresql:///live", expect=1)
        self.assertIn("is not empty, it has 2 tables", said)
        self.assertEqual(set(self.server.content("live")), {"pgbench_tellers", "other"})
        self.run_steward("restore", "db", "--to", "postgresql:///live", "--force")
        restored = self.server.content("live")
        self.assertEqual(restored.pop("other"), b"")
        self.assertEqual(restored, self.server.content("trading_db"))
        self.assertIn("would be made", self.run_steward("restore", "db", "--to", "postgresql:///x", "--dry-run"))
        self.assertNotIn("x", self.server.databases())

    def test_a_replacement_that_fails_leaves_what_was_there_and_says_what_to_do(self):
        self.backup()
        self.server.sql("postgres", "CREATE DATABASE live")
        self.server.sql("live", "CREATE TABLE pgbench_tellers AS SELECT 'precious' AS t; "
                                "CREATE VIEW mine AS SELECT * FROM pgbench_tellers")
        before = self.server.content("live")
        said = self.run_steward("restore", "db", "--to", "postgresql:///live", "--force", expect=1)
        self.assertIn("which is as it was (in a new database nothing is in the dump's way)", said)
        self.assertEqual(self.server.content("live"), before)

    def test_a_plain_dump_whose_roles_are_not_there_says_what_to_do(self):
        self.server.sql("trading_db", "CREATE ROLE gone; CREATE TABLE owned(n int); ALTER TABLE owned OWNER TO gone")
        self.configure('format = "plain"')
        self.backup()
        self.server.sql("trading_db", "DROP TABLE owned; DROP ROLE gone")
        said = self.run_steward("restore", "db", "--to", "postgresql:///fresh", expect=1)
        self.assertIn('role "gone" does not exist', said)
        self.assertIn("make these roles first, with CREATE ROLE", said)
        self.assertNotIn("fresh", self.server.databases())

    def test_a_damaged_archive_leaves_the_database_empty(self):
        self.server.sql("postgres", "CREATE DATABASE empty")
        for form in ("custom", "plain"):
            self.configure(f'format = "{form}"')
            time = self.backup()
            archive, = glob.glob(self.path(f"store/db/{time}/trading_db.*"))
            with open(archive, "rb") as file:
                whole = file.read()
            for where in (len(whole) // 3, len(whole) - 3):  # the last: the frame's own checksum
                with open(archive, "wb") as file:
                    file.write(whole[:where] + bytes([whole[where] ^ 4]) + whole[where + 1:])
                said = self.run_steward("restore", "db", "--to", "postgresql:///empty", expect=1)
                self.assertIn("nothing was restored", said)
                self.assertEqual(self.server.content("empty"), {})
                force = ["--force"] if form == "custom" else []
                said = self.run_steward("restore", "db", "--to", "postgresql:///gone", *force, expect=1)
                self.assertNotIn("as it was", said)
                self.assertNotIn("gone", self.server.databases())

    def test_several_databases_and_files_are_one_backup(self):
        self.server.sql("postgres", "CREATE DATABASE second")
        self.server.sql("second", "CREATE TABLE t AS SELECT 7 AS n")
        os.mkdir(self.path("config"))
        with open(self.path("config/main.toml"), "w", encoding="utf-8") as file:
            file.write("stake = 2\n")
        self.configure(source=[URL, self.path("config"), "postgresql:///second"])
        first = self.backup()
        second = self.manifest(self.backup())
        self.assertEqual(second["parent"], first)  # of the files; dumps are always whole
        self.assertEqual([each["name"] for each in second["archives"]],
                         ["files.tar.zst", "trading_db.dump.zst", "second.dump.zst"])
        self.assertIn("name one (--only)", self.run_steward("restore", "db", "--to", "postgresql:///x", expect=1))
        self.run_steward("restore", "db", "--to", "postgresql:///x", "--only", "second")
        self.assertEqual(self.server.content("x"), {"t": b"7\n"})
        self.load_as_restore_all_says()
        self.run_steward("restore", "db", "--to", self.path("new"))
        self.assertTrue(os.path.exists(self.path("new") + self.path("config/main.toml")))
        self.assertEqual(sorted(os.listdir(self.path("new/databases"))), ["second.dump", "trading_db.dump"])

    def load_as_restore_all_says(self):
        """With a server that has lost its databases: a command each, which needs nothing but the store."""
        elsewhere = {"capture_output": True, "text": True, "timeout": 120, "check": False, "env": self.server.env, "cwd": "/"}
        said = subprocess.run([program("steward"), "restore", "--all", "--to", self.path("all"), "--store",
                               f"file://{self.path('store')}"], **elsewhere)
        commands = dict(re.findall(r"^to load the database (\w+): steward (.*)$", said.stdout, re.MULTILINE))
        self.assertEqual(list(commands), ["trading_db", "second"], said.stdout + said.stderr)
        for name, command in commands.items():
            self.server.sql("postgres", f"ALTER DATABASE {name} RENAME TO lost")
            try:
                done = subprocess.run([program("steward"), *shlex.split(command)], **elsewhere)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.server.content(name), self.server.content("lost"))
                self.server.sql("postgres", f"DROP DATABASE {name}")
            finally:
                self.server.sql("postgres", f"ALTER DATABASE lost RENAME TO {name}")

    def test_zstd_and_pg_restore_restore_without_steward(self):
        time = self.backup()
        self.server.sql("postgres", "CREATE DATABASE new")
        with open(os.path.join(SOURCE, "docs/formats/backup.md"), encoding="utf-8") as file:
            line = re.search(r"^zstd -dc .*pg_restore.*$", file.read(), re.MULTILINE).group(0)
        done = subprocess.run(["sh", "-ec", line.replace("DATABASE", "trading_db").replace("DB", "new")], timeout=60,
                              capture_output=True, text=True, cwd=self.path(f"store/db/{time}"), check=False,
                              env={**self.server.env, "PATH": self.server.bin + ":" + os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.server.content("new"), self.server.content("trading_db"))

    def test_the_documented_script_brings_dumps_too(self):
        for name in ("tar", "zstd", "jq", "sha256sum"):
            tool(name)
        self.configure('format = "plain"')
        time = self.backup()
        with open(os.path.join(SOURCE, "docs/formats/backup.md"), encoding="utf-8") as file:
            script = re.search(r"^```sh\n(#!.*?)^```$", file.read(), re.MULTILINE | re.DOTALL).group(1)
        done = subprocess.run(["sh", "-c", script, "restore.sh", self.path("store/db"), time, self.path("new")],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.sql("postgres", "CREATE DATABASE new")
        self.server.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "new", "-f", self.path("new/databases/trading_db.sql"))
        self.assertEqual(self.server.content("new"), self.server.content("trading_db"))

    def test_killed_in_the_middle_nothing_runs_on_and_nothing_counts(self):
        first = self.backup()
        self.configure('bandwidth = "100kB"')
        run = subprocess.Popen(self.command("backup", "run"), env=self.server.env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        dumping = wait(lambda: [pid for pid in descendants(run.pid) if command_of(pid).endswith("pg_dump")], 30, "pg_dump")
        run.send_signal(signal.SIGKILL)
        run.wait()
        wait(lambda: not any(alive(pid) for pid in dumping), 20, "pg_dump to die with the backup")
        wait(lambda: self.server.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                                                 "'steward backup'") == "0", 20, "the server to see it")
        listed = [json.loads(line)["time"] for line in self.run_steward("backup", "list", "--json").splitlines()]
        self.assertEqual(listed, [first])
        self.configure()
        self.backup()

    def probe(self, *words, expect=0):
        done = subprocess.run([program("postgres_probe"), *words], capture_output=True, text=True, timeout=60, check=False,
                              env=self.server.env)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout.strip() if expect == 0 else done.stderr

    def test_a_drills_database_is_emptied_and_nothing_else_is(self):
        self.backup()
        drill = ("drill", "file://" + self.path("store"), "db")
        self.assertEqual(self.probe(*drill, "postgresql:///made"), "500057")
        self.assertEqual(self.probe(*drill, "postgresql:///made"), "500057")  # what a killed drill left is removed first
        self.probe("empty", "postgresql:///made")
        self.assertNotIn("made", self.server.databases())
        self.server.sql("postgres", "CREATE DATABASE given")
        self.probe(*drill, "postgresql:///given")
        self.server.sql("given", "CREATE TABLE mine(n int)")
        self.assertIn("holds 1 tables", self.probe("empty", "postgresql:///given", expect=1))
        self.assertIn("that no drill put there", self.probe(*drill, "postgresql:///given", expect=1))
        self.server.sql("given", "DROP TABLE mine")
        self.probe("empty", "postgresql:///given")
        self.assertEqual(self.server.content("given"), {})
        self.assertEqual(self.large_objects("given"), "")
        self.assertEqual(self.probe(*drill, "postgresql:///given"), "500057")
        self.assertIn("was not filled by a drill", self.probe("empty", URL, expect=1))
        self.assertIn("is not empty", self.probe(*drill, URL, expect=1))

    def test_what_would_be_lost_is_known_in_bytes(self):
        self.backup()
        with open(self.path("state/backup/db.json"), encoding="utf-8") as file:
            (url, lsn), = json.load(file)["made"]["wal"].items()
        self.assertEqual(url, URL)
        before = int(self.probe("wal", url, lsn))
        self.server.sql("trading_db", "UPDATE pgbench_tellers SET filler = 'x'")
        self.assertGreater(int(self.probe("wal", url, lsn)), before)
        self.assertIn("is no place in", self.probe("wal", url, "now()", expect=1))

    def test_bad_input_is_one_clear_sentence(self):
        self.configure(source="postgresql:///nowhere")
        self.assertIn('database "nowhere" does not exist', self.run_steward("backup", "run", expect=1))
        self.configure(source="postgresql://nobody@/trading_db")
        self.assertIn('role "nobody" does not exist', self.run_steward("backup", "run", expect=1))
        self.configure(source="postgresql:///trading_db?host=/nowhere")
        self.assertIn("No such file or directory", self.run_steward("backup", "run", expect=1))
        self.server.sql("trading_db", "CREATE ROLE reader LOGIN")
        self.addCleanup(self.server.sql, "trading_db", "DROP OWNED BY reader; DROP ROLE reader")
        for more in ("", "row_counts = false"):
            self.configure(more, source="postgresql://reader@/trading_db")
            self.assertRegex(self.run_steward("backup", "run", expect=1), "permission denied for .*pg_read_all_data")
        self.assertEqual(glob.glob(self.path("store/db/*/manifest.json")), [])
        self.server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        self.configure(source="postgresql:///latin")
        self.backup()
        refused = self.run_steward("restore", "db", "--to", "postgresql:///new", expect=1)
        command = re.search("createdb .*", refused).group()
        self.server.run(*shlex.split(command))
        self.run_steward("restore", "db", "--to", "postgresql:///new")
        self.configure()
        self.backup()
        self.assertIn("put it into ~/.pgpass", self.run_steward("restore", "db", "--to", "postgresql://me:secret@/x", expect=1))
        self.assertIn("names no database", self.run_steward("restore", "db", "--to", "postgresql://", expect=1))


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[0].decode()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
