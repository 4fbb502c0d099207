"""Backups as a user makes, verifies and restores them: `steward backup`, `steward restore`, and the tools without Steward."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

from steward_e2e import SOURCE, main, program, tool


def tree(root):
    """{path below root: (mode, content or target)} of files and links."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[os.path.relpath(path, root)] = os.readlink(path)
                continue
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = (os.stat(path).st_mode, os.stat(path).st_mtime_ns, file.read())
    return found


class BackupTest(unittest.TestCase):
    def setUp(self):
        self.steward = program("steward")
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("data")
        self.write("main.toml", "stake = 2\n")
        self.write("deep/er/model.bin", os.urandom(300_000))
        os.symlink("main.toml", os.path.join(self.data, "current"))
        self.configure("")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = os.path.join(self.data, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def configure(self, more, source=None):
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "file://{self.path("store")}"\n'
                       f'[[backup]]\nname = "trading"\nsource = {json.dumps(source or self.data)}\n{more}\n')

    def run_steward(self, *words, expect=0):
        done = subprocess.run([self.steward, *words, "--config", self.path("steward.toml")], capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout if expect == 0 else done.stderr

    def backup(self):
        return json.loads(self.run_steward("backup", "run", "trading", "--json"))

    def restored(self, name):
        """Where the data lies below a restored folder."""
        return self.path(name) + self.data

    def test_restored_is_what_was_backed_up_then_and_now(self):
        before = tree(self.data)
        first = self.backup()
        self.assertEqual((first["files"], first["parent"]), (2, ""))
        self.write("main.toml", "stake = 3\n")
        os.remove(os.path.join(self.data, "deep/er/model.bin"))
        second = self.backup()
        self.assertEqual((second["parent"], second["files"]), (first["time"], 1))
        self.run_steward("restore", "trading", "--to", self.path("now"))
        self.assertEqual(tree(self.restored("now")), tree(self.data))
        self.assertIn("holds no backup of trading from before",
                      self.run_steward("restore", "trading", "--to", self.path("x"), "--at", "2001-01-01", expect=1))
        listed = [json.loads(line)["time"] for line in self.run_steward("backup", "list", "--json").splitlines()]
        self.assertEqual(listed, [first["time"], second["time"]])
        self.assertIn("every hash is right", self.run_steward("backup", "verify", "--all"))
        shutil.rmtree(os.path.join(self.path("store"), "trading", second["time"]))
        self.run_steward("restore", "trading", "--to", self.path("then"))
        self.assertEqual(tree(self.restored("then")), before)

    def test_a_time_is_of_the_configurations_zone(self):
        self.configure("")
        with open(self.path("steward.toml"), "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write(text.replace("[steward]", '[steward]\ntimezone = "Asia/Tokyo"'))
        made = self.backup()["time"]

        def tokyo(minutes):
            return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 9 * 3600 + minutes * 60))

        self.assertIn("holds no backup", self.run_steward("restore", "trading", "--to", self.path("x"), "--at", tokyo(-60),
                                                          expect=1))
        self.assertIn("holds no backup", self.run_steward("backup", "verify", "trading", "--at", tokyo(-60), expect=1))
        self.assertIn(made, self.run_steward("restore", "trading", "--to", self.path("x"), "--at", tokyo(2)))

    def test_nothing_live_is_overwritten_without_force(self):
        self.backup()
        os.makedirs(self.restored("live"))
        with open(os.path.join(self.restored("live"), "main.toml"), "w", encoding="utf-8") as file:
            file.write("live")
        self.assertIn("is not empty", self.run_steward("restore", "trading", "--to", self.path("live"), expect=1))
        with open(os.path.join(self.restored("live"), "main.toml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "live")
        self.run_steward("restore", "trading", "--to", self.path("live"), "--force")
        self.assertEqual(tree(self.restored("live")), tree(self.data))

    def test_without_a_place_it_is_a_new_folder_here(self):
        made = self.backup()["time"]
        os.mkdir(self.path("here"))
        for expect in (0, 1):  # the second time it is there
            done = subprocess.run([self.steward, "restore", "trading", "--config", self.path("steward.toml")],
                                  capture_output=True, text=True, timeout=60, check=False, cwd=self.path("here"))
            self.assertEqual(done.returncode, expect, done.stderr)
            self.assertEqual(os.listdir(self.path("here")), ["trading-" + made])
        self.assertEqual(tree(os.path.join(self.path("here"), "trading-" + made) + self.data), tree(self.data))
        self.assertIn("--to DIR", self.run_steward("restore", "--all", expect=2))

    def test_encrypted_with_a_key_that_is_elsewhere(self):
        public = self.run_steward_plain("backup", "key", self.path("offline.key")).strip()
        self.assertRegex(public, r"^steward-public-key:[0-9a-f]{64}$")
        self.assertEqual(os.stat(self.path("offline.key")).st_mode & 0o777, 0o600)
        self.configure(f'encrypt_to = {{ offline = "{public}" }}')
        self.write("main.toml", "the secret of the strategy")
        made = self.backup()
        with open(os.path.join(self.path("store"), "trading", made["time"], "files.tar.zst.enc"), "rb") as file:
            self.assertNotIn(b"secret of the", file.read())
        self.assertIn("not proved", self.run_steward("backup", "verify", "trading"))
        self.assertIn("--key FILE", self.run_steward("restore", "trading", "--to", self.path("x"), expect=1))
        self.assertIn("may be the only key", self.run_steward("backup", "key", self.path("offline.key"), expect=1))
        store = "file://" + self.path("store")  # on a machine that has the key and nothing else
        self.run_steward_plain("restore", "trading", "--store", store, "--to", self.path("new"), "--key",
                               self.path("offline.key"))
        self.assertEqual(tree(self.restored("new")), tree(self.data))
        self.assertIn(made["time"], self.run_steward_plain("backup", "list", "trading", "--store", store))
        self.assertIn("every hash is right", self.run_steward_plain(
            "backup", "verify", "trading", "--store", store, "--key", self.path("offline.key")))

    def test_a_damaged_backup_hides_no_other(self):
        times = [self.backup()["time"] for _ in range(3)]
        manifest = os.path.join(self.path("store"), "trading", times[0], "manifest.json")
        with open(manifest, "r+b") as file:
            file.write(b"X")
        for words in (["list"], ["verify", "--all"]):
            done = subprocess.run([self.steward, "backup", *words, "--config", self.path("steward.toml")],
                                  capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"^steward: [^\n]*{times[0]}[^\n]*\n")
            self.assertIn(times[2], done.stdout)

    def run_steward_plain(self, *words):
        done = subprocess.run([self.steward, *words], capture_output=True, text=True, timeout=120, check=False,
                              cwd=self.folder if "--store" not in words else "/")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_database_in_use_is_whole(self):
        path = os.path.join(self.data, "bot.db")
        with sqlite3.connect(path, isolation_level=None) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE placed(n)")
            made.execute("CREATE TABLE settled(n)")
        stop = threading.Event()
        writer = threading.Thread(target=self.trade, args=(path, stop))
        writer.start()
        try:
            self.configure("", ["sqlite://" + path])
            self.backup()
        finally:
            stop.set()
            writer.join()
        self.run_steward("restore", "trading", "--to", self.path("new"))
        with sqlite3.connect(os.path.join(self.restored("new"), "bot.db")) as copy:
            self.assertEqual(copy.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(copy.execute("SELECT count(*) FROM placed").fetchone(),
                             copy.execute("SELECT count(*) FROM settled").fetchone())

    @staticmethod
    def trade(path, stop):
        bot = sqlite3.connect(path, isolation_level=None, timeout=30)
        n = 0
        while not stop.is_set():
            bot.execute("BEGIN")
            bot.execute("INSERT INTO placed VALUES(?)", (n,))
            bot.execute("INSERT INTO settled VALUES(?)", (n,))
            bot.execute("COMMIT")
            n += 1
        bot.close()

    def test_killed_at_any_moment_the_earlier_backup_stays_and_the_next_works(self):
        self.backup()
        before = tree(self.data)
        self.write("big.bin", os.urandom(8_000_000))
        self.configure('bandwidth = "4MB"')
        for patience in (0.02, 0.2, 0.6):
            run = subprocess.Popen([self.steward, "backup", "run", "--config", self.path("steward.toml")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(patience)  # the moment of the kill is chance; each must be survived
            run.send_signal(signal.SIGKILL)
            run.wait()
            target = self.path(f"after-{patience}")
            self.run_steward("restore", "trading", "--to", target)
            self.assertEqual(tree(target + self.data), before)
        self.configure("")
        self.backup()
        self.run_steward("restore", "trading", "--to", self.path("last"))
        self.assertEqual(tree(self.restored("last")), tree(self.data))

    def test_retention_keeps_what_is_needed(self):
        self.configure("keep = { last = 2 }")
        made = [self.backup()["time"] for _ in range(4)]
        listed = [json.loads(line)["time"] for line in self.run_steward("backup", "list", "--json").splitlines()]
        self.assertEqual(listed[-2:], made[-2:])
        self.assertIn("every hash is right", self.run_steward("backup", "verify", "--all"))

    def test_tar_zstd_and_jq_restore_without_steward(self):
        for name in ("tar", "zstd", "jq", "sha256sum"):
            tool(name)
        self.backup()
        self.write("main.toml", "stake = 4\n")
        made = self.backup()
        with open(os.path.join(SOURCE, "docs/formats/backup.md"), encoding="utf-8") as file:
            script = re.search(r"^```sh\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL).group(1)
        self.assertLessEqual(len(script.splitlines()), 25)
        done = subprocess.run(["sh", "-c", script, "restore.sh", self.path("store/trading"), made["time"],
                               self.path("new")], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(tree(self.restored("new")), tree(self.data))

    def test_bad_input_is_one_clear_sentence(self):
        self.configure("", self.path("nowhere"))
        self.assertIn(f"the source {self.path('nowhere')} is not there", self.run_steward("backup", "run", expect=1))
        self.assertIn("has no [[backup]] named other", self.run_steward("backup", "run", "other", expect=1))
        self.assertIn("name run, status, list, verify, drill, clear, key or lifecycle", self.run_steward("backup", "fly", expect=2))
        self.assertIn("holds no backup of trading", self.run_steward("restore", "trading", "--to", "x", expect=1))
        self.assertEqual(f"steward: nothing is in file://{self.path('typo')}: there is no such folder\n", self.run_steward(
            "restore", "trading", "--to", "x", "--store", f"file://{self.path('typo')}/", expect=1))
        self.assertFalse(os.path.exists(self.path("typo")))
        for place in ("", "postgres:///db", "s3://bucket/x"):
            self.assertIn("is neither a folder nor", self.run_steward("restore", "trading", "--to", place, expect=2))
        self.assertIn("holds no backup of trading", subprocess.run(
            [self.steward, "backup", "list", "--config", self.path("steward.toml")], capture_output=True, text=True,
            timeout=60, check=True).stderr)
        self.assertIn("are of a store s3://", self.run_steward("backup", "list", "--region", "eu-west-1", expect=1))
        self.configure('compression = "rar"')
        self.assertIn('compression must be "zstd" or "gzip"', self.run_steward("backup", "run", expect=1))
        self.configure("", "ftp://host/x")
        self.assertIn("source must be a path", self.run_steward("backup", "run", expect=1))


if __name__ == "__main__":
    main()
