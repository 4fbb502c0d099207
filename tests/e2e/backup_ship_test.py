"""Journals shipped as they grow, and a machine brought back from the store alone: `steward up` of the copy shows the same
orders, positions and profit, and what was lost are the last moments."""

import glob
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

from new_machine import NewMachine
from objects_test import ACCESS, SECRET, answers, versitygw
from steward_e2e import (SOURCE, System, descendants, free_port, kill, kill_everything_below_us, main, program,
                         python_bot, read_events, tool, total, wait)

# Trades on paper as long as TRADE is there; a copy of it that runs elsewhere only lives.
TRADER = """
notify.ready()
name, n = os.environ['STEWARD_BOT'], 0
while True:
    if os.path.exists(os.environ['TRADE']):
        n += 1
        ref = f'{name}-{os.getpid()}-{n}'
        journal.order_intent(ref, '1.1', 7, 'BACK', 2.5, 2, market_type='WIN')
        journal.order_placed(ref, f'b{n}', latency_ns=1000000)
        journal.position('1.1', 7, if_win=1.5 * n, if_lose=-1 * n)
        journal.pnl('1.1', realized=n / 100, commission=0.01, unrealized=-0.25, currency='GBP')
    time.sleep(0.02)
"""
BOTS = ("racing", "football", "tennis")


