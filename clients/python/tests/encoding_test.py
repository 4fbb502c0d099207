"""A line says what json.dumps would say, whatever the values are; what is no JSON is refused and counted."""

import collections
import decimal
import enum
import json
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import steward  # noqa: E402


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    SEVEN = 7


class Float(float):
    """As numpy.float64 is one."""


class Scalar:
    """As numpy's integers are: no int, but item() gives one."""

    def item(self):
        return 12


class Text(str):
    pass


ODD = [True, False, 0, -1, 2**63, -2**70, 0.1, -0.0, 1e300, 5e-324, 1e22, 123456789.12, "", "plain", 'a "b" \\ /',
       "\x00\x1f\x7f\u2028", "£ and é", "emoji \U0001f600", "\\ud800 in letters", Float(2.5), Number.SEVEN, Text("sub"),
       {"a": 1, "b": {"c": [1, 2.5, None, "x"]}}, {}, [], [[1], ["two"]], (1, 2), collections.OrderedDict(z=1), {"1": "é"}]
NO_JSON = [float("nan"), float("inf"), -float("inf"), [1, float("nan")], {"a": float("inf")},
           decimal.Decimal("NaN"), "x" * steward.MAX_LINE, {(1, 2): 3}]


def like_json(told):
    return json.loads(json.dumps({name: value for name, value in told.items() if value is not None}))


class EncodingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "journal")
        open(self.path, "w", encoding="utf-8").close()
        self.journal = steward.Journal(self.path)

    def newest(self):
        with open(self.path, "rb") as file:
            content = file.read()
        self.assertEqual(content[-1:], b"\n")
        line = json.loads(content.splitlines()[-1])
        line.pop("t")
        return line

    def says(self, **fields):
        self.assertTrue(self.journal.event("note", **fields), (fields, self.journal.last_error))
        self.assertEqual(self.newest(), like_json({"type": "note", **fields}))

    def test_each_odd_value_alone(self):
        for value in ODD:
            with self.subTest(value=value):
                self.says(value=value)

    def test_any_values_together(self):
        chance = random.Random(11)
        for _ in range(3000):
            names = ["".join(chance.choice("abcé_\"\\ ") for _ in range(chance.randint(1, 9))) for _ in range(8)]
            self.says(**{name: chance.choice(ODD + [None, chance.random() * 10 ** chance.randint(-9, 12),
                                                    chance.randint(-10**18, 10**18),
                                                    "".join(chr(chance.randint(0, 0xd7ff)) for _ in range(9))])
                         for name in names})
        self.assertEqual(self.journal.failures, 0)

    def test_strangers_are_numbers_or_text(self):
        self.assertTrue(self.journal.event("pnl", realized=decimal.Decimal("12.34"), size=Scalar(), colour=Colour.RED,
                                           names={1}))
        line = self.newest()
        self.assertEqual((line["realized"], line["size"], line["colour"], line["names"]), (12.34, 12, "Colour.RED", "{1}"))

    def test_half_a_surrogate_is_replaced(self):
        self.assertTrue(self.journal.note("half \ud800 whole \U0001f600"))
        self.assertEqual(self.newest()["text"], "half ? whole \U0001f600")

    def test_what_is_no_json_is_counted_and_not_written(self):
        circle = []
        circle.append(circle)
        for count, value in enumerate([*NO_JSON, circle], 1):
            with self.subTest(count):
                self.assertFalse(self.journal.event("note", value=value))
                self.assertEqual(self.journal.failures, count)
        self.assertEqual(os.path.getsize(self.path), 0)

    def test_a_python_without_the_c_encoder_writes_the_same(self):
        made, steward.json.encoder.c_make_encoder = steward.json.encoder.c_make_encoder, None
        try:
            slow = steward._encoder()
        finally:
            steward.json.encoder.c_make_encoder = made
        for value in ODD:
            event = {"type": "note", "value": value}
            self.assertEqual("".join(slow(event, 0)), "".join(steward._encode(event, 0)))


if __name__ == "__main__":
    unittest.main()
