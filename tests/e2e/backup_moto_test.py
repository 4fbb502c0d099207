"""Backups on moto's S3, from PyPI: made, listed, verified, restored, removed; small objects and uploads in parts."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from backup_test import tree
from moto_server import Moto
from steward_e2e import main, program


class MotoTest(unittest.TestCase):
    def setUp(self):
        self.moto = Moto(as_amazon=False)
        self.addCleanup(self.moto.stop)
        self.moto.make_bucket("steward-test")
        self.folder = tempfile.mkdtemp(prefix="steward-moto-backup-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("data")
        os.makedirs(self.data)
        with sqlite3.connect(self.path("bot.db")) as database:
            database.execute("create table bets(id)")
            database.executemany("insert into bets values(?)", [(number,) for number in range(1000)])
        database.close()
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "s3://steward-test/host-a"\n'
                       f'endpoint = "{self.moto.url}"\n[[backup]]\nname = "trading"\nkeep = {{ last = 2 }}\n'
                       f'source = ["{self.data}", "sqlite://{self.path("bot.db")}"]\n')

    def path(self, name):
        return os.path.join(self.folder, name)

    def steward(self, *words, expect=0):
        done = subprocess.run([program("steward"), *words, "--config", self.path("steward.toml")], capture_output=True,
                              text=True, timeout=120, check=False, env=self.moto.environment)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout or done.stderr

    def backup(self, name, size):
        with open(os.path.join(self.data, name), "wb") as file:
            file.write(os.urandom(size))
        made = json.loads(self.steward("backup", "run", "trading", "--json"))
        shutil.copytree(self.data, self.path(made["time"]))
        return made

    def test_backups_are_made_restored_and_removed(self):
        first = self.backup("small", 1000)
        second = self.backup("large", 20_000_000)  # in three parts
        self.assertEqual(second["parent"], first["time"])
        third = self.backup("small", 2000)
        fourth = self.backup("more", 3000)
        # What was stored again within a second of its writing is not needed of an older backup: either may be the case.
        listed = [json.loads(line)["time"] for line in self.steward("backup", "list", "--json").splitlines()]
        self.assertEqual(listed[-2:], [third["time"], fourth["time"]])
        self.assertEqual(sorted(third["removed"] + fourth["removed"] + listed),
                         [made["time"] for made in (first, second, third, fourth)])
        self.assertIn(first["time"], third["removed"] + fourth["removed"])
        self.assertEqual(self.steward("backup", "verify", "--all").count("every hash is right"), len(listed))
        for made in (third, fourth):
            to = self.path("to-" + made["time"])
            self.steward("restore", "trading", "--to", to, "--at", made["time"])
            self.assertEqual(tree(to + self.data), tree(self.path(made["time"])))
            with sqlite3.connect(to + self.path("bot.db")) as database:
                self.assertEqual(database.execute("select count(*), sum(id) from bets").fetchone(), (1000, 499_500))
            database.close()
        keys = self.moto.boto("print(json.dumps([o['Key'] for o in s3.list_objects_v2(Bucket='steward-test')['Contents']]))")
        self.assertFalse([key for key in json.loads(keys) if first["time"] in key or "claim" in key])

    def test_objects_lie_in_the_class_and_under_the_key_that_are_configured(self):
        with open(self.path("steward.toml"), encoding="utf-8") as file:
            text = file.read()
        for encryption in ('encryption = "AES256"', 'encryption = "aws:kms"\nkms_key = "alias/backups"\naddressing = "path"'):
            with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
                file.write(text.replace("[objects]\n", f'[objects]\nstorage_class = "STANDARD_IA"\n{encryption}\n'))
            made = self.backup("small", 100_000)
            kept = json.loads(self.moto.boto(
                "print(json.dumps({o['Key'].rsplit('/', 1)[1]: [o['StorageClass'], *(s3.head_object(Bucket='steward-test', Key=o['Key'])"
                ".get(n) for n in ('ServerSideEncryption', 'SSEKMSKeyId'))] for o in s3.list_objects_v2(Bucket='steward-test', "
                f"Prefix='host-a/trading/{made['time']}')['Contents']}}))"))
            server = ["aws:kms", "alias/backups"] if "kms" in encryption else ["AES256", None]
            self.assertEqual(kept, {"files.tar.zst": ["STANDARD_IA", *server], "manifest.json": ["STANDARD", *server]})
        self.assertIn("take that out", self.steward("backup", "lifecycle", "plan", expect=1))
        self.steward("restore", "--to", self.path("back"))  # without a name: there is one only
        self.assertEqual(tree(self.path("back") + self.data), tree(self.data))


if __name__ == "__main__":
    main()
