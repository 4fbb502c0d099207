"""`steward backup drill` rehearses a restore and says what it proved; `backup verify --sample` reads some backups back."""

import glob
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from steward_e2e import main, program, wait


def with_environment(entry):
    """The processes that were given this."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if entry.encode() in file.read().split(b"\0"):
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass  # it ended, or is another's
    return found


class DrillTest(unittest.TestCase):
    def setUp(self):
        self.steward = program("steward")
        self.folder = tempfile.mkdtemp(prefix="steward-drill-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("data")
        os.makedirs(self.data)
        with open(os.path.join(self.data, "main.toml"), "w", encoding="utf-8") as file:
            file.write("stake = 2\n")
        with sqlite3.connect(os.path.join(self.data, "bot.db")) as database:
            database.execute("CREATE TABLE orders(n)")
            database.executemany("INSERT INTO orders VALUES(?)", [(n,) for n in range(1000)])
        self.configure("")

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, more):
        self.configure_sources(f'["{self.data}", "sqlite://{self.data}/bot.db"]', more)

    def configure_sources(self, sources, more=""):
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "file://{self.path("store")}"\n'
                       f'[[backup]]\nname = "trading"\nsource = {sources}\n{more}\n')

    def command(self, *words):
        return [self.steward, "backup", *words, "--config", self.path("steward.toml")]

    def run_steward(self, *words, expect=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout if expect == 0 else done.stderr

    def drill(self):
        return json.loads(self.run_steward("drill", "trading", "--json"))

    def facts(self):
        with open(self.path("state/backup/trading.json"), encoding="utf-8") as file:
            return json.load(file)

    def assert_no_scratch(self):
        self.assertEqual(glob.glob(self.path("state/backup/drill-*")), [])

    def offline_key(self):
        return subprocess.run([self.steward, "backup", "key", self.path("offline.key")], capture_output=True, text=True,
                              check=True).stdout.strip()

    def test_a_good_backup_is_proved_and_the_scratch_folder_goes(self):
        self.configure(f'drill = {{ check = ["sh", "-c", "test -s $STEWARD_RESTORED{self.data}/bot.db && pwd > '
                       f'{self.path("seen")} && echo $STEWARD_BACKUP_TIME >> {self.path("seen")}"] }}')
        made = json.loads(self.run_steward("run", "--json"))
        report = self.drill()
        self.assertEqual((report["time"], report["proved"], report["files"]), (made["time"], True, 2))
        with open(self.path("seen"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), [self.path("state/backup/drill-trading"), made["time"]])
        proved = self.facts()["proved"]
        self.assertEqual((proved["backup"], proved["files"]), (made["time"], 2))
        self.assertGreater(proved["took_ns"], 0)
        self.assertEqual(self.facts()["drill"]["error"], "")
        self.assert_no_scratch()

    def test_a_check_gets_no_secret_of_ours(self):
        self.run_steward("run")
        self.configure(f'drill = {{ check = ["sh", "-c", "env > {self.path("seen")}"] }}')
        environment = os.environ | {"AWS_SECRET_ACCESS_KEY": "secret", "PGPASSWORD": "secret", "TZ": "Europe/London"}
        subprocess.run(self.command("drill", "trading"), env=environment, check=True, stdout=subprocess.DEVNULL)
        with open(self.path("seen"), encoding="utf-8") as file:
            seen = dict(line.split("=", 1) for line in file.read().splitlines())
        self.assertNotIn("secret", seen.values())
        self.assertEqual(seen["TZ"], "Europe/London")
        ours = {name for name in seen if name not in ("PWD", "SHLVL", "_", "OLDPWD")}
        self.assertLessEqual(ours, {"PATH", "HOME", "LANG", "TZ", "STEWARD_RESTORED", "STEWARD_BACKUP",
                                    "STEWARD_BACKUP_TIME", "STEWARD_COMMAND"})

    def test_a_check_that_fails_is_a_failed_drill_with_its_words(self):
        self.run_steward("run")
        self.drill()
        before = self.facts()["proved"]
        self.configure('drill = { check = ["sh", "-c", "echo no orders of today; exit 3"] }')
        said = self.run_steward("drill", "trading", expect=1)
        self.assertIn("did not pass its check: sh", said)
        self.assertIn("no orders of today", said)
        facts = self.facts()
        self.assertEqual((facts["drill_failures"], facts["proved"]), (1, before))
        self.assertIn("no orders of today", facts["drill"]["error"])
        self.assert_no_scratch()

    def test_a_check_that_hangs_ends_with_the_drills_time(self):
        self.run_steward("run")
        self.configure('drill = { check = ["sleep", "1000"], timeout = "2s" }')
        self.assertIn("was not over after 2 s", self.run_steward("drill", "trading", expect=1))
        self.assert_no_scratch()

    def test_a_damaged_archive_is_found(self):
        made = json.loads(self.run_steward("run", "--json"))
        path = self.path(f"store/trading/{made['time']}/files.tar.zst")
        with open(path, "r+b") as archive:
            archive.seek(-20, os.SEEK_END)
            byte = archive.read(1)
            archive.seek(-1, os.SEEK_CUR)
            archive.write(bytes([byte[0] ^ 1]))
        self.assertIn(made["time"], self.run_steward("drill", "trading", expect=1))
        self.assertEqual(self.facts()["proved"]["backup"], "")
        self.assertEqual(self.facts()["drill_failures"], 1)
        self.assert_no_scratch()

    def test_a_damaged_database_inside_a_good_archive_is_found(self):
        path = os.path.join(self.data, "bot.db")
        with open(path, "r+b") as file:
            file.seek(4096)  # the table's root page
            file.write(b"\xff" * 64)
        self.run_steward("run")
        self.assertIn("is damaged", self.run_steward("drill", "trading", expect=1))

    def test_a_torn_copy_of_a_database_among_plain_files_is_found_and_the_message_mends_it(self):
        bot = sqlite3.connect(os.path.join(self.data, "bot.db"), isolation_level=None)
        self.addCleanup(bot.close)
        bot.execute("PRAGMA journal_mode=WAL")
        self.configure_sources(f'"{self.data}"')
        self.run_steward("run")
        self.assertTrue(self.drill()["proved"])
        before = os.path.join(self.folder, "before.db")
        shutil.copy(os.path.join(self.data, "bot.db"), before)  # a file that was read before a checkpoint …
        more = "INSERT INTO orders SELECT a.n FROM orders a, orders b LIMIT 5000"
        bot.execute(more)
        bot.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        bot.execute(more)
        log = os.path.join(self.folder, "log")
        shutil.copy(os.path.join(self.data, "bot.db-wal"), log)  # … and its log after it
        torn = self.path("torn")
        os.makedirs(torn)
        os.rename(before, f"{torn}/bot.db")
        os.rename(log, f"{torn}/bot.db-wal")
        self.configure_sources(f'"{torn}"')
        self.run_steward("run")
        said = self.run_steward("drill", "trading", expect=1)
        self.assertIn(f"the database {torn}/bot.db of the backup trading/", said)
        self.assertIn(f'add "sqlite://{torn}/bot.db" to the sources of trading, or exclude it', said)
        # As the message says, of the living one, whose log lies in the same folder.
        self.configure_sources(f'["{self.data}", "sqlite://{self.data}/bot.db"]')
        self.run_steward("run")
        self.configure_sources(f'["{self.data}", "sqlite://{self.data}/bot.db"]',
                               f'drill = {{ check = ["test", "!", "-e", "{self.data[1:]}/bot.db-wal"] }}')
        self.assertTrue(self.drill()["proved"])

    def test_encrypted_the_hosts_own_key_proves_and_without_it_nothing_counts_as_proved(self):
        public = self.offline_key()
        self.configure(f'encrypt_to = {{ offline = "{public}" }}')
        self.run_steward("run")
        self.assertEqual(os.stat(self.path("state/backup/drill.key")).st_mode & 0o777, 0o600)
        self.assertTrue(self.drill()["proved"])
        first = self.facts()["proved"]["backup"]
        self.configure(f'encrypt_to = {{ offline = "{public}" }}\ndrill_key = false')
        os.remove(self.path("state/backup/drill.key"))
        self.run_steward("run")
        report = self.drill()
        self.assertFalse(report["proved"])
        self.assertIn("drill_key = true", report["unproved"])
        self.assertFalse(os.path.exists(self.path("state/backup/drill.key")))
        facts = self.facts()
        self.assertEqual((facts["proved"]["backup"], facts["drill"]["error"]), (first, ""))
        self.configure(f'encrypt_to = {{ offline = "{public}" }}\ndrill_key = false\n'
                       f'drill = {{ key = "{self.path("offline.key")}" }}')
        self.assertTrue(self.drill()["proved"])

    def test_killed_in_the_middle_the_next_one_clears_up(self):
        self.configure(f'drill = {{ check = ["sh", "-c", "touch {self.path("begun")}; sleep 1000"] }}')
        self.run_steward("run")
        drill = subprocess.Popen(self.command("drill", "trading"))
        wait(lambda: os.path.exists(self.path("begun")), 60, "the check of the drill")
        self.assertIn("is running already", self.run_steward("run", expect=1))
        drill.kill()
        drill.wait()
        scratch = self.path("state/backup/drill-trading")
        self.assertTrue(os.path.isdir(scratch))
        self.assertTrue(with_environment(f"STEWARD_RESTORED={scratch}"), "the check lives on")
        self.configure("")
        said = subprocess.run(self.command("drill", "trading"), capture_output=True, text=True, check=True).stderr
        self.assertIn(f"{scratch} is removed, which a killed drill or backup had left", said)
        wait(lambda: not with_environment(f"STEWARD_RESTORED={scratch}"), 10, "the end of the killed drill's check")
        self.assert_no_scratch()

    def test_what_a_killed_drill_of_a_removed_job_left_goes_with_the_next_backup(self):
        self.run_steward("run")
        gone = self.path("state/backup/drill-gone")
        os.makedirs(gone + "/home")
        os.makedirs(self.path("state/backup/drill-kept"))
        copy = self.path("state/backup/backup-gone.db")
        with open(copy, "wb"):
            pass
        with open(self.path("steward.toml"), "a", encoding="utf-8") as file:
            file.write(f'[[backup]]\nname = "kept"\nsource = "{self.data}"\n')
        said = subprocess.run(self.command("run", "trading"), capture_output=True, text=True, check=True).stderr
        self.assertIn(f"{gone} is removed", said)
        self.assertIn(f"{copy} is removed", said)
        self.assertFalse(os.path.exists(copy))
        self.assertEqual(glob.glob(self.path("state/backup/drill-*")), [self.path("state/backup/drill-kept")])

    def test_what_a_killed_drill_of_the_last_job_left_can_be_cleared(self):
        self.run_steward("run")
        left = self.path("state/backup/drill-trading")
        os.makedirs(left)
        self.assertEqual(self.run_steward("clear"), "")
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n')
        self.assertEqual(self.run_steward("clear"), f"{left} is removed, which a killed drill or backup had left\n")
        self.assert_no_scratch()

    def test_an_ordinary_user_drills_folders_that_nobody_may_write_to(self):
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        os.makedirs(self.path("data/fixed/inner"))
        with open(self.path("data/fixed/inner/file"), "w", encoding="utf-8") as file:
            file.write("x")
        for folder in ("data/fixed/inner", "data/fixed"):
            os.chmod(self.path(folder), 0o555)
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", self.folder], check=True)
        if nobody:
            subprocess.run(["chown", "-R", "65534:65534", self.folder], check=True)
        for words in (("run",), ("drill", "trading"), ("drill", "trading")):
            done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False, **nobody)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assert_no_scratch()

    def test_a_dry_run_removes_nothing_and_says_what_a_run_would(self):
        times = [json.loads(self.run_steward("run", "--full", "--json"))["time"] for _ in range(3)]
        self.configure("keep = { last = 2 }")
        before = self.facts()
        said = self.run_steward("run", "trading", "--full", "--dry-run")
        self.assertEqual(said, "trading: a run now would make a backup, and remove 2 of 3 older ones; nothing is done\n"
                         + "".join(f"trading/{time} would be removed\n" for time in times[:2]))
        dry = json.loads(self.run_steward("run", "--full", "--dry-run", "--json"))
        self.assertEqual((self.facts(), sorted(os.listdir(self.path("store/trading")))), (before, times))
        self.assertEqual(json.loads(self.run_steward("run", "--full", "--json"))["removed"], dry["removed"])

    def test_a_backup_into_another_store_says_nothing_of_the_configured_one(self):
        self.run_steward("run")
        before = self.facts()
        other = f"file://{self.path('usb')}"
        made = json.loads(self.run_steward("run", "--store", other, "--json"))
        self.assertEqual(made["parent"], "", "nothing was there")
        self.assertIn("proved", self.run_steward("drill", "trading", "--store", other))
        self.run_steward("drill", "trading", "--store", f"file://{self.path('none')}", expect=1)
        self.assertEqual(self.facts(), before)

    def test_an_option_of_another_action_is_refused(self):
        for words in (("drill", "--at", "1d"), ("list", "--dry-run"), ("verify", "--full"), ("run", "--all")):
            self.assertIn(f"{words[1]} is for `steward backup ", self.run_steward(*words, expect=2))

    def test_a_drill_that_is_killed_each_time_is_a_failure_each_time(self):
        self.run_steward("run")
        self.configure(f'drill = {{ check = ["sh", "-c", "touch {self.path("begun")}; sleep 1000"] }}')
        for _ in range(2):
            drill = subprocess.Popen(self.command("drill", "trading"))
            wait(lambda: os.path.exists(self.path("begun")), 60, "the check of the drill")
            os.remove(self.path("begun"))
            drill.kill()
            drill.wait()
        view = json.loads(self.run_steward("status", "--json"))["backups"][0]
        self.assertEqual((view["drill_failures"], view["last_drill"]["error"]), (2, "it was cut short"))
        self.configure("")
        self.drill()
        self.assertEqual(self.facts()["drill_failures"], 0)

    def test_a_store_that_is_not_there_is_a_failed_drill_too(self):
        self.run_steward("run")
        os.rename(self.path("store"), self.path("away"))
        self.run_steward("drill", "trading", expect=1)
        self.assertEqual(self.facts()["drill_failures"], 1)
        self.assertIn("store", self.facts()["drill"]["error"])
        os.rename(self.path("away"), self.path("store"))

    def test_a_sample_is_verified(self):
        times = [json.loads(self.run_steward("run", "--json"))["time"] for _ in range(4)]
        lines = self.run_steward("verify", "trading", "--sample", "2", "--json").splitlines()
        verified = [json.loads(line) for line in lines]
        self.assertEqual(len({each["time"] for each in verified}), 2)
        self.assertEqual(verified[0]["time"], times[-1])
        self.assertTrue(all(each["proved"] for each in verified))
        self.assertEqual(len(self.run_steward("verify", "trading", "--sample", "9", "--json").splitlines()), 4)
        self.assertEqual(self.run_steward("verify", "trading", "--sample", "0", expect=2),
                         'steward backup: --sample: expected a whole number from 1 on, found "0"; see `steward backup '
                         '--help`\n')


if __name__ == "__main__":
    main()
