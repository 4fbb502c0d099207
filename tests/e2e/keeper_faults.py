"""A campaign of faults: bots, the agent and the keeper itself are killed, stopped, upgraded and steered at random, then
the books are checked: no stray, no second copy, no event lost or doubled, counters that only grow.

    keeper_faults.py --seeds 20 [--first 1] [--steps 40]

The same seed takes the same steps. Prints one line a seed and the sum; exit code 1 when anything was wrong."""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

from keeper_harness import KEEPER, SECOND, Keeper, alive, sh, wait_for

# Holds a lock that its children inherit: a second copy, or a start beside a stray, is caught by the bot itself.
GUARD = ('exec 9>>"$LOCK"; flock -n 9 || { echo "$STEWARD_BOT $STEWARD_RUN" >> "$DOUBLES"; }; n=0; '
         'say() { n=$((n+1)); printf \'{"type":"metric","name":"n","value":%d}\\n\' $n >> "$STEWARD_JOURNAL"; }; ')
BODIES = {
    "plain": "while :; do say; echo out $n; sleep 0.05; done",
    "polite": "trap 'say; exit 0' TERM; while :; do say; sleep 0.05 & wait $!; done",
    "deaf": "trap '' TERM HUP INT; while :; do say; sleep 0.05; done",
    "forker": "(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done' &); while :; do say; sleep 0.05; done",
    "crasher": "say; sleep 0.3; exit 3",
}


def bots_of(state, seed):
    common = {"stop_timeout": SECOND // 5, "restart_delay_max": SECOND // 5}
    found = []
    for i, (name, body) in enumerate(BODIES.items()):
        env = [("LOCK", "%s/%s.lock" % (state, name)), ("DOUBLES", state + "/doubles")]
        extra = {"after": "plain"} if i % 2 and seed % 2 else {}
        found.append(sh(name, GUARD + body, env=env, **common, **extra))
    env = [("LOCK", state + "/agent.lock"), ("DOUBLES", state + "/doubles")]
    found.append(sh("agent", GUARD + BODIES["plain"], role="agent", env=env, **common))
    return found


class Campaign:
    def __init__(self, seed, steps):
        self.random = random.Random(seed)
        self.state = tempfile.mkdtemp(prefix="sk-")
        self.plan = bots_of(self.state, seed)
        self.names = [bot["bot"] for bot in self.plan]
        self.keeper = Keeper(self.plan, state=self.state)
        self.steps = steps
        self.did = collections.Counter()

    def run(self):
        try:
            self.keeper.start()
            for _ in range(self.steps):
                self.step()
            self.settle()
            problems = [] if self.keeper.stop() == 0 else ["the keeper's exit code was not 0"]
            return problems + self.check_books()
        finally:
            self.keeper.close()
            shutil.rmtree(self.state, ignore_errors=True)

    def step(self):
        act = self.random.choices(
            ["kill_bot", "kill_keeper", "upgrade", "restart", "stop", "start", "halt", "resume", "reload"],
            [12, 4, 2, 2, 1, 2, 1, 2, 1])[0]
        self.did[act] += 1
        getattr(self, act)(self.random.choice(self.names))
        time.sleep(self.random.choice([0, 0, 0.001, 0.01, 0.05, 0.2]))  # the fault's place in time, not a wait for luck

    def ask(self, *words):
        try:
            self.keeper.ask(*words)
        except RuntimeError:
            pass  # refused, as for the agent
        except OSError:
            wait_for(self.keeper.answers, "the keeper to answer")

    def kill_bot(self, name):
        pid = self.keeper.pid(name)
        if pid > 0:
            try:
                os.kill(pid, self.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM]))
            except ProcessLookupError:
                pass

    def kill_keeper(self, name):
        for _ in range(self.random.choice([1, 1, 2])):
            if self.random.random() < 0.5:
                self.kill_bot(name)  # so that it dies in the middle of a restart
            self.keeper.kill()
            self.keeper.start()

    def upgrade(self, _):
        self.ask("upgrade", str(KEEPER))
        wait_for(self.keeper.answers, "the keeper to answer after an upgrade")

    def restart(self, name):
        self.ask("restart", name)

    def stop(self, name):
        self.ask("stop", name)

    def start(self, name):
        self.ask("start", name)

    def halt(self, name):
        self.ask("halt", name, "campaign", "a fault")

    def resume(self, name):
        self.ask("resume", name, "campaign")

    def reload(self, _):
        self.ask("reload")

    def settle(self):
        self.ask("resume", "*", "campaign")
        for name in self.names:
            self.ask("start", name)
        def up():
            # Of an adopted bot that died just now nothing is told until its parent has reaped it.
            return all((b["state"] == "ready" and alive(int(b["pid"]))) or n in ("keeper", "crasher")
                       for n, b in self.keeper.status().items())
        wait_for(up, lambda: "all to be up: %s" % {n: b["state"] for n, b in self.keeper.status().items()}, 60)

    def check_books(self):
        problems = []
        if self.keeper.processes():
            problems.append("processes were left: %s" % self.keeper.processes())
        doubles = os.path.join(self.state, "doubles")
        if os.path.exists(doubles):
            problems.append("started beside an old run: " + open(doubles).read())
        started, exited = collections.defaultdict(list), collections.Counter()
        counters = collections.defaultdict(list)
        for event in self.keeper.events():
            if event["type"] == "bot.started":
                started[event["run"]].append(event)
                if not counters[event["bot"]] or counters[event["bot"]][-1][0] != event["run"]:
                    counters[event["bot"]].append((event["run"], event["restarts"]))
            if event["type"] == "bot.exited":
                exited[event["run"]] += 1
        for name in self.names:
            runs = [folder for folder in self.run_folders(name)]
            for folder in runs:
                run = folder.name
                fresh = [e for e in started[run] if not e.get("adopted")]
                begun = b"\npid 0000000000\n" not in (folder / "record").read_bytes()
                if begun and (not started[run] or len(fresh) > 1):
                    problems.append("%s run %s: started told %d times" % (name, run, len(started[run])))
                if begun and exited[run] != 1:
                    problems.append("%s run %s: exit told %d times" % (name, run, exited[run]))
                problems += self.check_journal(folder)
            restarts = [n for _, n in counters[name]]
            if restarts != list(range(len(restarts))):
                problems.append("%s: restarts went %s" % (name, restarts))
        return problems

    def run_folders(self, name):
        base = self.keeper.state / ("agent" if name == "agent" else "bots/" + name) / "runs"
        return sorted(base.iterdir())

    def check_journal(self, folder):
        data = (folder / "journal.000001.jsonl").read_bytes()
        values = [json.loads(line)["value"] for line in data[:data.rfind(b"\n") + 1].splitlines()]
        if values != list(range(1, len(values) + 1)):
            return ["%s: the bot's own events are %s" % (folder, values)]
        return []


def run_campaign(seeds, first=1, steps=40):
    wrong, did = 0, collections.Counter()
    for seed in range(first, first + seeds):
        campaign = Campaign(seed, steps)
        problems = campaign.run()
        did += campaign.did
        print("seed %d: %s" % (seed, "good" if not problems else "; ".join(problems)), flush=True)
        wrong += bool(problems)
    print("%d seeds, %d with problems; %s" % (seeds, wrong, dict(sorted(did.items()))))
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    sys.exit(1 if run_campaign(options.seeds, options.first, options.steps) else 0)
