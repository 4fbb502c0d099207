"""The guides do what they say: every command of docs/guides is executed, every line that a reader is told to look for is really
printed, and the first program runs as it stands."""
# ctest: TIMEOUT 600

import ast
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from docs_test import blocks, read
from steward_e2e import (CLIENT, SOURCE, System, bot, free_port, http_get, kill_everything_below_us, main, program, python_bot,
                         skip, tool, venv_python, wait)

GUIDE, TROUBLE = "docs/guides/flumine.md", "docs/guides/what-to-do-when.md"

# flumine as a user's main.py has it, without certificates and without a way to Betfair.
NO_SESSION = """
import logging, socket, betfairlightweight, steward.flumine
logging.basicConfig()
def getaddrinfo(*_, **__):
    raise socket.gaierror('no network in this test')
socket.getaddrinfo = getaddrinfo
from flumine import BaseStrategy, Flumine, clients
framework = Flumine(client=clients.BetfairClient(betfairlightweight.APIClient('user', 'password', app_key='key')))
framework.add_strategy(BaseStrategy(market_filter={}))
steward.flumine.install(framework)
framework.run()
"""
# What betfairlightweight says when the stream answers so.
WRONG_KEY = """
import json, logging, time, betfairlightweight
logging.basicConfig()
betfairlightweight.StreamListener().on_data(json.dumps({
    'op': 'status', 'statusCode': 'FAILURE', 'errorCode': 'INVALID_APP_KEY', 'errorMessage': 'AppKey is invalid',
    'connectionClosed': True}))
time.sleep(1000)
"""
LIVELY = """
notify.ready()
journal.market_opened('1.1', market_type='WIN')
journal.market_status('1.1', 'SUSPENDED', in_play=True)
journal.order_intent('r1', '1.1', 7, 'BACK', 3.0, 2.0)
journal.order_rejected('r1', 'MARKET_SUSPENDED')
journal.error('flumine.clients.betfairclient', 'BetfairClient `login` error')
journal.metric('no_number', float('nan'))
while True:
    journal.stream(lag_ns=1000000, age_ns=1000000, markets=1)
    time.sleep(0.2)
"""
HANG = "notify.ready()\nnotify.watchdog()\ntime.sleep(1000)\n"
UNWRITABLE = "notify.ready()\njournal.path = '/nowhere/journal'\njournal.note('lost')\ntime.sleep(1000)\n"
SILENT = "notify.ready()\nnotify.status('{}')\ntime.sleep(1000)\n"
SILENT_STREAM = "a stream has been silent for 21 s while markets are open; the watchdog is not patted"
NO_STREAM = "waiting for the first message of the exchange" + "\\'s stream"


class Programs(unittest.TestCase):
    def test_they_are_python_3_9(self):
        programs = [body for page in (GUIDE, TROUBLE) for body in blocks(page, "python")]
        self.assertEqual(len(programs), 2)
        for body in programs:
            ast.parse(body, feature_version=(3, 9))
            self.assertIn("import steward.flumine\nsteward.flumine.install(framework)\n\nframework.run()", body)


class Shell:
    """Runs a guide's commands in its folder; `steward` is the one of this build, the ports are free ones."""

    def __init__(self, folder, ports):
        self.folder, self.ports = folder, ports
        self.program = program("steward")
        self.environment = {**os.environ, "STEWARD": SOURCE, "PATH": os.path.dirname(self.program) + ":" + os.environ["PATH"]}

    def text(self, body):
        for port, free in zip((":8000", ":8080"), self.ports):
            body = body.replace(port, f":{free}")
        return body

    def run(self, body):
        done = subprocess.run([tool("bash"), "-euo", "pipefail", "-c", self.text(body)], capture_output=True, text=True,
                              cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, timeout=240, check=False)
        return done.returncode, done.stdout, done.stderr


