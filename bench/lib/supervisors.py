"""Starts the same static child under Steward and under its peers, for bench/restart.py and bench/idle.py."""

import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.abspath(os.environ.setdefault("STEWARD_BIN_DIR",
                                            os.path.join(HERE, "..", "..", "build", "release", "bin")))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e"))
from steward_e2e import sealed_plan  # noqa: E402


def compile_program(folder, source):
    path = os.path.join(folder, source.removesuffix(".c"))
    subprocess.run(["clang-19", "-O2", "-static", "-o", path, os.path.join(HERE, source)], check=True)
    return path


def compile_child(folder):
    return compile_program(folder, "first_instruction.c")


def wait(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"after {seconds} s still waiting for {what}")
        time.sleep(0.0002)


class Supervisor:
    """A running supervisor with `bots` children in a folder of its own."""

    name = ""
    program = ""

    def __init__(self, folder, child, bots=1):
        self.folder = os.path.join(folder, self.name.split()[0])
        os.makedirs(self.folder)
        self.child = child
        self.firsts = [os.path.join(self.folder, f"first-{n}") for n in range(bots)]
        for first in self.firsts:
            open(first, "w", encoding="utf-8").close()
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.processes = []
        self.start()
        for first in self.firsts:
            wait(lambda first=first: self.starts(first), f"{self.name} to start its child ({self.folder}/log)")

    @classmethod
    def missing(cls):
        """Why this one cannot run here; None when it can."""
        return None if shutil.which(cls.program) else f"{cls.name}: {cls.program} is not here (./dev setup bench)"

    def start(self):
        raise NotImplementedError

    def spawn(self, words, **environment):
        self.processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                               env={**os.environ, **environment}, start_new_session=True))

    @staticmethod
    def starts(first):
        """[(time, pid)] of every start of a child."""
        with open(first, encoding="utf-8") as file:
            return [tuple(map(int, line.split())) for line in file.read().splitlines()]

    def kill_child(self):
        """Nanoseconds from a kill -9 to the first instruction of the next one."""
        before = self.starts(self.firsts[0])
        killed = time.monotonic_ns()
        os.kill(before[-1][1], signal.SIGKILL)
        wait(lambda: len(self.starts(self.firsts[0])) > len(before), f"{self.name} to start its child again")
        return self.starts(self.firsts[0])[len(before)][0] - killed

    def pids(self):
        return [process.pid for process in self.processes]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for first in self.firsts:
            for _, pid in self.starts(first)[-1:]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


class Keeper(Supervisor):
    """steward-keeper with a plan of its own, without an agent."""

    name = "steward-keeper"
    program = os.path.join(BIN, "steward-keeper")

    def start(self):
        state = os.path.join(self.folder, "state")
        os.makedirs(state, mode=0o700)
        lines = ["steward-plan 1"]
        for n, first in enumerate(self.firsts):
            lines += [f"bot child-{n}", f"arg {self.child}", f"env FIRST {first}", "restart_delay 0",
                      "budget 1000000 1000000000"]
        with open(os.path.join(state, "plan"), "w", encoding="utf-8") as file:
            file.write(sealed_plan(lines))
        self.spawn([self.program, "--state", state])


class Steward(Supervisor):
    """The whole of it: `steward up`, keeper and agent."""

    name = "steward"
    program = os.path.join(BIN, "steward")

    def start(self):
        config = os.path.join(self.folder, "steward.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.folder}/state"\n[metrics]\nlisten = "127.0.0.1:18000"\n'
                       '[dashboard]\nlisten = "127.0.0.1:18080"\n')
            for n, first in enumerate(self.firsts):
                file.write(f'[[bot]]\nname = "child-{n}"\ncommand = ["{self.child}"]\nrestart_delay = "0s"\n'
                           f'environment = {{ FIRST = "{first}" }}\n')
        self.spawn([self.program, "up", "--config", config])

    def pids(self):
        """The keeper and the agent."""
        keeper = self.processes[0].pid
        with open(f"/proc/{keeper}/task/{keeper}/children", encoding="utf-8") as file:
            children = [int(word) for word in file.read().split()]
        return [keeper, *(pid for pid in children if os.path.realpath(f"/proc/{pid}/exe") ==
                          os.path.realpath(self.program))]


class SpawnLoop(Supervisor):
    """posix_spawn and waitpid in a loop, a process each: what the machine itself needs."""

    name = "posix_spawn-loop"
    program = "clang-19"

    def start(self):
        loop = compile_program(self.folder, "spawn_loop.c")
        for first in self.firsts:
            self.spawn([loop, self.child], FIRST=first)


class Runit(Supervisor):
    name = "runit"
    program = "runsv"

    def start(self):
        for n, first in enumerate(self.firsts):
            self.spawn([self.program, service_folder(self.folder, n, self.child)], FIRST=first)


class S6(Supervisor):
    name = "s6-supervise"
    program = "s6-supervise"

    def start(self):
        for n, first in enumerate(self.firsts):
            self.spawn([self.program, service_folder(self.folder, n, self.child)], FIRST=first)


class Supervisord(Supervisor):
    name = "supervisord"
    program = "supervisord"

    def start(self):
        config = os.path.join(self.folder, "supervisord.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[supervisord]\nnodaemon=true\nlogfile={self.folder}/supervisord.log\n"
                       f"pidfile={self.folder}/supervisord.pid\nchildlogdir={self.folder}\n")
            for n, first in enumerate(self.firsts):
                file.write(f'[program:child-{n}]\ncommand={self.child}\nautorestart=true\nstartsecs=0\n'
                           f'environment=FIRST="{first}"\n')
        self.spawn([self.program, "-c", config])


def service_folder(folder, n, child):
    path = os.path.join(folder, f"service-{n}")
    os.makedirs(path)
    shutil.copy(child, os.path.join(path, "run"))
    return path
