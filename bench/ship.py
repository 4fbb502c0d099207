#!/usr/bin/env python3
"""What shipping journals costs: five bots that write STEWARD_RATE lines a second each (50), for STEWARD_SECONDS (30), into a
folder and into versitygw. From a line's time to the object with it in the store; objects and bytes a second; the memory and
processor time of the agent beside one that ships nothing."""

import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "e2e"))
os.environ.setdefault("STEWARD_BIN_DIR", os.path.join(HERE, "..", "build", "release", "bin"))
from objects_test import ACCESS, SECRET, answers, versitygw  # noqa: E402
from rows import milliseconds, quantile, summary, table  # noqa: E402
from steward_e2e import System, free_port, python_bot, wait  # noqa: E402

RATE = int(os.environ.get("STEWARD_RATE", "50"))
SECONDS = int(os.environ.get("STEWARD_SECONDS", "30"))
BOT = f"""
notify.ready()
n = 0
while True:
    n += 1
    journal.order_placed(f'{{os.getpid()}}-{{n}}', f'b{{n}}', market_id='1.1', selection_id=7, latency_ns=1000000)
    time.sleep({1 / RATE})
"""


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def processor(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lines_of(tail):
    """The times of the journal lines in a tail."""
    with open(tail, "rb") as file:
        file.readline()
        body = subprocess.run(["zstd", "-dcq"], input=file.read(), capture_output=True, check=True).stdout
    return [json.loads(line)["t"] for line in body.split(b"\n") if line.startswith(b'{"t":') and line.endswith(b"}")]


def measure(name, extra, folder):
    """One system; what it took and how late lines were in `folder`, below which the store has its objects."""
    bots = "".join(python_bot(f"bot{i}", BOT) for i in range(5))
    with System(bots, extra=extra) as system:
        system.up()
        agent = wait(system.agent_pid)
        time.sleep(10)
        began, used = time.time(), processor(agent)
        time.sleep(SECONDS)
        used = (processor(agent) - used) / SECONDS * 100
        memory = pss(agent)
        late, objects, size = [], 0, 0
        for root, _, names in os.walk(folder) if folder else ():
            for tail in (os.path.join(root, each) for each in names if each.endswith(".tail")):
                stored = os.stat(tail).st_mtime_ns
                if stored / 1e9 < began:
                    continue
                objects, size = objects + 1, size + os.path.getsize(tail)
                late += [stored - t for t in lines_of(tail)]
    shown = [milliseconds(quantile(late, part)) for part in (0.5, 0.99, 1)] if late else ["", "", ""]
    if late:
        summary(f"a line → in the store ({name}), worst", shown[-1], bound="≤ 2 s")
    return [name, f"{objects / SECONDS:.2f}", f"{size / SECONDS / 1024:.1f} KiB", *shown, f"{memory:.1f} MiB", f"{used:.2f} %"]


def job(url, more=""):
    return f'[objects]\nurl = "{url}"\n{more}[[backup]]\nname = "own"\nsource = "steward"\nevery = "6h"\n'


def main():
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows.append(measure("ships nothing", "", None))
        rows.append(measure("into a folder", job(f"file://{folder}/store"), folder))
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "bucket"))
        port = free_port()
        os.environ.update({"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET})
        server = subprocess.Popen([versitygw(), "--port", f"127.0.0.1:{port}", "--access", ACCESS, "--secret", SECRET, "posix",
                                   folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(lambda: answers(port), what="the S3 server's first answer")
            rows.append(measure("into versitygw", job("s3://bucket/a", f'endpoint = "http://127.0.0.1:{port}"\n'), folder))
        finally:
            server.kill()
            server.wait()
    table(["", "objects/s", "bytes/s", "line → store, median", "99 %", "worst", "PSS of the agent", "processor"], rows)


if __name__ == "__main__":
    main()
