"""What the black-box tests share: a Steward of one's own on free ports in a temporary folder, waiting for
conditions with a deadline, reading what it serves, and leaving no process behind."""

import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

BIN = os.environ.get("STEWARD_BIN_DIR", "")
SOURCE = os.environ.get("STEWARD_SOURCE_DIR", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CLIENT = os.path.join(SOURCE, "clients", "python")
PR_SET_CHILD_SUBREAPER = 36
SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def main():
    """Runs the calling file's tests. Exit code 77 (skipped, for ctest) when every test was skipped."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    result = unittest.main(module="__main__", verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) >= result.testsRun else 0)


def skip(reason):
    """Skips the test, with the reason; in CI everything has to be here, so there it is a failure."""
    if os.environ.get("CI") == "true":
        raise AssertionError(f"in CI this may not be skipped: {reason}")
    raise unittest.SkipTest(reason)


def program(name):
    """The path of a built program (steward, steward-keeper)."""
    path = os.path.join(BIN, name)
    if not os.access(path, os.X_OK):
        skip(f"{path} is not built")
    return path


def tool(name):
    """The path of a tool of the system."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not path:
        skip(f"{name} is not installed (./dev setup test)")
    return path


def venv_python(module):
    """The Python of build/venv, which has this module from PyPI."""
    python = os.path.join(SOURCE, "build", "venv", "bin", "python")
    if not os.access(python, os.X_OK) or subprocess.run([python, "-c", f"import {module}"], check=False,
                                                        stderr=subprocess.DEVNULL).returncode:
        skip(f"{python} has no {module} (./dev test makes build/venv from PyPI)")
    return python


def recording(name):
    """The path of a recorded market of the exchange."""
    shared = os.environ.get("STEWARD_SHARED", os.path.join(SOURCE, "..", "shared"))
    path = os.path.abspath(os.path.join(shared, "data", "betfair", name))
    if not os.path.exists(path):
        skip(f"{path} is not there; set STEWARD_SHARED to the folder that has the recordings")
    return path


def wait(condition, seconds=30, what="the condition"):
    """What `condition` returns, as soon as it is true. Fails after `seconds`, saying what was waited for:
    a text, or a function that gives it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"after {seconds} s still waiting: {what() if callable(what) else what}")
        time.sleep(0.02)


CLAIMED_PORTS = []


def free_port():
    """A port that nobody has, below those that the kernel gives to outgoing connections. It stays claimed, by an
    abstract Unix socket of its number, until this process ends: no test that runs meanwhile gets it, nor this one again."""
    while True:
        port = random.randrange(20000, 32768)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0steward-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        CLAIMED_PORTS.append(claim)
        return port


def http_get(url, headers=None, timeout=10):
    """(status, headers, text) of a GET; a refused connection is status 0."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()
    except OSError as error:
        return 0, {}, str(error)


def parse_metrics(text):
    """{(name, ((label, value), …)): value} of a Prometheus text."""
    found = {}
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            labels = tuple(sorted(LABEL.findall(match.group(2) or "")))
            found[match.group(1), labels] = float(match.group(3))
    return found


def total(metrics, name, **labels):
    """The sum of a family's samples that carry these labels; None when there is none."""
    values = [value for (key, have), value in metrics.items()
              if key == name and all((item in have) for item in labels.items())]
    return sum(values) if values else None


def descendants(pid):
    """All living processes below `pid`, from /proc."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents.setdefault(int(parent), []).append(int(entry))
    found, due = [], [pid]
    while due:
        for child in parents.get(due.pop(), []):
            found.append(child)
            due.append(child)
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def kill_everything_below_us():
    """Nobody outlives a test: whoever was orphaned became our child (main() made us a sub-reaper)."""
    def none_left():
        for pid in descendants(os.getpid()):
            kill(pid)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        return not descendants(os.getpid())

    wait(none_left, 20, "every process of the test to be gone")


class System:
    """One Steward: a folder with steward.toml and state, `steward up` when asked, commands against it."""

    def __init__(self, bots="", folder=None, extra=""):
        self.folder = folder or tempfile.mkdtemp(prefix="steward-e2e-")
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "steward.toml")
        self.log = os.path.join(self.folder, "steward.log")
        self.metrics_url = f"http://127.0.0.1:{free_port()}"
        self.dashboard_url = f"http://127.0.0.1:{free_port()}"
        self.extra = extra
        self.process = None
        self.write_config(bots)

    def write_config(self, bots):
        # The machine that runs the tests may be as busy as it likes.
        health = "" if "[health]" in self.extra else (
            "[health]\ncpu_percent = 100\nmemory_percent = 100\ndisk_percent = 100\ninodes_percent = 100\n"
            'swap_percent = 100\nload_per_cpu = 1000\ndisk_full_in = "0s"\n')
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.state}"\n'
                       f'[metrics]\nlisten = "{self.metrics_url[7:]}"\n'
                       f'[dashboard]\nlisten = "{self.dashboard_url[7:]}"\n{health}{self.extra}\n{bots}')

    def up(self, ready=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([program("steward"), "up", "--config", self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        if ready:
            wait(self.answers, 60, "steward up to serve /health")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"steward up ended with {self.process.returncode}: {self.text_of_log()}")
        return self.get("/health")[0] in (200, 503)

    def text_of_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def run(self, *words, expect=0, timeout=60):
        """A command of the command line against this system; fails unless it exits with `expect`."""
        done = subprocess.run([program("steward"), *words, "--config", self.config], capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, cwd=self.folder, check=False)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"steward {' '.join(words)}: exit {done.returncode}, expected {expect}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def get(self, path, **options):
        return http_get(self.dashboard_url + path, **options)

    def health(self):
        """What /health says, also while it is unhealthy; {} while nobody answers."""
        status, _, text = self.get("/health")
        return json.loads(text) if status in (200, 503) else {}

    def get_json(self, path):
        status, _, text = self.get(path)
        return json.loads(text) if status == 200 else None

    def metrics(self):
        status, _, text = http_get(self.metrics_url + "/metrics")
        return parse_metrics(text) if status == 200 else {}

    def metric(self, name, **labels):
        return total(self.metrics(), name, **labels)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def bot(self, name):
        """The bot's object of `status --json`."""
        return next((bot for bot in self.status()["bots"] if bot["name"] == name), None)

    def wait_state(self, name, *states, seconds=60):
        return wait(lambda: (bot := self.bot(name)) and bot["state"] in states and bot, seconds,
                    f"{name} to be {' or '.join(states)}")

    def agent_pid(self):
        """The agent's process: `steward agent` on our state folder, a child of the keeper or adopted by it."""
        return self.pid_of("agent")

    def pid_of(self, *command):
        """The process of this command of steward's on our state folder."""
        for pid in descendants(os.getpid()):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[0].endswith("/steward") and words[1:1 + len(command)] == [*command] and self.state in words:
                return pid
        return None

    def journal(self, bot):
        """All events of all of the bot's runs, oldest first; what is torn or bad is left out."""
        events, runs = [], os.path.join(self.state, "bots", bot, "runs")
        for run in sorted(os.listdir(runs)) if os.path.isdir(runs) else []:
            for name in sorted(os.listdir(os.path.join(runs, run))):
                if re.fullmatch(r"journal\.\d+\.jsonl", name):
                    events += read_events(os.path.join(runs, run, name))
        return events

    def down(self, seconds=60):
        """SIGTERM, as systemd and Docker do; everything has to end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print(f"--- the end of {self.log}:\n{self.text_of_log() if os.path.exists(self.log) else '(none)'}",
                  file=sys.stderr)
        try:
            if not kind:
                self.down()
        finally:
            kill_everything_below_us()
            shutil.rmtree(self.folder, ignore_errors=True)


def small_disk(test):
    """A folder with room for 32 MiB, for the length of the test."""
    if os.geteuid() != 0:
        skip("mounting a small tmpfs needs root")
    folder = tempfile.mkdtemp(prefix="steward-e2e-disk-")
    test.addCleanup(os.rmdir, folder)
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "size=32m", "steward-e2e", folder], check=True)
    test.addCleanup(subprocess.run, [tool("umount"), "--lazy", folder], check=True)
    return folder


def fill_disk(path):
    """All the room that is left, in one file."""
    with open(path, "wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


def read_events(path):
    events = []
    with open(path, "rb") as file:
        for line in file.read().split(b"\n")[:-1]:
            try:
                events.append(json.loads(line))
            except ValueError:
                pass
    return events


def sealed_plan(lines):
    """The text of a plan (docs/formats/plan.md) of these lines, with the closing line that proves it whole."""
    text = "".join(line + "\n" for line in lines)
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{text}end {len(lines)} {value:016x}\n"


def toml(value):
    """A text, number, truth, list or table as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)


def bot(name, command, **fields):
    """A [[bot]] section; restart_delay is short unless told."""
    fields = {"restart_delay": "100ms", **fields}
    lines = [f"{key} = {toml(value)}" for key, value in fields.items()]
    return "\n".join(["", "[[bot]]", f"name = {json.dumps(name)}", f"command = {json.dumps(command)}", *lines, ""])


def python_bot(name, code, **fields):
    """A bot whose program is this text; `steward` (the client) is imported as the journal, gate and notify."""
    head = f"import os, signal, sys, time\nsys.path.insert(0, {CLIENT!r})\nfrom steward import gate, journal, notify\n"
    return bot(name, [sys.executable, "-u", "-c", head + code], **fields)


def strategy_bot(name, strategy, seed, **fields):
    command = [program("steward"), "trade", "--replay", f"synthetic:{seed}", "--speed", "10x", "--strategy", strategy]
    return bot(name, command, gate=True, watchdog="30s", **fields)
