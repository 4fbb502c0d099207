"""The client's journal: one write an event, nothing raised, nothing lost at reopening, forks and threads."""

import decimal
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import steward  # noqa: E402


class JournalCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.first = self.segment(1)
        self.path = os.path.join(self.folder, "journal")
        os.symlink("journal.000001.jsonl", self.path)
        self.journal = steward.Journal(self.path)

    def segment(self, number, content=""):
        path = os.path.join(self.folder, f"journal.{number:06}.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def move_link(self, number):
        os.symlink(f"journal.{number:06}.jsonl", self.path + ".new")
        os.rename(self.path + ".new", self.path)

    @staticmethod
    def lines(path):
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]


class JournalTest(JournalCase):
    def test_an_event_is_one_json_line_with_a_time(self):
        self.assertTrue(self.journal.note("a \"quoted\"\nnote – £5", level="warning"))
        (line,) = self.lines(self.first)
        self.assertEqual((line["type"], line["text"], line["level"]), ("note", "a \"quoted\"\nnote – £5", "warning"))
        self.assertGreater(line["t"], 1_600_000_000_000_000_000)

    def test_every_helper_writes_the_type_and_the_names_of_the_format(self):
        j = self.journal
        j.market_opened("1.1", market_type="WIN")
        j.market_status("1.1", "OPEN", in_play=False)
        j.order_intent("r", "1.1", 7, "BACK", 2.5, 2)
        j.order_placed("r", "b", 5)
        j.order_rejected("r", "INVALID_PRICE", 5)
        j.order_unknown("r")
        j.order_matched("r", 2, 2.5)
        j.order_cancelled("r", size_cancelled=1)
        j.order_lapsed("r")
        j.order_voided("r")
        j.order_settled("r", -2)
        j.position("1.1", 7, 3, -2)
        j.pnl("1.1", realized=1, commission=0.05)
        j.stream(age_ns=1)
        j.metric("turns", 1, kind="counter", labels={"a": "b"})
        j.error("TIMEOUT", "no answer")
        j.market_closed("1.1")
        lines = self.lines(self.first)
        self.assertEqual([line["type"] for line in lines], [
            "market.opened", "market.status", "order.intent", "order.placed", "order.rejected", "order.unknown",
            "order.matched", "order.cancelled", "order.lapsed", "order.voided", "order.settled", "position", "pnl",
            "stream", "metric", "error", "market.closed"])
        del lines[2]["t"]
        self.assertEqual(lines[2], {"type": "order.intent", "customer_order_ref": "r", "market_id": "1.1",
                                    "selection_id": 7, "side": "BACK", "price": 2.5, "size": 2})
        self.assertEqual(self.journal.failures, 0)

    def test_decimals_are_numbers_and_strangers_are_text(self):
        self.journal.pnl(realized=decimal.Decimal("12.34"), currency={1}.__class__)
        (line,) = self.lines(self.first)
        self.assertEqual(line["realized"], 12.34)
        self.assertIsInstance(line["currency"], str)

    def test_what_cannot_be_written_is_counted_and_never_raised(self):
        self.assertFalse(self.journal.pnl(realized=float("nan")))
        self.assertFalse(self.journal.note("x" * steward.MAX_LINE))
        self.assertEqual(self.journal.failures, 2)
        self.assertIn("65", str(self.journal.last_error))
        self.assertEqual(self.lines(self.first), [])

    def test_without_steward_nothing_happens(self):
        journal = steward.Journal("")
        self.assertFalse(journal.note("hello"))
        self.assertEqual(journal.failures, 0)

    def test_a_missing_file_is_counted_and_found_later(self):
        path = os.path.join(self.folder, "later")
        journal = steward.Journal(path)
        self.assertFalse(journal.note("lost"))
        open(path, "w", encoding="utf-8").close()
        journal._look_again = 0
        self.assertTrue(journal.note("kept"))
        self.assertEqual(self.lines(path)[-1]["text"], "kept")
        self.assertEqual(journal.failures, 1)

    def test_failures_are_told_in_the_journal_once_it_can_be_written(self):
        self.journal.note("one")
        self.journal.pnl(realized=float("inf"))
        self.journal.pnl(realized=float("nan"))
        self.assertLessEqual(self.journal._look_again - steward.time.monotonic(), 1.0)
        for _ in range(2):
            self.journal._look_again = 0
            self.journal.note("two")
        told = [line for line in self.lines(self.first) if line["type"] != "note"]
        self.assertEqual([line["type"] for line in told], ["metric", "error"], "once, not each time")
        self.assertEqual((told[0]["name"], told[0]["value"], told[0]["kind"], told[0]["labels"]),
                         ("steward_client_failures_total", 2, "counter", {"part": "journal"}))
        self.assertEqual(told[1]["code"], "steward_journal")
        self.assertIn("JSON", told[1]["text"])

    def test_a_notify_that_fails_is_told_in_the_journal(self):
        notify = steward.Notify(os.path.join(self.folder, "nobody"))
        journal = steward.Journal(self.path, notify)
        notify.ready()
        self.addCleanup(notify._socket.close)
        journal.note("hello")
        metric, error, note = self.lines(self.first)
        self.assertEqual((metric["labels"], metric["value"]), ({"part": "notify"}, 1))
        self.assertEqual((error["code"], note["text"]), ("steward_notify", "hello"))

    def test_a_journal_that_fails_is_told_by_notify_and_so_is_its_recovery(self):
        path = os.path.join(self.folder, "later")
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind(os.path.join(self.folder, "notify"))
        server.settimeout(5)
        notify = steward.Notify(os.path.join(self.folder, "notify"))
        self.addCleanup(lambda: notify._socket.close())
        journal = steward.Journal(path, notify)
        journal.note("lost")
        journal.note("lost too")
        open(path, "w", encoding="utf-8").close()
        journal._look_again = 0
        journal.note("kept")
        first, second = server.recv(4096).decode(), server.recv(4096).decode()
        self.assertIn("STATUS=the journal cannot be written", first)
        self.assertIn("No such file", first)
        self.assertIn("2 events of this run were lost", second)

    def test_it_follows_the_link_to_the_next_segment_and_keeps_its_descriptor(self):
        self.journal.note("one")
        descriptor = self.journal._fd
        second = self.segment(2)
        self.move_link(2)
        self.journal._look_again = 0
        self.journal.note("two")
        self.assertEqual([line["text"] for line in self.lines(self.first)], ["one"])
        self.assertEqual([line["text"] for line in self.lines(second)], ["two"])
        self.assertEqual(self.journal._fd, descriptor)
        self.assertFalse(os.get_inheritable(descriptor))

    def test_it_looks_for_a_new_segment_within_five_seconds(self):
        self.journal.note("one")
        self.assertLessEqual(self.journal._look_again - steward.time.monotonic(), 5.0)

    def test_a_file_that_ends_in_the_middle_of_a_line_is_given_a_newline_first(self):
        second = self.segment(2, '{"type":"note","te')
        self.move_link(2)
        self.journal.note("whole")
        with open(second, encoding="utf-8") as file:
            torn, whole = file.read().splitlines()
        self.assertEqual(torn, '{"type":"note","te')
        self.assertEqual(json.loads(whole)["text"], "whole")

    def test_a_short_write_on_a_full_disk_is_counted_and_the_next_line_is_whole(self):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
            self.journal.note("fits")
            self.assertFalse(self.journal.note("y" * 200))
            self.assertFalse(self.journal.note("none of it fits"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
        self.assertTrue(self.journal.note("after"))
        with open(self.first, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(json.loads(lines[0])["text"], "fits")
        self.assertEqual(json.loads(lines[-1])["text"], "after")
        self.assertEqual(self.journal.failures, 2)

    def test_threads_and_forked_children_write_whole_lines(self):
        def burst(name):
            for number in range(200):
                self.journal.note(f"{name}-{number}")
                self.journal._look_again = 0  # everybody reopens all the time

        self.journal.note("first")
        children = []
        for name in ("child-a", "child-b"):
            pid = os.fork()
            if pid == 0:
                burst(name)
                os._exit(0)
            children.append(pid)
        threads = [threading.Thread(target=burst, args=(f"thread-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for pid in children:
            self.assertEqual(os.waitpid(pid, 0)[1], 0)
        texts = [line["text"] for line in self.lines(self.first)]
        self.assertEqual(len(texts), 1 + 6 * 200)
        self.assertEqual(len(set(texts)), len(texts))


class PlacingTest(JournalCase):
    def test_a_placement_is_timed(self):
        with self.journal.placing("r", "1.1", 7, "LAY", 3.0, 4) as order:
            order.placed(bet_id="77")
        intent, placed = self.lines(self.first)
        self.assertEqual((intent["type"], placed["type"], placed["bet_id"]), ("order.intent", "order.placed", "77"))
        self.assertGreater(placed["latency_ns"], 0)

    def test_a_refusal_is_rejected(self):
        with self.journal.placing("r", "1.1", 7, "LAY", 3.0, 4) as order:
            order.rejected("INSUFFICIENT_FUNDS")
        self.assertEqual(self.lines(self.first)[1]["error_code"], "INSUFFICIENT_FUNDS")

    def test_an_exception_passes_and_leaves_the_order_unknown(self):
        with self.assertRaises(TimeoutError):
            with self.journal.placing("r", "1.1", 7, "LAY", 3.0, 4):
                raise TimeoutError("no answer")
        self.assertEqual([line["type"] for line in self.lines(self.first)], ["order.intent", "order.unknown"])


if __name__ == "__main__":
    unittest.main()
