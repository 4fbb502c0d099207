"""A campaign of faults over the whole system: bots, the agent and the keeper are killed, frozen, upgraded and steered at
random while bots journal numbered orders and somebody reads /metrics all the time. Then the books are checked: no stray,
no second copy, each journalled event counted once, no counter ever fell, and a deleted state.db gives the same numbers.

    system_faults.py --seeds 20 [--first 1] [--steps 15]

The same seed takes the same steps. Prints one line a seed and the sum; exit code 1 when anything was wrong."""
import argparse
import collections
import ctypes
import os
import random
import re
import signal
import socket
import sys
import threading
import time

from steward_e2e import (PR_SET_CHILD_SUBREAPER, System, descendants, http_get, kill, parse_metrics, program, python_bot,
                         total, wait)

# Holds a lock that its children inherit: a second copy, or a start beside a stray, is caught by the bot itself.
GUARD = """
import fcntl
lock = open(os.environ['LOCK'], 'a')
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    open(os.environ['DOUBLES'], 'a').write(os.environ['STEWARD_BOT'] + ' ' + os.environ['STEWARD_RUN'] + '\\n')
run, n = os.environ['STEWARD_RUN'], 0
"""
STRAY = """
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(1)
"""
TURN = """
notify.ready()
while n < int(os.environ.get('TURNS', 10**9)):
    n += 1
    notify.watchdog()
    print(n)
    journal.order_intent(f'{run}-{n}', '1.1', 7, 'BACK', 3, 2, market_type='WIN', simulated=True)
    journal.order_placed(f'{run}-{n}', f'{run}-{n}', latency_ns=n)
    journal.metric('turns', n, kind='counter')
    time.sleep(0.01)
sys.exit(3)
"""
BOTS = {"plain": GUARD + TURN, "forker": GUARD + STRAY + TURN,
        "deaf": GUARD + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + TURN, "crasher": GUARD + TURN}
ACTS = {"kill_bot": 12, "kill_agent": 6, "kill_keeper": 4, "freeze_agent": 2, "upgrade": 2, "restart": 2, "stop": 1,
        "start": 2, "halt": 1, "resume": 2, "reload": 1}
BOOKS = ("orders_placed_total", "turns", "steward_bot_exits_total", "steward_bot_restarts_total")


def reap():
    """Takes leave of dead children whose keeper was killed: this process is their parent now."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
            if state == "Z" and int(parent) == os.getpid():
                os.waitpid(int(entry), os.WNOHANG)
        except (OSError, ChildProcessError):
            continue


class Watch(threading.Thread):
    """Reads /metrics without a pause and notes every counter that fell."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.highest, self.problems, self.looks = url + "/metrics", {}, [], 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            status, _, text = http_get(self.url, timeout=5)
            if status == 200:
                self.look(text)

    def look(self, text):
        self.looks += 1
        grow = set()
        for family, kind in re.findall(r"^# TYPE (\S+) (counter|histogram)$", text, re.MULTILINE):
            grow |= {family} if kind == "counter" else {family + end for end in ("_bucket", "_count", "_sum")}
        samples = {key: value for key, value in parse_metrics(text).items() if key[0] in grow}
        for key, value in samples.items():
            if value < self.highest.get(key, 0):
                self.problems.append(f"{key} fell from {self.highest[key]} to {value}")
            self.highest[key] = max(value, self.highest.get(key, 0))
        missing = [key for key in self.highest if key not in samples]
        self.problems += [f"{key} is gone" for key in missing]
        for key in missing:
            del self.highest[key]


