"""docs/backups.md does what it says: its configuration is valid, and each of its commands works on it."""

import os
import shutil
import subprocess
import tempfile
import unittest

from docs_test import blocks
from steward_e2e import main, program

PAGE = "docs/backups.md"


class GuideTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="steward-guide-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.makedirs(self.here("/home/trading/config"))
        with open(self.here("/home/trading/config/main.toml"), "w", encoding="utf-8") as file:
            file.write("stake = 2\n")
        with open(self.here("/steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.here("/state")}"\n' + self.local(blocks(PAGE, "toml")[0]))

    def here(self, path):
        return self.folder + path

    def local(self, text):
        """The page's text with its places below the test's folder."""
        text = text.replace('"home/trading', f'"{self.folder[1:]}/home/trading')
        for place in ("/home/trading", "/var/backups", "/tmp/look", "/srv/new"):
            text = text.replace(f" {place}", f" {self.here(place)}").replace(f'"{place}', f'"{self.here(place)}')
        return text.replace("file:///var", f"file://{self.folder}/var")

    def test_every_command(self):
        bin_folder = os.path.dirname(program("steward"))
        environment = {**os.environ, "PATH": bin_folder + ":" + os.environ["PATH"]}
        said = {}
        for block in blocks(PAGE, "sh"):
            for line in filter(None, self.local(block).splitlines()):
                if line.startswith("steward backup lifecycle"):  # e2e.backup_lifecycle: a folder has none
                    continue
                done = subprocess.run(["sh", "-c", line], cwd=self.folder, env=environment, capture_output=True, text=True,
                                      timeout=120, check=False)
                self.assertEqual(done.returncode, 0, f"{line}: {done.stdout}{done.stderr}")
                said[line.split("#")[0].split(" --to")[0].strip()] = done.stdout
        self.assertIn("every hash is right", said["steward backup verify config --sample 3"])
        self.assertIn("proved", said["steward backup drill config"])
        self.assertIn("config", said["steward backup status"])
        with open(self.here("/tmp/look") + self.here("/home/trading/config/main.toml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "stake = 2\n")
        self.assertFalse(os.path.exists(self.here("/srv/new")))


if __name__ == "__main__":
    main()
