"""What the documents tell a reader to do is done here: commands run, configurations load, links lead somewhere."""
# ctest: TIMEOUT 600

import glob
import http.server
import os
import re
import signal
import subprocess
import tempfile
import threading
import unittest

from steward_e2e import (SOURCE, System, bot, descendants, http_get, kill_everything_below_us, main, program, read_events,
                         tool, wait)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)")


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def pages():
    found = [*glob.glob(os.path.join(SOURCE, "*.md")), *glob.glob(os.path.join(SOURCE, "docs/**/*.md"), recursive=True)]
    return sorted(os.path.relpath(path, SOURCE) for path in found)


def blocks(page, language):
    return [body for kind, body in FENCE.findall(read(page)) if kind == language]


class PagesTest(unittest.TestCase):
    def test_every_link_to_a_file_leads_somewhere(self):
        dead = []
        for page in pages():
            for target in LINK.findall(FENCE.sub("", read(page))):
                path = os.path.join(SOURCE, os.path.dirname(page), target)
                if "://" not in target and not os.path.exists(path):
                    dead.append(f"{page}: {target}")
        self.assertEqual(dead, [])

    def test_every_dev_command_that_is_named_exists(self):
        known = set(re.findall(r"^  (\w+) ", subprocess.run(
            [os.path.join(SOURCE, "dev"), "help"], capture_output=True, text=True, check=True).stdout, re.MULTILINE))
        named = {(page, word) for page in pages() for word in re.findall(r"\./dev (\w+)", read(page))}
        self.assertEqual([pair for pair in sorted(named) if pair[1] not in known], [])

    def test_contributing_fits_on_a_page(self):
        self.assertLessEqual(len(read("CONTRIBUTING.md").splitlines()), 80)

    def test_every_configuration_passes_check(self):
        steward = program("steward")
        for page in pages():
            for body in blocks(page, "toml"):
                with self.subTest(page), tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "steward.toml")
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(body)
                    done = subprocess.run([steward, "check", "--config", path], capture_output=True, text=True,
                                          check=False)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr + body)

    def test_the_unit_file_is_one_that_systemd_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = os.path.join(folder, "steward.service")
            with open(unit, "w", encoding="utf-8") as file:
                file.write(read("packaging/steward.service").replace("/usr/bin/steward", program("steward")))
            done = subprocess.run([tool("systemd-analyze"), "verify", unit], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_shell_bots_write_events_and_obey_the_gate(self):
        indented = read("docs/formats/bot.md").partition("## In ten lines of shell\n")[2]
        documented = "\n".join(line[4:] for line in indented.splitlines() if line.startswith("    "))
        for name, code in (("bot.md", documented), ("example_bot.sh", read("clients/shell/example_bot.sh"))):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                self.run_shell_bot(code, folder)

    def run_shell_bot(self, code, folder):
        journal, gate = os.path.join(folder, "journal"), os.path.join(folder, "gate")
        open(journal, "w", encoding="utf-8").close()
        with open(gate, "w", encoding="utf-8") as file:
            file.write("open 1\n")
        bot = subprocess.Popen(["/bin/sh", "-c", code], env={**os.environ, "STEWARD_JOURNAL": journal,
                                                             "STEWARD_GATE": gate})
        self.addCleanup(bot.wait)
        self.addCleanup(bot.kill)
        wait(lambda: [e["type"] for e in read_events(journal)][:2] == ["note", "metric"], 30, "hello and a turn")
        bot.terminate()
        self.assertEqual(bot.wait(30), 0)
        self.assertEqual(read_events(journal)[-1]["text"], "asked to stop")


class AlarmsTest(unittest.TestCase):
    def test_the_page_on_alarms_does_what_it_says(self):
        class Always200(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Always200)
        threading.Thread(target=service.serve_forever, daemon=True).start()
        self.addCleanup(service.shutdown)
        alert = (f'[[alert.channel]]\nname = "hook"\ntype = "webhook"\nurl = "http://127.0.0.1:{service.server_port}/"\n'
                 '[[alert.rule]]\nname = "level"\nwhen = "steward_bot_gate_open{bot=\'racing\'} == 1"\n')
        with System(bot("racing", ["sleep", "1000"]), extra=alert) as system:
            system.up()
            wait(lambda: "level" in system.run("alerts").stdout, 60, "the alarm")
            commands = f'steward() {{ {program("steward")} "$@" --config {system.config}; }}\n'
            done = subprocess.run([tool("bash"), "-euxc", commands + "".join(blocks("docs/alarms.md", "sh"))],
                                  capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for words in ("firing", "acknowledged", "silence 1 is ended", "hook: delivered"):
                self.assertIn(words, done.stdout)


class QuickStartTest(unittest.TestCase):
    """`./dev run`, then every other line of the README's second block, on the binaries of this build."""

    def test_the_readme_does_what_it_says(self):
        steward, bash = program("steward"), tool("bash")
        first, second = blocks("README.md", "sh")
        self.assertIn("./dev run ", first)
        with tempfile.TemporaryDirectory() as folder:
            log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
            self.addCleanup(log.close)
            run = subprocess.Popen([os.path.join(SOURCE, "dev"), "run", "--state", folder, "--steward", steward],
                                   stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            self.addCleanup(kill_everything_below_us)
            config = os.path.join(folder, "steward.toml")
            metrics, dashboard = wait(lambda: self.ports(config), 60, "./dev run to write its configuration")
            for name in ("back-favourite", "lay-the-drifter", "python-example"):
                wait(lambda name=name: f'orders_placed_total{{strategy="{name}"' in
                     http_get(f"http://127.0.0.1:{metrics}/metrics")[2], 120, f"an order of {name}")
            commands = second.replace("build/release/bin/steward", steward).replace("build/run/steward.toml", config)
            commands = commands.replace(":8000", f":{metrics}").replace(":8080", f":{dashboard}")
            done = subprocess.run([bash, "-euxc", commands], capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("orders_placed_total", done.stdout)
            health = "steward() { " + steward + ' "$@" --config ' + config + "; }\n" + blocks("docs/health.md", "sh")[0]
            done_health = subprocess.run([bash, "-euxc", health], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done_health.returncode, 0, done_health.stdout + done_health.stderr)
            self.assertIn('"disk_percent"', done_health.stdout)
            self.assertRegex(done.stdout, '"status":"(healthy|degraded)"')  # degraded: a busy machine
            run.send_signal(signal.SIGINT)
            self.assertIn(run.wait(60), (0, 130))
            self.assertEqual(descendants(os.getpid()), [])

    @staticmethod
    def ports(config):
        if not os.path.exists(config):
            return None
        with open(config, encoding="utf-8") as file:
            return re.findall(r'listen = "127\.0\.0\.1:(\d+)"', file.read())[:2]


if __name__ == "__main__":
    main()
