"""./dev and its tools: what they refuse, and that the check of include directions finds what it is for."""

import os
import subprocess
import sys
import tempfile
import unittest

from steward_e2e import SOURCE, main

sys.path.insert(0, os.path.join(SOURCE, "tools"))
import include_direction  # noqa: E402


def dev(*words):
    return subprocess.run([os.path.join(SOURCE, "dev"), *words], capture_output=True, text=True, check=False)


class DevTest(unittest.TestCase):
    def test_an_unknown_command_or_option_is_refused_with_a_sentence(self):
        for words in (("biuld",), ("setup", "everything"), ("run", "--sate", "x"), ("fuzz", "--minutes")):
            with self.subTest(words):
                done = dev(*words)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"^\./dev.*'(biuld|everything|--sate|--minutes)'")

    def test_the_slowest_files_come_first(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ninja_log") as log:
            log.write("# ninja log v5\n0\t1500\t0\tquick.o\ta\n0\t9000\t0\tslow.o\tb\n10\t20\t0\tslow.o\tb\n"
                      "0\t4000\t0\tmiddle.o\tc\n")
            log.flush()
            shown = subprocess.run(["bash", "-c", f". tools/dev/build.sh; slowest_files {log.name}"], cwd=SOURCE,
                                   capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(shown[1::2], ["step", "middle.o", "quick.o", "slow.o"])


class IncludeDirectionTest(unittest.TestCase):
    order = {"base": 0, "os": 1, "keeper": 2, "net": 3}

    def breach(self, folder, header):
        return include_direction.breach(self.order, folder, header)

    def test_downwards_and_sideways_are_allowed(self):
        for folder, header in (("keeper", "os/fd.hpp"), ("net", "net/http.hpp"), ("os", "sys/file.h"),
                               ("base", "vector"), ("net", "boost/asio/io_context.hpp"), ("os", "fd.hpp")):
            self.assertIsNone(self.breach(folder, header), header)

    def test_upwards_is_not(self):
        self.assertIn("below net/", self.breach("keeper", "net/http.hpp"))

    def test_a_heavy_library_stays_in_its_folder(self):
        self.assertIn("net alone", self.breach("keeper", "boost/asio.hpp"))
        self.assertIn("store alone", self.breach("net", "sqlite3.h"))

    def test_every_folder_of_the_tree_is_in_the_order(self):
        self.assertIn("base", include_direction.folder_order())


if __name__ == "__main__":
    main()
