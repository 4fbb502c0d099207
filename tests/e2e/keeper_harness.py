"""A steward-keeper under test: its plan, its socket, its journal. Standard library only.

The binary is STEWARD_BIN_DIR/steward-keeper, else build/dev/bin/steward-keeper."""
import json
import os
import pathlib
import signal
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEEPER = pathlib.Path(os.environ.get("STEWARD_BIN_DIR", ROOT / "build/dev/bin")) / "steward-keeper"
PATIENCE = 30.0
SECOND = 1_000_000_000


def wait_for(condition, what, patience=PATIENCE):
    """Asks until `condition()` is true and returns what it gave; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + (what() if callable(what) else what))
        time.sleep(0.005)


def escape(word):
    if word == "":
        return "%"
    return "".join(chr(b) if 0x20 < b < 0x7F and b != 0x25 else "%%%02X" % b for b in os.fsencode(str(word)))


def unescape(word):
    if word == "%":
        return ""
    raw = bytearray()
    i = 0
    while i < len(word):
        if word[i] == "%":
            raw.append(int(word[i + 1:i + 3], 16))
            i += 3
        else:
            raw.append(ord(word[i]))
            i += 1
    return os.fsdecode(bytes(raw))


def plan_text(bots):
    """`bots`: dictionaries of plan keys; a list repeats its key, a tuple is several words."""
    lines = ["steward-plan 1"]
    for bot in bots:
        lines.append("bot " + escape(bot["bot"]))
        for key, value in bot.items():
            if key == "bot":
                continue
            for one in value if isinstance(value, list) else [value]:
                words = one if isinstance(one, tuple) else (one,)
                lines.append(key + " " + " ".join(escape(word) for word in words))
    body = "".join(line + "\n" for line in lines)
    digest = 0xCBF29CE484222325
    for byte in body.encode():
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return body + "end %d %016x\n" % (len(lines), digest)


def sh(name, script, **keys):
    """A bot that is a shell script; restarted at once unless told otherwise."""
    return {"bot": name, "arg": ["/bin/sh", "-c", script], "restart_delay": 0, "budget": (1000000, 600 * SECOND),
            "stop_timeout": 5 * SECOND, **keys}


def notify_bot(name, body, **keys):
    """A Python bot with `notify(text)` at hand."""
    prelude = ("import os, socket, signal, time, sys\n"
               "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
               "def notify(t): s.sendto(t.encode(), os.environ['NOTIFY_SOCKET'])\n")
    return {"bot": name, "arg": [sys.executable, "-c", prelude + body], "restart_delay": 0,
            "budget": (1000000, 600 * SECOND), "stop_timeout": 5 * SECOND, **keys}


FOREVER = "while :; do sleep 1000 & wait $!; done"


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Keeper:
    def __init__(self, bots, state=None, prefix=()):
        self.own_state = state is None
        self.state = pathlib.Path(state or tempfile.mkdtemp(prefix="sk-"))
        self.prefix = list(prefix)
        self.process = None
        self.write_plan(bots)

    def write_plan(self, bots):
        text = plan_text(bots)
        self.state.mkdir(parents=True, exist_ok=True)
        new = self.state / "plan.new"
        new.write_text(text)
        new.rename(self.state / "plan")

    def start(self, ready=True, **options):
        if hasattr(self, "log"):
            self.log.close()
        self.log = open(self.state / "keeper.stderr", "ab")
        self.process = subprocess.Popen([*self.prefix, str(KEEPER), "--state", str(self.state)],
                                        stdin=subprocess.DEVNULL, stderr=self.log, **options)
        if ready:
            wait_for(self.answers, lambda: "the keeper to answer: " + self.stderr())
        return self

    def stderr(self):
        return (self.state / "keeper.stderr").read_text(errors="replace")

    def answers(self):
        try:
            return self.ask("ping") == []
        except OSError:
            if self.process and self.process.poll() is not None:
                raise AssertionError("the keeper has exited: " + self.stderr())
            return False

    def ask(self, *words):
        """The answer's lines as lists of words; RuntimeError for an error."""
        import socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(PATIENCE)
            s.connect(str(self.state / "keeper.sock"))
            s.sendall((" ".join(escape(w) for w in words) + "\n").encode())
            text = b""
            while True:
                lines = text.decode().split("\n")
                for i, line in enumerate(lines[:-1]):
                    if line == "ok":
                        return [[unescape(w) for w in l.split(" ")] for l in lines[:i]]
                    if line.startswith("error "):
                        _, code, message = line.split(" ")
                        raise RuntimeError(code + ": " + unescape(message))
                got = s.recv(65536)
                if not got:
                    raise ConnectionError("the keeper closed the connection")
                text += got

    def status(self):
        bots = {}
        for words in self.ask("status"):
            name = words[1] if words[0] == "bot" else "keeper"
            pairs = words[2:] if words[0] == "bot" else words[1:]
            bots[words[0] if name == "keeper" and words[0] == "keeper" else name] = dict(zip(pairs[::2], pairs[1::2]))
        return bots

    def bot(self, name):
        return self.status()[name]

    def pid(self, name):
        return int(self.bot(name)["pid"])

    def wait_state(self, name, state, patience=PATIENCE):
        def there():
            bot = self.bot(name)
            return bot if bot["state"] == state else None
        return wait_for(there, lambda: "%s to be %s: %s" % (name, state, self.bot(name)), patience)

    def wait_new_pid(self, name, old):
        def other():
            pid = self.pid(name)
            return pid if pid not in (0, old) else None
        return wait_for(other, "%s to be started again" % name)

    def run_folder(self, name, run=None):
        base = self.state / ("agent" if name == "agent" else "bots/" + name) / "runs"
        return base / (run or self.bot(name)["run"])

    def events(self, type_=None, **fields):
        """All whole lines of all the keeper's journals, in order."""
        found = []
        for run in sorted((self.state / "keeper/runs").iterdir()):
            for segment in sorted(run.glob("journal.*.jsonl")):
                data = segment.read_bytes()
                for line in data[:data.rfind(b"\n") + 1].splitlines():
                    event = json.loads(line)
                    if type_ and event["type"] != type_:
                        continue
                    if all(event.get(k) == v for k, v in fields.items()):
                        found.append(event)
        return found

    def wait_event(self, type_, **fields):
        return wait_for(lambda: self.events(type_, **fields), "an event %s %s" % (type_, fields))

    def kill(self):
        """kill -9 of the keeper itself."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE)
        return code

    def log_text(self, name, run=None):
        path = self.run_folder(name, run) / "out.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        """Leaves nothing running and nothing on disk."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if hasattr(self, "log"):
            self.log.close()
        if self.own_state:
            shutil.rmtree(self.state, ignore_errors=True)

    def processes(self):
        """Every living process whose environment names a journal below our state folder."""
        mark = ("STEWARD_JOURNAL=" + str(self.state.resolve()) + "/").encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or not alive(int(entry)):
                continue
            try:
                with open("/proc/%s/environ" % entry, "rb") as environ:
                    if mark in environ.read():
                        found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
