#!/usr/bin/env python3
"""From a number that crosses its threshold to the message at a webhook: Steward (a rule with for = "0s"), Prometheus with
Alertmanager and monit at their fastest settings (one second), in turn, STEWARD_ROUNDS times (8). Then the processor time
that 10,000 rules take."""

import http.server
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "e2e"))
os.environ.setdefault("STEWARD_BIN_DIR", os.path.join(HERE, "..", "build", "release", "bin"))
from rows import milliseconds, summary, table  # noqa: E402
from steward_e2e import System, free_port, python_bot, wait  # noqa: E402

ROUNDS = int(os.environ.get("STEWARD_ROUNDS", "8"))
GAUGE = """
notify.ready()
while True:
    with open(os.environ['LEVEL']) as file:
        journal.metric('level', float(file.read() or 0))
    time.sleep(0.01)
"""


class Webhook:
    """Keeps when each peer's messages came, by path; shows the level at /metrics."""

    def __init__(self, level):
        self.came = {"/steward": [], "/alertmanager": [], "/monit": []}
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                now = time.monotonic_ns()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                resolved = b'"resolved"' in body.split(b'"alerts"')[0].split(b'"alarms"')[0]
                webhook.came[self.path].append((now, resolved))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                text = f"level {level.number()}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def firing(self, path):
        return [at for at, resolved in self.came[path] if not resolved]


class Level:
    """The number, in a file: its text for bots, its size for monit."""

    def __init__(self, folder):
        self.path, self.sized = os.path.join(folder, "level"), os.path.join(folder, "sized")
        self.set(0)

    def number(self):
        with open(self.path, encoding="utf-8") as file:
            return int(file.read())

    def set(self, number):
        with open(self.sized, "w", encoding="utf-8") as file:
            file.write("x" * number)
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(str(number))
        os.rename(self.path + ".new", self.path)


def steward(level, webhook):
    system = System(extra=f"""
[[alert.channel]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:{webhook.port}/steward"
send_resolved = false
rate_limit = {{ messages = 1000, window = "1m" }}

[[alert.rule]]
name = "level"
when = "level > 10"
clear_for = "0s"

[[alert.route]]
match = {{ rule = "level" }}
channels = ["hook"]

[[alert.route]]
channels = []
""")
    system.write_config(python_bot("level", GAUGE, environment={"LEVEL": level.path}))
    system.up()
    return system


def prometheus(folder, webhook):
    ports = free_port(), free_port()
    with open(os.path.join(folder, "rules.yml"), "w", encoding="utf-8") as file:
        file.write("groups:\n- name: a\n  interval: 1s\n  rules:\n  - alert: level\n    expr: level > 10\n")
    with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
        file.write(f"global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\n"
                   f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{ports[1]}']}}]}}]}}\n"
                   f"scrape_configs: [{{job_name: a, static_configs: [{{targets: ['127.0.0.1:{webhook.port}']}}]}}]\n")
    with open(os.path.join(folder, "alertmanager.yml"), "w", encoding="utf-8") as file:
        file.write("route: {receiver: a, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
                   f"receivers: [{{name: a, webhook_configs: [{{url: 'http://127.0.0.1:{webhook.port}/alertmanager', "
                   "send_resolved: true}]}]\n")
    yield [["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{ports[0]}", "--rules.alert.resend-delay=1s"], ports[0]]
    yield [["prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/am",
            f"--web.listen-address=127.0.0.1:{ports[1]}", "--cluster.listen-address="], ports[1]]


def monit(folder, level, webhook):
    config = os.path.join(folder, "monitrc")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"set daemon 1\nset pidfile {folder}/monit.pid\nset statefile {folder}/monit.state\n"
                   f"set idfile {folder}/monit.id\ncheck file level with path {level.sized}\n"
                   f'  if size > 10 B then exec "/usr/bin/curl -s -X POST -d x http://127.0.0.1:{webhook.port}/monit"\n')
    os.chmod(config, 0o600)
    return ["monit", "-I", "-c", config]


def measure(level, webhook, names):
    taken = {name: [] for name in names}
    for turn in range(ROUNDS):
        before = {path: len(webhook.firing(path)) for path in names.values()}
        time.sleep(3 + 0.37 * (turn % 3))  # everybody has seen that it is well, and no cycle keeps step with us
        crossed = time.monotonic_ns()
        level.set(20)
        for name, path in names.items():
            wait(lambda path=path: len(webhook.firing(path)) > before[path], 60, f"the message of {name}")
            taken[name].append(webhook.firing(path)[before[path]] - crossed)
        level.set(0)
        time.sleep(12)  # longer than Steward waits between two messages about one group
    return taken


def rules_table():
    done = subprocess.run([os.path.join(os.environ["STEWARD_BIN_DIR"], "alert_rules_bench")], capture_output=True, text=True,
                          check=True).stdout
    print("\nMilliseconds of processor time for a pass over rules of each kind\n\n```\n" + done.strip() + "\n```\n")
    ms = max(float(each) for each in re.findall(r"^\S+ ([0-9.]+) \(10000 rules", done, re.MULTILINE))
    summary("10,000 alert rules, a pass a second, at worst: processor", f"{ms / 10:.2f} % of a core", "", "", "≤ 10 %")


def main():
    running, names = [], {"Steward": "/steward"}
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        level = Level(folder)
        webhook = Webhook(level)
        with steward(level, webhook):
            commands = []
            if shutil.which("prometheus") and shutil.which("prometheus-alertmanager"):
                names["Prometheus + Alertmanager"] = "/alertmanager"
                commands += [command for command, _ in prometheus(folder, webhook)]
            if shutil.which("monit") and os.path.exists("/usr/bin/curl"):
                names["monit"] = "/monit"
                commands.append(monit(folder, level, webhook))
            try:
                with open(os.path.join(folder, "log"), "wb") as log:
                    running = [subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) for command in commands]
                time.sleep(20)  # Steward resolves nothing in the first 15 s of an agent
                taken = measure(level, webhook, names)
            finally:
                for process in running:
                    process.kill()
                    process.wait()
    ours = statistics.median(taken["Steward"])
    print(f"A number crosses its threshold → a message at a webhook, {ROUNDS} times\n")
    table(["", "p50", "worst", "p50 ÷ ours"],
          [[f"**{name}**" if name == "Steward" else name, milliseconds(statistics.median(values)), milliseconds(max(values)),
            f"{statistics.median(values) / ours:.1f}"] for name, values in taken.items()])
    peer = "Prometheus + Alertmanager"
    theirs = max(taken[peer]) if peer in taken else None
    summary("a crossing → a webhook, worst", milliseconds(max(taken["Steward"])),
            f"{peer} {milliseconds(theirs)}" if theirs else "", f"{max(taken['Steward']) / theirs:.2f}" if theirs else "",
            "≤ 1.5 s")
    rules_table()


if __name__ == "__main__":
    main()
