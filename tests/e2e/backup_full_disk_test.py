"""A disk that is full while the agent copies its databases for a backup: one sentence, the job is marked failed, earlier
backups are untouched, and the agent lives."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from steward_e2e import System, fill_disk, main, program, python_bot, small_disk, tool, wait

BOT = """
notify.ready()
for n in range(200):
    journal.order_intent(f'{n}', '1.1', 7, 'BACK', 2.5, 2)
while True:
    time.sleep(1)
"""


class FullDiskTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.disk = small_disk(self)
        self.folder = tempfile.mkdtemp(prefix="steward-full-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = os.path.join(self.folder, "store")
        folder = os.path.join(self.disk, "steward")
        os.makedirs(folder)
        self.system = System(python_bot("racing", BOT), folder=folder, extra=f'[objects]\nurl = "file://{self.store}"\n'
                             '[[backup]]\nname = "own"\nsource = "steward"\nevery = "6h"\nship = "off"\n')
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.up()
        self.system.wait_state("racing", "ready")
        wait(lambda: self.view()["newest"] and not self.view()["running"], 60, lambda: f"the first backup: {self.view()}")
        self.stored = self.objects()

    def view(self):
        return self.system.status()["backups"][0]

    def objects(self):
        """{path: content} of what lies in the store."""
        found = {}
        for path in glob.glob(self.store + "/own/**", recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def fails(self):
        """A run fails in one sentence and leaves everything as it was."""
        agent = self.system.agent_pid()
        done = self.system.run("backup", "run", "own", expect=1)
        self.assertRegex(done.stderr, r"^steward: [^\n]*(No space left|disk is full)[^\n]*\n$")
        self.assertEqual(self.system.agent_pid(), agent, "the agent lives")
        self.assertEqual(self.objects(), self.stored)
        self.assertEqual(glob.glob(os.path.join(self.system.state, "backup", "snapshot", "*", "*")), [])
        return done.stderr

    def works_again(self):
        self.system.run("backup", "run", "own")
        wait(lambda: self.view()["failures"] == 0 and self.view()["last"]["error"] is None, 30, lambda: f"{self.view()}")
        self.system.run("backup", "verify", "own", "--all")

    def marked_failed(self):
        return wait(lambda: (view := self.view()) and view["failures"] > 0 and view["last"]["error"], 30,
                    lambda: f"the job to be marked failed: {self.view()}")

    def make_due(self):
        """As if the newest backup were older than the schedule wants; in place, which takes no room."""
        path = os.path.join(self.system.state, "backup", "own.json")
        with open(path, encoding="utf-8") as file:
            facts = json.load(file)
        for moment in (facts["made"], facts["run"]):
            moment["started"] -= 86400 * 10**9
            moment["finished"] -= 86400 * 10**9
        with open(path, "r+", encoding="utf-8") as file:
            file.write(json.dumps(facts).ljust(os.path.getsize(path)))

    def test_no_room_for_the_copies(self):
        place = os.path.join(self.system.state, "backup", "snapshot")
        os.makedirs(place, exist_ok=True)
        subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "size=32k", "steward-e2e", place], check=True)
        try:
            self.fails()
            self.assertRegex(self.marked_failed(), "No space left|disk is full")
        finally:
            subprocess.run([tool("umount"), "--lazy", place], check=True)
        self.works_again()

    def test_no_room_for_anything(self):
        filler = os.path.join(self.disk, "filler")
        fill_disk(filler)
        self.fails()
        self.assertIn("disk is full", self.marked_failed())
        key = subprocess.run([program("steward"), "backup", "key", os.path.join(self.disk, "key")], capture_output=True, text=True,
                             check=False)
        self.assertEqual(key.returncode, 1, key.stderr)  # and not 3, which says that nothing runs
        self.assertIn("No space left", key.stderr)
        self.make_due()  # and the agent itself finds no room
        wait(lambda: (view := self.view())["failures"] > 1 and "disk is full" in view["last"]["error"], 30,
             lambda: f"the agent to mark it: {self.view()}")
        os.remove(filler)
        self.works_again()


if __name__ == "__main__":
    main()