def journals(root):
    """{path below root: content} of the journal segments of all runs."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            if re.fullmatch(r"journal\.\d+\.jsonl", name) and "/runs/" in folder:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = file.read()
    return found


def steward(*words, expect=0, env=None):
    """A command without any configuration, as on a new machine."""
    done = subprocess.run([program("steward"), *words], capture_output=True, text=True, timeout=120, check=False, cwd="/",
                          env=env)
    if done.returncode != expect:
        raise AssertionError(f"steward {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout if expect == 0 else done.stderr


class ShipTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.folder = tempfile.mkdtemp(prefix="steward-ship-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(kill_everything_below_us)
        self.store = "file://" + os.path.join(self.folder, "store")

    def system(self, name="one", more="", url=None, objects="", bots=BOTS):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        trade = os.path.join(folder, "trade")
        open(trade, "w", encoding="utf-8").close()
        with open(os.path.join(folder, "bots.env"), "w", encoding="utf-8") as file:
            file.write("TOKEN=a-secret-of-the-bots\n")
        extra = (f'[objects]\nurl = "{url or self.store}"\n{objects}[[backup]]\nname = "own"\nsource = "steward"\n'
                 f'every = "6h"\n{more}')
        system = System("".join(python_bot(bot, TRADER, environment={"TRADE": trade}, env_file="bots.env") for bot in bots),
                        folder=folder, extra=extra)
        return system.up()

    @staticmethod
    def shipping(system):
        """What the shipper says of itself."""
        try:
            with open(os.path.join(system.state, "backup", "own.ship"), encoding="utf-8") as file:
                return json.load(file)
        except OSError:
            return {"objects": 0, "newest": "", "error": ""}

    def tails(self, host=None):
        root = os.path.join(self.folder, "store", "own.tail")
        hosts = [host] if host else os.listdir(root) if os.path.isdir(root) else []
        return sorted(os.path.join(root, each, name) for each in hosts for name in
                      (os.listdir(os.path.join(root, each)) if os.path.isdir(os.path.join(root, each)) else []))

    @staticmethod
    def back_up(system, *words):
        """By hand, when the agent's own first backup is over."""
        def made():
            done = system.run("backup", "run", "own", *words, expect=None)
            if done.returncode and "is running already" not in done.stderr:
                raise AssertionError(done.stderr)
            return None if done.returncode else done
        return wait(made, 30, "the agent's own backup to be over")

    def wait_shipped(self, system, more=2):
        """Until so many more objects are in the store."""
        before = self.newest()
        wait(lambda: len([tail for tail in self.tails() if os.path.basename(tail) > before]) >= more, 30,
             lambda: f"journals to be shipped: {self.shipping(system)}")

    def newest(self):
        return max((os.path.basename(tail) for tail in self.tails()), default="")

    def vanish(self, system):
        """kill -9 of everything at once; what the journals held then."""
        for pid in [system.process.pid, *descendants(system.process.pid)]:
            kill(pid)
        kill_everything_below_us()
        system.process.wait()
        os.remove(os.path.join(system.folder, "trade"))
        return journals(system.state)

    def restore(self, name, *words):
        """`restore --all` into a new folder; (folder, report)."""
        to = os.path.join(self.folder, name)
        return to, json.loads(steward("restore", "--all", "--to", to, "--store", self.store, "--json", *words))

    def assert_prefixes(self, restored, originals, died):
        """Every journal is the beginning of the original, no byte twice or missing; what is not there is young."""
        self.assertTrue(restored)
        lost = oldest = 0
        for path, content in originals.items():
            have = restored.get(path, b"")
            self.assertEqual(have, content[:len(have)], path)
            lost += len(content) - len(have)
            for line in content[len(have):].split(b"\n"):
                event = json.loads(line) if line.startswith(b"{") and line.endswith(b"}") else {}
                oldest = max(oldest, died - event.get("t", 0) / 1e9 if event else 0)
        self.assertFalse(set(restored) - set(originals))
        print(f"lost with the machine: {lost} bytes, the oldest {oldest:.2f} s before it died")
        self.assertLess(oldest, 10, "shipped every second, on a machine that may be busy")

    def assert_goes_on(self, report, originals):
        """`steward up` of the copy knows what its journals hold."""
        copy = System(folder=os.path.dirname(report["config"]))
        copy.config, copy.state = report["config"], report["state"]
        self.up_there(copy, [program("steward")], copy.config)
        self.assertIn("a Steward runs on the state folder", steward("restore", "--all", "--force", "--to", report["to"],
                                                                    "--store", self.store, expect=1))
        self.wait_money(copy, originals)
        copy.down()

    @staticmethod
    def up_there(copy, command, config):
        """`steward up` by this command; `config` is where we can read its configuration."""
        with open(config, encoding="utf-8") as file:
            ports = re.findall(r'listen = "(.*)"', file.read())
        copy.metrics_url, copy.dashboard_url = ("http://" + port for port in ports)
        with open(copy.log, "ab") as log:
            copy.process = subprocess.Popen([*command, "up", "--config", copy.config, "--state", copy.state], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        wait(copy.answers, 60, "the copy to serve /health")

    def wait_money(self, copy, originals):
        expected = self.expected(originals)
        wait(lambda: self.money(copy) == expected, 60, lambda: f"{expected}, found {self.money(copy)}")

    def expected(self, restored):
        """What the restored journals say: orders, positions and profit by bot."""
        said = {}
        for bot in BOTS:
            events = []
            for path in sorted(path for path in restored if f"bots/{bot}/" in path):
                for line in restored[path].split(b"\n")[:-1]:
                    events.append(json.loads(line))
            placed = len([event for event in events if event["type"] == "order.placed"])
            profit = [event for event in events if event["type"] == "pnl"][-1]
            said[bot] = (placed, 1, round(profit["realized"] - profit["commission"] + profit["unrealized"], 2))
        return said

    @staticmethod
    def money(system):
        metrics = system.metrics()
        return {bot: (total(metrics, "orders_placed_total", strategy=bot), total(metrics, "active_positions", strategy=bot),
                      round(total(metrics, "daily_pnl", strategy=bot) or 0, 2)) for bot in BOTS}

    def test_a_machine_that_vanished_is_brought_back_from_the_store_alone(self):
        one = self.system()
        self.wait_shipped(one)
        made = json.loads(self.back_up(one, "--json").stdout)
        self.wait_shipped(one)
        one.run("halt", "racing", "--reason", "odd prices")
        one.run("stop", "tennis")
        self.wait_shipped(one, 3)
        time.sleep(random.random())  # the moment is chance
        originals, died = self.vanish(one), time.time()

        plan = steward("restore", "--all", "--to", os.path.join(self.folder, "plan"), "--store", self.store, "--dry-run")
        self.assertRegex(plan, r"data up to 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d\d UTC, .* ago")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "plan")))
        to, report = self.restore("new")
        self.assertEqual(report["jobs"][0]["time"], made["time"])
        self.assertGreater(report["jobs"][0]["shipped_objects"], 2)
        restored = journals(report["state"])
        self.assert_prefixes(restored, originals, died)
        self.assertEqual(report["missing"], [f"{to}{one.folder}/bots.env is not there, and in none of the backups"])
        with open(report["state"] + "/bots/racing/gate", encoding="utf-8") as gate:
            self.assertRegex(gate.read(), r"^closed \d+ .*odd prices")
        for folder, mode in (("", 0o711), ("/bots", 0o755), ("/bots/racing", 0o755), ("/bots/racing/runs", 0o755)):
            self.assertEqual(os.stat(report["state"] + folder).st_mode & 0o777, mode, folder)
        for run in os.listdir(report["state"] + "/bots/racing/runs"):
            with open(f"{report['state']}/bots/racing/runs/{run}/record", encoding="utf-8") as record:
                self.assertIn("boot_id restored", record.read())
        self.assertTrue(os.path.exists(report["state"] + "/bots/tennis/down"), "what a person stopped stays stopped")
        self.assertIn("is there already", steward("restore", "--all", "--to", to, "--store", self.store, expect=1))
        self.assertIn(f"to go on: steward up --config {report['config']} --state {report['state']}",
                      steward("restore", "--all", "--to", to, "--store", self.store, "--force"))
        shutil.copy(os.path.join(one.folder, "bots.env"), f"{to}{one.folder}/bots.env")
        self.assert_goes_on(report, restored)
        self.assert_script_does_the_same(made["time"], restored)
        job = os.path.join(self.folder, "job")
        said = json.loads(steward("restore", "own", "--to", job, "--store", self.store, "--json"))
        self.assertEqual(said["newest"], report["newest"])
        self.assertEqual(journals(job + report["state"][len(to):]), restored)
        for record in glob.glob(job + report["state"][len(to):] + "/bots/*/runs/*/record"):
            with open(record, encoding="utf-8") as file:
                self.assertIn("boot_id restored", file.read())
        steward("restore", "own", "--to", job + "-then", "--store", self.store, "--at", made["time"])
        self.assertLess(len(str(journals(job + "-then"))), len(str(restored)), "without what was shipped later")

    def assert_script_does_the_same(self, backup, restored):
        """The documented scripts, without Steward."""
        for name in ("tar", "zstd", "jq", "sha256sum"):
            tool(name)
        with open(os.path.join(SOURCE, "docs/formats/backup.md"), encoding="utf-8") as file:
            scripts = re.findall(r"^```sh\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
        to = os.path.join(self.folder, "by-hand")
        tails = os.path.dirname(self.tails()[0])
        for script, folder in zip(scripts, (os.path.join(self.folder, "store/own"), tails)):
            done = subprocess.run(["sh", "-c", script, "script", folder, backup, to], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({path.split("/state/")[1]: text for path, text in journals(to).items()}, restored)

    def test_a_copy_that_goes_on_beside_the_living_original_leaves_its_bots_alone(self):
        one = self.system(bots=("racing",))
        self.wait_shipped(one)
        self.back_up(one)
        self.wait_shipped(one)
        before = one.wait_state("racing", "ready")
        to, report = self.restore("new")
        shutil.copy(os.path.join(one.folder, "bots.env"), to + one.folder)
        with open(report["config"], encoding="utf-8") as file:
            text = file.read()
        with open(report["config"], "w", encoding="utf-8") as file:
            file.write(re.sub(r'listen = ".*"', lambda _: f'listen = "127.0.0.1:{free_port()}"', text))
        os.makedirs(os.path.join(self.folder, "log"))
        copy = System(folder=os.path.join(self.folder, "log"))
        copy.config, copy.state = report["config"], report["state"]
        self.up_there(copy, [program("steward")], copy.config)
        copy.wait_state("racing", "ready")
        after = one.wait_state("racing", "ready")
        self.assertEqual((after["pid"], after["restarts"]), (before["pid"], 0))
        copy.down()
        self.assertEqual(one.bot("racing")["pid"], before["pid"])

    def test_a_new_machine_gets_everything_back_over_its_root(self):
        one = self.system()
        self.wait_shipped(one)
        self.back_up(one)
        self.wait_shipped(one)
        originals, died = self.vanish(one), time.time()
        os.makedirs(os.path.join(self.folder, "machine"))
        machine = NewMachine(os.path.join(self.folder, "machine"), [os.path.join(self.folder, "store")])
        self.addCleanup(machine.close)
        self.assertFalse(os.path.exists(machine.path(one.folder)))
        words = ("restore", "--all", "--to", "/", "--store", self.store)
        self.assertIn(f"to go on: steward up --config {one.config} --state {one.state}\n",
                      machine.run(program("steward"), *words))
        self.assertIn(f"to go on: steward up --config {one.config} --state {one.state}\n",
                      machine.run(program("steward"), *words, "--force"))
        restored = journals(machine.path(one.state))
        self.assert_prefixes(restored, originals, died)
        shutil.copy(os.path.join(one.folder, "bots.env"), machine.path(one.folder))  # the secret, as the restore says
        os.makedirs(os.path.join(self.folder, "log"))
        copy = System(folder=os.path.join(self.folder, "log"))
        copy.config, copy.state = one.config, one.state
        self.up_there(copy, machine.command(program("steward")), machine.path(one.config))
        self.wait_money(copy, restored)
        status = [program("steward"), "status", "--json", "--config", one.config]
        wait(lambda: [bot["state"] for bot in json.loads(machine.run(*status))["bots"]] == ["ready"] * len(BOTS), 60,
             lambda: f"the bots to run: {machine.run(*status)}")
        machine.run(program("steward"), "shutdown", "--config", one.config)
        copy.process.wait(timeout=30)
        self.assertNotIn("Bad file descriptor", copy.text_of_log())

    def test_encrypted_and_compacted(self):
        key = os.path.join(self.folder, "offline.key")
        public = steward("backup", "key", key).strip()
        one = self.system(more=f'encrypt_to = {{ offline = "{public}" }}\n')
        self.back_up(one)
        self.wait_shipped(one, 3)
        kept = self.newest()
        self.back_up(one)
        self.assertFalse([tail for tail in self.tails() if os.path.basename(tail) <= kept], "covered by the backup")
        self.wait_shipped(one, 3)
        originals, died = self.vanish(one), time.time()
        for tail in self.tails():
            with open(tail, "rb") as file:
                self.assertNotIn(b"order.placed", file.read())
        to = os.path.join(self.folder, "x")
        self.assertIn("offline", steward("restore", "--all", "--to", to, "--store", self.store, expect=1))
        _, report = self.restore("new", "--key", key)
        restored = journals(report["state"])
        self.assert_prefixes(restored, originals, died)
        self.assertEqual(report["missing"], [], "secrets are in a backup that is encrypted")
        self.assert_goes_on(report, restored)

    def test_an_agent_that_is_killed_ships_no_byte_twice_and_none_never(self):
        one = self.system()
        self.back_up(one)
        for _ in range(3):
            self.wait_shipped(one, 1)
            time.sleep(random.random())  # the moment is chance
            pid = one.agent_pid()
            kill(pid)
            wait(lambda: one.agent_pid() not in (None, pid), 30, "the next agent")
        self.wait_shipped(one, 2)
        os.remove(os.path.join(one.folder, "trade"))
        for bot in BOTS:
            one.run("stop", bot)
        one.down()
        wanted = journals(one.state)
        _, report = self.restore("new")
        restored = journals(report["state"])
        for path, content in wanted.items():
            # The keeper's last words came after the agent's end.
            have = restored.get(path, b"")
            self.assertEqual(have, content[:len(have)], path)
            if path.startswith("bots/"):
                self.assertEqual(len(have), len(content), path)

    def test_a_store_that_was_away_gets_everything_later(self):
        data = os.path.join(self.folder, "s3")
        os.makedirs(os.path.join(data, "bucket"))
        port = free_port()
        environment = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}
        os.environ.update(environment)
        self.addCleanup(lambda: [os.environ.pop(name) for name in environment])

        def serve():
            server = subprocess.Popen([versitygw(), "--port", f"127.0.0.1:{port}", "--access", ACCESS, "--secret", SECRET,
                                       "posix", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait(lambda: answers(port), what="the S3 server's first answer")
            return server

        server = serve()
        one = self.system(url="s3://bucket/a", objects=f'endpoint = "http://127.0.0.1:{port}"\n', bots=("racing",))
        wait(lambda: self.shipping(one)["objects"] > 0, 30, "the first object in S3")
        self.back_up(one)
        self.stop(server)
        wait(lambda: self.shipping(one)["error"], 60, "the shipper to say that the store is away")
        time.sleep(1)  # what is written meanwhile waits in the journals
        before = self.shipping(one)
        server = serve()
        wait(lambda: (now := self.shipping(one))["error"] == "" and now["objects"] > before["objects"], 90,
             lambda: f"the shipper to catch up: {self.shipping(one)}")
        self.stop(server)
        originals = self.vanish(one)
        server = serve()
        report = json.loads(steward("restore", "--all", "--to", os.path.join(self.folder, "new"), "--json", "--store",
                                    "s3://bucket/a", "--endpoint", f"http://127.0.0.1:{port}"))
        restored = journals(report["state"])
        self.assert_prefixes(restored, originals, time.time())
        self.stop(server)

    @staticmethod
    def stop(server):
        server.kill()
        server.wait()

    @staticmethod
    def exposed_bytes(system):
        return json.loads(system.run("backup", "status", "--json").stdout)["backups"][0]["exposure_bytes"]

    def test_what_would_be_lost_is_counted_when_it_is_asked_for(self):
        one = self.system(more='ship = "60s"\n', bots=("racing",))
        wait(lambda: self.shipping(one)["objects"] > 0, 30, "the first object")
        self.back_up(one)
        wait(lambda: self.exposed_bytes(one), 20, "the bot's new bytes, long before they are shipped, to be shown")

    def test_a_backup_of_steward_while_nothing_runs(self):
        one = self.system(bots=("racing",))
        wait(lambda: one.metric("orders_placed_total"), 30, "orders")
        self.wait_shipped(one)
        originals = self.vanish(one)
        made = json.loads(self.back_up(one, "--json").stdout)
        self.assertFalse(self.tails(), "covered by the backup")
        before = self.exposed_bytes(one)
        with open(glob.glob(one.state + "/bots/racing/runs/*/journal.*.jsonl")[0], "ab") as journal:
            journal.write(b'{"type":"note"}\n' * 1000)
        self.assertEqual(self.exposed_bytes(one) - before, 16000, "what a bot writes while no agent lives")
        os.truncate(journal.name, os.path.getsize(journal.name) - 16000)
        _, report = self.restore("new")
        self.assertEqual((report["newest"], journals(report["state"])), (made["time"], originals))
        for database, table in (("state.db", "orders"), ("steward.db", "history")):
            with sqlite3.connect(f"{report['state']}/agent/{database}") as copy:
                self.assertEqual(copy.execute("PRAGMA integrity_check").fetchone(), ("ok",))
                self.assertIsNotNone(copy.execute(f"SELECT count(*) FROM {table}").fetchone())
        # The agent's own first backup may have made the folder.
        self.assertEqual(glob.glob(os.path.join(one.state, "backup", "snapshot", "*", "*")), [])

    def test_two_hosts_on_one_store_keep_apart(self):
        systems = {host: self.system(host, objects=f'host = "{host}"\n', bots=("racing",)) for host in ("trader-1", "trader-2")}
        for host, system in systems.items():
            self.back_up(system)
            wait(lambda host=host: len(self.tails(host)) > 1, 30, f"tails of {host}")
        originals = {}
        for host, system in systems.items():
            for pid in [system.process.pid, *descendants(system.process.pid)]:
                kill(pid)
        for host, system in systems.items():
            originals[host] = self.vanish(system)
        refused = steward("restore", "--all", "--to", os.path.join(self.folder, "x"), "--store", self.store, expect=1)
        self.assertRegex(refused, r"several hosts; name one with --host: trader-1 \(.*\), trader-2 \(")
        self.assertIn("holds no backup of the host trader-3", steward(
            "restore", "--all", "--to", os.path.join(self.folder, "x"), "--store", self.store, "--host", "trader-3", expect=1))
        for host in systems:
            _, report = self.restore("new-" + host, "--host", host)
            self.assertIn(f"/{host}/state", report["state"])
            self.assert_prefixes(journals(report["state"]), originals[host], time.time())


if __name__ == "__main__":
    main()
