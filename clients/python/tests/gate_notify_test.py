"""The client's gate and notify: closed when in doubt, never waiting, never raising."""

import os
import socket
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import steward  # noqa: E402


class GateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "gate")
        self.gate = steward.Gate(self.path)

    def reads(self, content):
        with open(self.path + ".new", "wb") as file:
            file.write(content)
        os.rename(self.path + ".new", self.path)
        return self.gate.is_open()

    def test_open_and_closed(self):
        self.assertTrue(self.reads(b"open 3\n"))
        self.assertIsNone(self.gate.reason)
        self.assertFalse(self.reads(b"closed 4 daily loss reached\n"))
        self.assertEqual(self.gate.reason, "daily loss reached")
        self.assertTrue(self.reads(b"open 5\n"))

    def test_a_deadline_closes_it(self):
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.assertTrue(self.reads(b"open 3 %d\n" % (now + 3_600_000_000_000)))
        self.assertFalse(self.reads(b"open 3 %d\n" % now))

    def test_whatever_does_not_read_as_open_is_closed(self):
        for content in (b"", b"\n", b"open\n", b"open \n", b"open x\n", b"open 3", b"open 3 x\n", b"open -1\n",
                        b"open 3 4 5\n", b"OPEN 3\n", b"open  3\n", b"open 3\nopen 3\n", b"closed 3\n", b"\xff\n",
                        b"open \xc2\xb2\n", b"open 3" + b"0" * 5000 + b"\n"):
            with self.subTest(content):
                self.assertFalse(self.reads(content))
                self.assertTrue(self.gate.reason)

    def test_a_missing_file_and_no_steward_are_closed(self):
        self.assertFalse(self.gate.is_open())
        self.assertIn("No such file", self.gate.reason)
        self.assertFalse(steward.Gate("").is_open())


class NotifyTest(unittest.TestCase):
    def server(self, address):
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind(address)
        server.settimeout(5)
        return server

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "notify")

    def notify(self, *args):
        notify = steward.Notify(*args)
        self.addCleanup(lambda: notify._socket and notify._socket.close())
        return notify

    def test_the_four_messages(self):
        server, notify = self.server(self.path), self.notify(self.path, 1_000_000)
        notify.ready()
        notify.watchdog()
        notify.status("two\nlines  and £")
        notify.stopping()
        self.assertEqual([server.recv(4096) for _ in range(4)],
                         [b"READY=1", b"WATCHDOG=1", "STATUS=two lines and £".encode(), b"STOPPING=1"])

    def test_an_abstract_socket(self):
        name = f"steward-test-{os.getpid()}"
        server, notify = self.server("\0" + name), self.notify("@" + name)
        self.assertTrue(notify.ready())
        self.assertEqual(server.recv(4096), b"READY=1")

    def test_the_watchdog_is_sent_only_as_often_as_needed(self):
        self.server(self.path)
        notify = self.notify(self.path, 3_600_000_000)
        self.assertEqual([notify.watchdog() for _ in range(3)], [True, False, False])
        self.assertFalse(self.notify(self.path, "").watchdog())

    def test_a_full_socket_fails_at_once_and_is_counted(self):
        self.server(self.path)
        notify = self.notify(self.path)
        for _ in range(10_000):
            if not notify.ready():
                break
        self.assertEqual(notify.failures, 1)
        self.assertIsInstance(notify.last_error, BlockingIOError)

    def test_a_dead_socket_is_counted_and_found_again(self):
        notify = self.notify(self.path)
        self.assertFalse(notify.ready())
        self.assertEqual(notify.failures, 1)
        self.server(self.path)
        self.assertTrue(notify.ready())

    def test_without_steward_nothing_happens(self):
        notify = self.notify("")
        self.assertFalse(notify.ready())
        self.assertEqual(notify.failures, 0)


if __name__ == "__main__":
    unittest.main()
