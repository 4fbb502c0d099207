"""The client as its users get it: installed by pip, and copied as one file. It has no dependencies and Python 3.9's syntax."""

import ast
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(HERE, "..")
VENV = os.path.join(HERE, "..", "..", "..", "build", "venv", "bin", "python")
WRITES = "import steward; assert steward.journal.note('hello'); print(steward.__file__)"


class PackageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.journal = os.path.join(folder.name, "journal")
        open(self.journal, "w", encoding="utf-8").close()

    def writes(self, python, path):
        done = subprocess.run([python, "-c", WRITES], capture_output=True, text=True, check=False, cwd="/",
                              env={**os.environ, "PYTHONPATH": path, "STEWARD_JOURNAL": self.journal})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(path), done.stdout)
        self.assertGreater(os.path.getsize(self.journal), 0)

    def test_one_file_is_enough(self):
        shutil.copy(os.path.join(CLIENT, "steward", "__init__.py"), os.path.join(self.folder, "steward.py"))
        self.writes(sys.executable, self.folder)

    def test_pip_installs_it(self):
        if not os.access(VENV, os.X_OK):
            self.skipTest(f"{VENV} is not there (./dev test makes build/venv)")
        source, target = os.path.join(self.folder, "source"), os.path.join(self.folder, "target")
        shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run([VENV, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-index", "--target", target,
                               "--disable-pip-version-check", source], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        installed = sorted(os.listdir(os.path.join(target, "steward")))
        kept = sorted(os.path.basename(path) for path in glob.glob(os.path.join(CLIENT, "steward", "*"))
                      if "__pycache__" not in path)
        self.assertEqual([name for name in installed if name != "__pycache__"], kept)
        self.writes(VENV, target)

    def test_its_syntax_is_python_3_9s(self):
        files = glob.glob(os.path.join(CLIENT, "**", "*.py"), recursive=True)
        self.assertGreater(len(files), 4)
        for path in files:
            with open(path, encoding="utf-8") as file:
                ast.parse(file.read(), path, feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