class FlumineGuide(unittest.TestCase):
    def test_the_first_section_from_an_empty_folder_to_the_numbers(self):
        venv_python("flumine")
        tool("jq"), tool("curl")
        folder = tempfile.mkdtemp(prefix="steward-guide-")
        self.addCleanup(shutil.rmtree, folder, True)
        shell = Shell(folder, (free_port(), free_port()))
        install, check, up, look = blocks(GUIDE, "sh")
        status, _, error = shell.run(install)
        if status and "pip" in error.lower():
            skip(f"PyPI cannot be reached: {error[-300:]}")
        self.assertEqual(status, 0, error)
        for name, body in (("main.py", blocks(GUIDE, "python")[0]), ("steward.toml", blocks(GUIDE, "toml")[0])):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(shell.text(body))
        self.assertEqual(shell.run(check)[0], 0)
        self.assertEqual(up.strip(), "steward up")
        running = subprocess.Popen([shell.program, "up"], cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(kill_everything_below_us)
        wait(lambda: '"settled"' in http_get(f"http://127.0.0.1:{shell.ports[1]}/api/v1/orders")[2], 120, "settled orders")
        status, out, error = shell.run(look)
        self.assertEqual(status, 0, out + error)
        for text in ("racing", 'orders_placed_total{strategy="back-once",market_type="WIN"}', '"status":"settled"'):
            self.assertIn(text, out)
        self.assertRegex(out, r'\["[0-9a-f]{13}-\d+",-?[\d.]+\]', "the journal with jq")
        running.send_signal(signal.SIGINT)
        self.assertIn(running.wait(60), (0, 130))


class WhatToDoWhen(unittest.TestCase):
    def bots(self):
        python = venv_python("flumine")
        environment = {"PYTHONPATH": CLIENT}
        names = {"bot-session": bot("bot-session", [python, "-uc", NO_SESSION], environment=environment, start_timeout="5m"),
                 "bot-key": bot("bot-key", [python, "-uc", WRONG_KEY]),
                 "racing": python_bot("racing", LIVELY, gate=True),
                 "bot-gated": python_bot("bot-gated", LIVELY, gate=True),
                 "bot-looping": python_bot("bot-looping", "import strategies_that_are_not_here\n",
                                       budget={"restarts": 2, "window": "10m"}),
                 "bot-hung": python_bot("bot-hung", HANG, watchdog="1s", restart="never",
                                    environment={"PYTHONFAULTHANDLER": "1"}),
                 "bot-unwritable": python_bot("bot-unwritable", UNWRITABLE),
                 "bot-silent": python_bot("bot-silent", SILENT.format(SILENT_STREAM)),
                 "bot-streamless": python_bot("bot-streamless", SILENT.format(NO_STREAM))}
        return list(names), "".join(names.values())

    def setUp(self):
        tool("jq"), tool("curl"), tool("namei")
        self.names, bots = self.bots()
        self.system = System(bots)
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.up()

    def printed(self):
        """All that a reader may see, each bot called racing, spaces single."""
        lines = self.system.run("status").stdout.splitlines()
        for name in self.names:
            lines += [f"{name} " + re.sub(r"^\S+Z ", "", line)
                      for line in self.system.run("logs", "-n", "2000", name).stdout.splitlines()]
        return [" ".join(re.sub(rf"\b({'|'.join(self.names)})\b", "racing", line).split()) for line in lines]

    def test_what_you_see_is_printed_and_what_to_do_can_be_done(self):
        system = self.system
        system.run("halt", "bot-gated", "--reason", "odd prices")
        system.wait_state("bot-hung", "stopped")
        system.wait_state("bot-looping", "struggling")
        patterns = [".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))
                    for body in blocks(TROUBLE, "text") for line in body.splitlines()]
        self.assertGreater(len(patterns), 9)
        for pattern in patterns:
            wait(lambda pattern=pattern: any(re.match(pattern, line) for line in self.printed()), 15,
                 lambda pattern=pattern: pattern + " in\n" + "\n".join(self.printed()))
        ports = [url.rpartition(":")[2] for url in (system.metrics_url, system.dashboard_url)]
        wait(lambda: system.metric("steward_bot_stream_age_seconds", bot="racing") is not None and
             system.metric("steward_bot_errors_total", bot="racing"), 60, "racing's numbers")
        wait(lambda: system.metric("steward_client_failures_total", bot="racing", part="journal") == 1, 30,
             "the event that was lost to be counted")
        shell = Shell(system.folder, ports)
        for body in blocks(TROUBLE, "sh"):
            with self.subTest(body):
                status, out, error = shell.run(body)
                self.assertEqual(status, 0, out + error)
                self.assertTrue(out.strip() or "steward" in body, "it shows something")
        system.wait_state("racing", "ready")


class Items(unittest.TestCase):
    def test_every_item_says_what_to_do(self):
        for item in read(TROUBLE).split("\n## ")[1:]:
            self.assertTrue(item.startswith("…") and "```sh" in item, item.splitlines()[0])
        self.assertGreaterEqual(read(TROUBLE).count("\n## …"), 10)


if __name__ == "__main__":
    main()
