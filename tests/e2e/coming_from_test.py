"""steward init --from-…: what is written is right, says what is lost, and really runs. docs/coming-from.md does what it says."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from steward_e2e import SOURCE, System, main, program, tool

BOT = """
import os, signal, socket, sys, time
here = os.environ["HERE"]
with open(os.path.join(here, "runs"), "a") as file:
    file.write(" ".join(sys.argv[1:]) + " in " + os.getcwd() + "\\n")
if not os.path.exists(os.path.join(here, "failed")):
    open(os.path.join(here, "failed"), "w").close()
    sys.exit(3)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", flush=True)
while True:
    time.sleep(60)
"""

UNIT = """[Unit]
Description=A bot of the test
StartLimitIntervalSec=0
[Service]
Type=notify
WorkingDirectory={folder}
Environment="HERE={folder}" 'TWO=a b'
EnvironmentFile={folder}/bot.env
ExecStartPre=-/bin/false
ExecStartPre=/usr/bin/touch {folder}/before
ExecStart={python} {folder}/bot.py "one word" ${{TWO}} \\
  --from=${{SECRET_NAME}} $MORE %p
ExecStop=/bin/kill $MAINPID
Restart=on-failure
RestartSec=50ms
"""


class ComingFrom(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="steward-from-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def steward(self, *words, expect=0):
        done = subprocess.run([program("steward"), *words], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def test_a_converted_unit_runs_as_systemd_ran_it(self):
        self.write("bot.py", BOT)
        self.write("bot.env", "SECRET_NAME=from the file\nMORE=three four\n")
        unit = self.write("trading.service", UNIT.format(folder=self.folder, python=tool("python3")))
        self.write("trading.service.d/10.conf", "[Service]\nTimeoutStartSec=50s\n")
        said = self.steward("init", "--from-unit", unit).stderr
        self.assertIn("trading.service:13: ExecStop=/bin/kill $MAINPID: Steward stops a bot with SIGTERM", said)
        self.assertIn("is right: 1 bot", self.steward("check").stdout)
        bots = self.read("steward.toml").partition("# from ")[2].partition("\n")[2]
        with System(bots) as system:
            system.up()
            self.assertEqual(system.wait_state("trading", "ready")["restarts"], 1, "it failed once and was started again")
            run = f"one word a b --from=from the file three four trading in {self.folder}\n"
            self.assertEqual(self.read("runs"), run * 2)
            self.assertTrue(os.path.exists(self.path("before")))

    def test_an_instance_is_read_from_its_template(self):
        self.write("bot@.service", "[Service]\nExecStart=/bin/echo %i\nRestart=always\n")
        self.write("bot@gold.service.d/x.conf", "[Service]\nWatchdogSec=5\n")
        self.steward("init", "--from-unit", "bot@gold.service")
        text = self.read("steward.toml")
        self.assertIn('name = "bot-gold"\ncommand = ["/bin/echo", "gold"]', text)
        self.assertIn('watchdog = "5s"', text)

    def test_several_kinds_go_into_one_file_and_none_is_overwritten(self):
        self.write("a.service", "[Service]\nExecStart=/bin/cat\n")
        self.write("s.conf", "[program:a]\ncommand=/bin/cat\n[program:b]\ncommand=/bin/cat\npriority=1000\n")
        self.write("c.yml", "services:\n  a: {command: /bin/cat}\n  db: {image: postgres}\n")
        self.write("cron", "@reboot /bin/cat /dev/null\n0 3 * * * /bin/backup\n")
        words = ("init", "--from-unit", "a.service", "--from-supervisord", "s.conf", "--from-compose", "c.yml", "--from-crontab", "cron")
        said = self.steward(*words).stderr
        self.assertIn("cron:2: 0 3 * * * /bin/backup: it runs at a time", said)
        self.assertIn("c.yml:3: service db has no command here", said)
        names = re.findall(r'^name = "(.*)"', self.read("steward.toml"), re.MULTILINE)
        self.assertEqual(names, ["a", "a-2", "b", "a-3", "cat"])
        self.assertIn('after = ["a-2"]', self.read("steward.toml"))
        self.assertIn("is right: 5 bots", self.steward("check").stdout)
        self.assertEqual(os.stat(self.path("steward.toml")).st_mode & 0o777, 0o600, "there may be secrets in it")
        self.assertIn("exists and is left as it is", self.steward(*words, expect=1).stderr)

    def test_what_cannot_be_read_is_one_sentence_and_writes_nothing(self):
        self.write("bad.service", "[Service]\nExecStart=/bin/x 'y\n")
        self.write("bad.yml", "services: [\n")
        self.write("bad.conf", "hello\n")
        self.write("cron", "0 3 * * * /bin/backup\n")
        for option, name, sentence in [("unit", "bad.service", "bad.service:2: ExecStart: a ' has no end"),
                                       ("compose", "bad.yml", "bad.yml:2: not YAML"),
                                       ("supervisord", "bad.conf", "bad.conf:1: expected key=value"),
                                       ("crontab", "cron", "nothing in it that a bot could do"),
                                       ("unit", "none.service", "none.service")]:
            done = self.steward("init", f"--from-{option}", name, expect=1)
            self.assertIn(sentence, done.stderr)
            self.assertFalse(os.path.exists(self.path("steward.toml")))

    def test_the_page_does_what_it_says(self):
        with open(os.path.join(SOURCE, "docs/coming-from.md"), encoding="utf-8") as file:
            page = file.read()
        commands = re.search(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
        promised = re.search(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
        done = subprocess.run([tool("bash"), "-euc", commands], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "PATH": f'{os.path.dirname(program("steward"))}:{os.environ["PATH"]}'})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(promised, self.read("steward.toml"))


if __name__ == "__main__":
    main()
