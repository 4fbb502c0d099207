"""A folder store on a disk of its own that is mounted late, or unmounted while all lives: what is written below the mount
point is not taken for backed up, and without the disk nothing is written there."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from backup_ship_test import TRADER, journals, steward
from steward_e2e import System, kill_everything_below_us, main, program, python_bot, small_disk, tool, wait


class MountTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.disk = small_disk(self)
        self.folder = tempfile.mkdtemp(prefix="steward-mount-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.mount_point = os.path.join(self.folder, "backup")
        os.makedirs(self.mount_point)
        self.addCleanup(kill_everything_below_us)

    def mount(self):
        subprocess.run([tool("mount"), "--bind", self.disk, self.mount_point], check=True)
        self.addCleanup(subprocess.run, [tool("umount"), "--lazy", self.mount_point], check=False, stderr=subprocess.DEVNULL)

    def unmount(self):
        subprocess.run([tool("umount"), "--lazy", self.mount_point], check=True)

    def system(self):
        folder = os.path.join(self.folder, "one")
        os.makedirs(folder)
        self.trade = os.path.join(folder, "trade")
        open(self.trade, "w", encoding="utf-8").close()
        extra = f'[objects]\nurl = "file://{self.mount_point}"\n[[backup]]\nname = "own"\nsource = "steward"\nevery = "6h"\n'
        self.one = System(python_bot("racing", TRADER, environment={"TRADE": self.trade}), folder=folder, extra=extra).up()

    def shipping(self):
        """What the shipper says of itself."""
        with open(os.path.join(self.one.state, "backup", "own.ship"), encoding="utf-8") as file:
            return json.load(file)

    def view(self):
        return json.loads(self.one.run("backup", "status", "--json").stdout)["backups"][0]

    def wait_kept(self, root):
        """Until the agent has made a backup below this folder by itself, and shipped more since."""
        wait(lambda: glob.glob(root + "/own/*/manifest.json"), 60, lambda: f"a backup: {self.view()}")
        before = set(glob.glob(root + "/own.tail/*/*"))
        wait(lambda: len(set(glob.glob(root + "/own.tail/*/*")) - before) > 1, 60, lambda: f"journals: {self.shipping()}")

    def end(self):
        """Everything ends, and what the disk alone brings back is every byte of the bot's journals."""
        os.remove(self.trade)
        self.one.run("stop", "racing")
        self.one.down()
        to = os.path.join(self.folder, "new")
        report = json.loads(steward("restore", "--all", "--to", to, "--store", "file://" + self.disk, "--json"))
        restored, wanted = journals(report["state"] + "/bots"), journals(self.one.state + "/bots")
        self.assertTrue(wanted)
        self.assertEqual(restored, wanted)

    def test_a_disk_that_is_mounted_late_gets_everything(self):
        self.system()
        self.wait_kept(self.mount_point)
        os.makedirs(os.path.join(self.disk, ".steward-store"))
        self.mount()
        self.wait_kept(self.disk)
        self.assertEqual(self.view()["newest"]["backup"], os.listdir(self.disk + "/own")[0])
        self.end()

    def test_without_its_disk_nothing_is_written_and_with_it_all_goes_on(self):
        self.mount()
        self.system()
        self.wait_kept(self.mount_point)
        self.unmount()
        sentence = (r"backup holds no store, but backups went there until 20..-..-..T..:..Z: is its disk mounted\? "
                    r"On one that is new, was emptied or got a copy, make .*/backup/\.steward-store")
        wait(lambda: "holds no store" in self.shipping()["error"], 60, lambda: f"the shipper to say so: {self.shipping()}")
        self.assertRegex(self.shipping()["error"], sentence)
        for _ in range(3):
            self.assertRegex(self.one.run("backup", "run", "own", expect=1).stderr, sentence)
        self.assertIn("holds no store", self.one.run("backup", "drill", "own", expect=1).stderr)
        status = self.one.run("backup", "status").stdout
        self.assertRegex(status, "last run .*" + sentence)
        self.assertRegex(status, "lost now .*" + sentence)
        wait(lambda: (self.one.metric("steward_backup_exposure_seconds", backup="own") or 0) > 5, 60, "exposure to grow")
        wait(lambda: "firing: backup-failed" in self.one.run("status").stdout, 60, "the alarm")
        self.assertEqual(os.listdir(self.mount_point), [])

        self.mount()
        wait(lambda: not (facts := self.shipping())["error"] and facts["behind_bytes"] < 10000, 90,
             lambda: f"shipping to go on: {self.shipping()}")
        self.one.run("backup", "run", "own")
        wait(lambda: "firing: backup-failed" not in self.one.run("status").stdout, 60, "the alarm to end")
        self.end()


if __name__ == "__main__":
    main()