class Campaign:
    def __init__(self, seed, steps):
        self.random, self.steps, self.did = random.Random(seed), steps, collections.Counter()
        self.system = System()
        self.doubles = os.path.join(self.system.folder, "doubles")
        self.system.write_config("".join(self.bot(name, code) for name, code in BOTS.items()))
        self.watch = Watch(self.system.metrics_url)

    def bot(self, name, code):
        environment = {"LOCK": os.path.join(self.system.folder, name + ".lock"), "DOUBLES": self.doubles}
        if name == "crasher":
            environment["TURNS"] = "20"
        return python_bot(name, code, environment=environment, stop_timeout="200ms", restart_delay="0s",
                          restart_delay_max="200ms", budget={"restarts": 10000, "window": "10m"}, watchdog="30s")

    def run(self):
        with self.system as system:
            system.up()
            self.watch.start()
            for _ in range(self.steps):
                self.step()
            self.settle()
            problems = self.check_books()
            self.watch.over.set()
            self.watch.join(60)
            problems += self.watch.problems[:5] + ([] if self.watch.looks > 10 else ["/metrics was hardly ever there"])
            system.down()
            problems += self.check_silence()
        return problems

    def step(self):
        act = self.random.choices(list(ACTS), list(ACTS.values()))[0]
        self.did[act] += 1
        getattr(self, act)(self.random.choice(list(BOTS)))
        reap()
        time.sleep(self.random.choice([0, 0, 0.01, 0.05, 0.2, 0.5]))  # the fault's place in time, not a wait for luck

    def ask(self, *words):
        return self.system.run(*words, expect=None)  # refused or not: the books have to be right

    def ask_keeper(self, line):
        """The keeper's answer to a request of docs/formats/plan.md; nothing while it does not listen."""
        try:
            with socket.socket(socket.AF_UNIX) as keeper:
                keeper.settimeout(30)
                keeper.connect(os.path.join(self.system.state, "keeper.sock"))
                keeper.sendall(line.encode() + b"\n")
                text = b""
                while not re.search(rb"(^|\n)(ok|error [^\n]*)\n$", text):
                    part = keeper.recv(65536)
                    if not part:
                        return ""
                    text += part
                return text.decode()
        except OSError:
            return ""

    def pid(self, name):
        match = re.search(rf"^bot {name} .*?\bpid (\d+)", self.ask_keeper("status"), re.MULTILINE)
        return int(match.group(1)) if match else 0

    def kill_bot(self, name):
        pid = self.pid(name)
        if pid:
            kill(pid, self.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM]))

    def kill_agent(self, _):
        pid = self.system.agent_pid()
        if pid:
            kill(pid)

    def kill_keeper(self, name):
        if self.random.random() < 0.5:
            self.kill_bot(name)  # so that it dies in the middle of a restart
        kill(self.system.process.pid)
        self.system.process.wait(30)
        if self.random.random() < 0.5:
            self.kill_agent(name)
        self.system.up(ready=False)
        self.keeper_answers("a new keeper")

    def keeper_answers(self, what):
        wait(lambda: self.ask_keeper("ping") == "ok\n", 60, lambda: f"{what} to answer: {self.system.text_of_log()}")

    def freeze_agent(self, _):
        pid = self.system.agent_pid()
        if pid:
            kill(pid, signal.SIGSTOP)
            time.sleep(self.random.choice([0.1, 0.5]))  # likewise a fault's length
            kill(pid, signal.SIGCONT)

    def upgrade(self, _):
        self.ask_keeper("upgrade " + program("steward-keeper"))
        self.keeper_answers("the upgraded keeper")

    def restart(self, name):
        self.ask_keeper("restart " + name)

    def stop(self, name):
        self.ask_keeper("stop " + name)

    def start(self, name):
        self.ask_keeper("start " + name)

    def halt(self, name):
        self.ask("halt", name, "--reason", "campaign")

    def resume(self, _):
        self.ask("resume")

    def reload(self, _):
        self.ask("reload")

    def settle(self):
        """Everybody up once more, then every bot stopped, so that the books can be closed."""
        self.system.run("resume")
        for name in BOTS:
            self.ask_keeper("start " + name)

        def lives(name):
            reap()
            return self.pid(name) > 0

        for name in BOTS:
            wait(lambda name=name: lives(name), 60, f"{name} to be started")
        for name in BOTS:
            self.system.run("stop", name)

    def check_books(self):
        problems = []
        if os.path.exists(self.doubles):
            with open(self.doubles, encoding="utf-8") as file:
                problems.append("started beside an old run: " + file.read())
        expected = {name: self.expected(name, problems) for name in BOTS}
        problems += self.compare(expected, "/metrics")
        self.system.down()
        for name in os.listdir(os.path.join(self.system.state, "agent")):
            if name.startswith("state.db"):
                os.remove(os.path.join(self.system.state, "agent", name))
        self.system.up()
        return problems + self.compare(expected, "/metrics after state.db was deleted")

    def expected(self, name, problems):
        """What the journals come to: orders, turns, ends, restarts."""
        runs, turns, run = collections.defaultdict(list), {}, None
        for event in self.system.journal(name):
            if event["type"] == "order.placed":
                run, n = event["customer_order_ref"].split("-")
                runs[run].append(int(n))
            elif event["type"] == "metric" and event["name"] == "turns":
                turns[run] = event["value"]
        for run, numbers in runs.items():
            if numbers != list(range(1, len(numbers) + 1)):
                problems.append(f"{name} {run}: the bot's own events are {numbers}")
        keepers = [event for event in self.system.journal("../keeper") if event.get("bot") == name]
        started = {event["run"] for event in keepers if event["type"] == "bot.started"}
        exited = [event["run"] for event in keepers if event["type"] == "bot.exited"]
        if sorted(exited) != sorted(started):
            problems.append(f"{name}: {len(started)} runs began, {len(exited)} ends were told")
        if not set(runs) <= started:
            problems.append(f"{name}: nobody told of the runs {set(runs) - started}")
        return {"orders_placed_total": sum(map(len, runs.values())), "turns": sum(turns.values()),
                "steward_bot_exits_total": len(started), "steward_bot_restarts_total": len(started) - 1}

    def compare(self, expected, where):
        def shown():
            metrics = self.system.metrics()
            return {name: {book: total(metrics, book, **{"strategy" if book == BOOKS[0] else "bot": name}) or 0
                           for book in BOOKS} for name in BOTS}

        try:
            wait(lambda: shown() == expected, 30)
            return []
        except AssertionError:
            now = shown()
            return [f"{where} shows {book} of {name} as {now[name][book]}, the journals come to {expected[name][book]}"
                    for name in BOTS for book in BOOKS if now[name][book] != expected[name][book]]

    def check_silence(self):
        reap()
        left = descendants(os.getpid())
        return [f"processes were left: {left}"] if left else []


def run_campaign(seeds, first=1, steps=15):
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wrong, looks, did = 0, 0, collections.Counter()
    for seed in range(first, first + seeds):
        campaign = Campaign(seed, steps)
        try:
            problems = campaign.run()
        except AssertionError as error:
            problems = [str(error)]
        did += campaign.did
        looks += campaign.watch.looks
        print(f"seed {seed}: {'; '.join(problems) or 'good'}", flush=True)
        wrong += bool(problems)
    print(f"{seeds} seeds, {wrong} with problems; {looks} looks at /metrics; {dict(sorted(did.items()))}")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    sys.exit(1 if run_campaign(options.seeds, options.first, options.steps) else 0)
