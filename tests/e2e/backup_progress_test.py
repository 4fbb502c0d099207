"""How far a backup has come is drawn on a terminal, over one line, and nowhere else."""

import json
import os
import pty
import shutil
import subprocess
import tempfile
import threading
import unittest

from steward_e2e import main, program, wait


class Terminal:
    """A program on a terminal of its own; `text` is what it has written so far."""

    def __init__(self, command):
        ours, its = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=os.environ | {"TERM": "xterm"})
        os.close(its)
        self.reader = threading.Thread(target=self.read, args=(ours,), daemon=True)
        self.reader.start()

    def read(self, ours):
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # that is how a terminal ends
                block = b""
            if not block:
                return os.close(ours)
            self.text += block.decode()

    def drawn(self):
        """The lines that were drawn over one another, in order."""
        return [line for line in self.text.split("\r\x1b[K")[1:] if line and "\n" not in line]

    def last(self):
        """What stands there when it has ended."""
        return self.text.rsplit("\r\x1b[K", 1)[-1]

    def end(self):
        status = self.process.wait(timeout=60)
        self.reader.join(timeout=60)
        return status


class ProgressTest(unittest.TestCase):
    def setUp(self):
        self.steward = program("steward")
        self.folder = tempfile.mkdtemp(prefix="steward-progress-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.makedirs(self.path("data"))
        for name in ("a", "b", "c"):
            with open(self.path("data/" + name), "wb") as file:
                file.write(os.urandom(1 << 20))
        self.configure('bandwidth = "2MiB"')

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, more):
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "file://{self.path("store")}"\n'
                       f'[[backup]]\nname = "trading"\nsource = "{self.path("data")}"\n{more}\n')

    def command(self, *words):
        return [self.steward, *words, "--config", self.path("steward.toml")]

    def test_a_backup_shows_bytes_and_the_next_one_a_share(self):
        first = Terminal(self.command("backup", "run", "trading"))
        self.assertEqual(first.end(), 0, first.text)
        self.assertTrue(first.drawn(), first.text)
        self.assertRegex(first.drawn()[-1], r"^(backing up|removing what is not kept of) trading  .*\d s")
        self.assertRegex(first.last(), r"^trading/\S+: 3 files, 3.0 MiB; .*\r\n$")
        second = Terminal(self.command("backup", "run", "trading", "--full"))
        self.assertEqual(second.end(), 0, second.text)
        self.assertTrue(any("] about " in line and "% " in line and "of 3.0 MiB" in line for line in second.drawn()),
                        second.text)

    def test_a_drill_shows_what_it_waits_for(self):
        subprocess.run(self.command("backup", "run"), check=True, stdout=subprocess.DEVNULL)
        go = self.path("go")
        self.configure(f'drill = {{ check = ["sh", "-c", "until test -e {go}; do sleep 0.05; done"] }}')
        drill = Terminal(self.command("backup", "drill", "trading"))
        wait(lambda: any(line.startswith("running the check  ") for line in drill.drawn()), 60, lambda: drill.text)
        with open(go, "w", encoding="utf-8"):
            pass
        self.assertEqual(drill.end(), 0, drill.text)
        self.assertRegex(drill.last(), r"^trading/.*: proved\r\n$")

    def test_nothing_is_drawn_in_a_pipe_and_for_json(self):
        for words in (("backup", "run"), ("backup", "verify"), ("backup", "drill"),
                      ("restore", "trading", "--to", self.path("one")), ("restore", "--all", "--to", self.path("all"))):
            done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual(done.stderr, "", words)
            self.assertNotIn("\x1b", done.stdout)
        asked = Terminal(self.command("backup", "run", "trading", "--full", "--json"))
        self.assertEqual(asked.end(), 0)
        self.assertEqual(json.loads(asked.text)["files"], 3)

    def test_a_restore_leaves_the_line_clean(self):
        subprocess.run(self.command("backup", "run"), check=True, stdout=subprocess.DEVNULL)
        for words in (("restore", "trading", "--to", self.path("one")), ("restore", "--all", "--to", self.path("all")),
                      ("backup", "verify", "trading")):
            done = Terminal(self.command(*words))
            self.assertEqual(done.end(), 0, done.text)
            self.assertRegex(done.last(), "^trading/")


if __name__ == "__main__":
    main()
