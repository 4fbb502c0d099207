"""What people get wrong: bucket, region, key, clock, a missing or old client program, a full disk, a file that is gone. Each
is one clear sentence, the job is marked failed with it, and earlier backups are untouched."""

import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

from objects_test import ACCESS, SECRET, answers, versitygw
from postgres_server import PostgresServer
from steward_e2e import SOURCE, free_port, main, program, small_disk, tool, wait


class BadInputTest(unittest.TestCase):
    def setUp(self):
        self.steward = program("steward")
        self.folder = tempfile.mkdtemp(prefix="steward-bad-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("data/main.toml", b"stake = 2\n")
        self.environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(content)

    def configure(self, objects, source=None):
        self.write("steward.toml", f'[steward]\nstate = "{self.path("state")}"\n[objects]\n{objects}\n[[backup]]\n'
                                   f'name = "job"\nsource = {json.dumps(source or self.path("data"))}\n'.encode())

    def run_job(self, *prefix, **more):
        return subprocess.run([*prefix, self.steward, "backup", "run", "job", "--config", self.path("steward.toml")],
                              capture_output=True, text=True, timeout=120, check=False, env={**self.environment, **more})

    def must(self, *prefix, **more):
        done = self.run_job(*prefix, **more)
        self.assertEqual(done.returncode, 0, done.stderr)

    def objects(self, root):
        """{path: content} of what is stored; leftovers of an upload that failed do not count."""
        found = {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if ".steward-store" not in path and ".sgwtmp" not in path and not path.endswith("claim.json"):
                    with open(path, "rb") as file:
                        found[path] = file.read()
        return found

    def fails(self, words, store, *prefix, **more):
        """The run fails in one sentence, which is noted, and what was stored stays as it was."""
        before = self.objects(store)
        self.assertTrue(before)
        done = self.run_job(*prefix, **more)
        with self.subTest(words):
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, r"^steward: [^\n]{1,600}\n$")
            self.assertRegex(done.stderr, words)
            self.assertNotIn(SECRET, done.stderr)
            with open(self.path("state/backup/job.json"), encoding="utf-8") as file:
                facts = json.load(file)
            self.assertGreater(facts["failures"], 0)
            self.assertEqual(facts["run"]["error"], done.stderr[len("steward: "):-1])
            self.assertEqual(self.objects(store), before)

    def serve_s3(self):
        """A server that verifies signatures; what [objects] needs to reach it."""
        port = free_port()
        os.makedirs(self.path("s3/bucket"))
        with open(self.path("log"), "wb") as log:
            server = subprocess.Popen([versitygw(), "--port", f"127.0.0.1:{port}", "--access", ACCESS, "--secret", SECRET,
                                       "posix", self.path("s3")], stdout=log, stderr=log)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait(lambda: answers(port), what="the S3 server's first answer")
        self.environment |= {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
                             "AWS_EC2_METADATA_DISABLED": "true"}
        return f'endpoint = "http://127.0.0.1:{port}"'

    def test_an_s3_store(self):
        endpoint = self.serve_s3()
        bucket = f'url = "s3://bucket/a"\n{endpoint}\n'
        self.configure(bucket)
        self.must()
        store = self.path("s3")
        self.fails("secret key does not belong", store, AWS_SECRET_ACCESS_KEY="mistyped")
        self.fails("access key is not known there: look at the credentials", store, AWS_ACCESS_KEY_ID="nobody")
        self.fails("AWS_SESSION_TOKEN", store, AWS_SESSION_TOKEN="stale")
        self.fails("credentials", store, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME=self.folder)
        self.configure(bucket + 'region = "eu-west-2"')
        self.fails("region", store)
        self.configure(f'url = "s3://no-such-bucket/a"\n{endpoint}')
        self.fails("no-such-bucket", store)

    def test_a_clock_that_is_hours_off_is_made_up_for(self):
        self.configure(f'url = "s3://bucket/a"\n{self.serve_s3()}')
        self.must()
        before = self.objects(self.path("s3"))
        library = self.path("clock_offset.so")
        subprocess.run([tool("clang-19"), "-O1", "-shared", "-fPIC", "-o", library,
                        os.path.join(SOURCE, "tests/e2e/clock_offset.c")], check=True)
        for hours in (5, -5):
            self.write("offset", struct.pack("=q", hours * 3600))
            self.must(LD_PRELOAD=library, CLOCK_OFFSET=self.path("offset"),
                      ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
        self.assertLess(before.items(), self.objects(self.path("s3")).items())

    def test_the_client_programs_of_a_database(self):
        server = PostgresServer()
        self.addCleanup(server.close)
        self.environment |= server.env
        server.sql("postgres", "CREATE DATABASE trading_db")
        self.configure(f'url = "file://{self.path("store")}"', "postgresql:///trading_db")
        self.must()
        store = self.path("store")
        for name in ("psql", "pg_dump"):
            shutil.copy(server.program(name), self.path(name))
        self.fails("psql is not installed.*install the package postgresql-client", store, *self.programs("true"),
                   PATH="/nowhere")
        self.fails(r"pg_dump of PostgreSQL \d+ or newer is needed, and none is here; install the package postgresql-client-",
                   store, *self.programs("cp $2/psql 9.6/bin"), PATH="/nowhere")
        self.fails(r"pg_dump of PostgreSQL \d+ or newer is needed, and the newest here is 9.6", store,
                   *self.programs("cp $2/psql $2/pg_dump 9.6/bin"), PATH="/nowhere")

    def programs(self, script):
        """What runs a command where PostgreSQL's programs are those that the script puts there."""
        rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        inside = [tool("unshare"), *rights, "--mount", tool("sh"), "-ec",
                  'PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t tmpfs none /usr/lib/postgresql; cd /usr/lib/postgresql; '
                  f'mkdir -p 9.6/bin; {script}; PATH=$1; shift 2; exec "$@"', "sh", "/nowhere", self.folder]
        probe = subprocess.run([*inside, "/bin/true"], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest(f"no mount namespace can be had here: {probe.stderr.strip()}")
        return inside

    def test_a_store_without_room_and_a_file_that_is_gone(self):
        disk = small_disk(self)
        self.configure(f'url = "file://{disk}/store"')
        self.must()
        self.write("data/model.bin", os.urandom(40 << 20))
        self.fails("No space left on device", disk)
        os.remove(self.path("data/model.bin"))
        self.must()
        self.configure(f'url = "file://{disk}/store"', [self.path("data"), self.path("bot.db")])
        self.fails(re.escape(f"the source {self.path('bot.db')} is not there"), disk)
        self.configure(f'url = "file://{disk}/store"', [self.path("data"), f"sqlite://{self.path('bot.db')}"])
        self.fails(re.escape(f"the source {self.path('bot.db')} is not there"), disk)


if __name__ == "__main__":
    main()
