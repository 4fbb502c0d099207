"""Steward's bot contract for Python (docs/formats/bot.md): one file, no dependencies, Python 3.9 or newer.

    from steward import gate, journal, notify

    notify.ready()
    while trading:
        notify.watchdog()                      # from the trade loop, each turn; sends only as often as needed
        if gate.is_open():                     # before every order
            with journal.placing("my-ref-1", market_id="1.23", selection_id=42, side="BACK",
                                 price=3.5, size=2.0) as order:
                report = exchange.place(...)   # raises or says nothing: journalled as order.unknown
                order.placed(bet_id=report.bet_id)

Install the folder (`pip install clients/python`), or copy this one file as steward.py beside your program.

Nothing here raises into the trade loop, waits, or needs any part of Steward to be alive. What could not be
written or sent is counted (`journal.failures`, `notify.failures`) and the last reason kept (`last_error`); it is
shown too: a journal that fails is told through `notify.status`, and once lines can be written again the journal has
the counter `steward_client_failures_total` and an `error` with the reason.
Outside Steward (no STEWARD_… variables) journal and notify do nothing and the gate is closed.
Threads and forked children may share these objects.
"""

from __future__ import annotations

import decimal
import json
import json.encoder
import os
import socket
import time
from typing import Any, Literal

__all__ = ["Gate", "Journal", "Notify", "Placement", "gate", "journal", "notify"]

MAX_LINE = 64 * 1024
REOPEN_SECONDS = 5.0
RETRY_SECONDS = 1.0


def _plain(value: Any) -> Any:
    """JSON for what json does not know: Decimal and numpy numbers as numbers, anything else as its text."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def _encoder() -> Any:
    """(event, 0) → pieces of its JSON. One C encoder is kept, which JSONEncoder would make anew for each event: that
    halves the time. Where Python has none, JSONEncoder does it."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    try:
        quote = json.encoder.encode_basestring_ascii
        fast = make(None, _plain, quote, None, ":", ",", False, False, False)
        if "".join(fast({"a": [1, None]}, 0)) == '{"a":[1,null]}':
            return fast
    except TypeError:
        pass
    slow = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain)
    return lambda value, level: slow.encode(value)


_encode = _encoder()
_encode_utf8 = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False,
                                default=_plain).encode
_time_ns, _monotonic, _write = time.time_ns, time.monotonic, os.write


class Journal:
    """Appends events (docs/formats/journal.md) to the file STEWARD_JOURNAL, one write() each."""

    def __init__(self, path: str | None = None, notify: Notify | None = None) -> None:
        self.path = path if path is not None else os.environ.get("STEWARD_JOURNAL")
        self.failures = 0
        self.last_error: BaseException | None = None
        self._notify = notify
        self._told = (0, 0)  # failures of journal and notify that the journal has
        self.is_failing = False  # lines cannot be written at present
        self._fd = -1
        self._file: tuple[int, int] | None = None  # (device, inode) behind _fd
        self._look_again = 0.0
        self._start = b""  # b"\n" while the file ends in the middle of a line

    def event(self, type: str, **fields: Any) -> bool:  # pylint: disable=redefined-builtin
        """Appends one event of any type; fields that are None are left out. True when it was written."""
        return self._append({"t": _time_ns(), "type": type, **fields})

    def _append(self, told: dict[str, Any]) -> bool:
        if not self.path:
            return False
        try:
            if _monotonic() >= self._look_again:
                self._open()
            if None in told.values():
                told = {name: value for name, value in told.items() if value is not None}
            text = "".join(_encode(told, 0))
            if "\\ud" in text:  # a surrogate: half of one would make the line no JSON
                line = _encode_utf8(told).encode("utf-8", "replace") + b"\n"
            else:
                line = (text + "\n").encode()
            if len(line) > MAX_LINE:
                return self._failed(ValueError(f"an event of {len(line)} bytes; at most {MAX_LINE} are allowed"))
            return self._write(line)
        except Exception as error:  # whatever it is, the trade loop goes on
            return self._failed(error)

    def _write(self, line: bytes) -> bool:
        """One write(). Whatever came before, the line begins on a line of its own."""
        if self._fd < 0:
            return self._failed(self.last_error, unwritable=True)
        if self._start:
            line = self._start + line
        try:
            written = _write(self._fd, line)
        except OSError as error:
            return self._failed(error, unwritable=True)
        if written != len(line):
            self._start = b"\n"
            return self._failed(OSError(f"only {written} of {len(line)} bytes fitted"), unwritable=True)
        if self._start:
            self._start = b""
        return True

    def _failed(self, error: BaseException | None, unwritable: bool = False) -> bool:
        self.failures += 1
        self.last_error = error
        self._look_again = min(self._look_again, _monotonic() + RETRY_SECONDS)
        if unwritable and not self.is_failing:
            self.is_failing = True
            if self._notify is not None:
                self._notify.status(f"the journal cannot be written, events are lost: {error}")
        return False

    def _open(self) -> None:
        """Opens the newest segment. The descriptor keeps its number (dup2), so a thread that is just writing
        hits the old or the new segment, never a file of somebody else."""
        self._look_again = _monotonic() + (REOPEN_SECONDS if self._fd >= 0 else RETRY_SECONDS)
        try:
            fd = os.open(self.path or "", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            self.last_error = error
            return
        try:
            facts = os.fstat(fd)
            if (facts.st_dev, facts.st_ino) != self._file:
                ends_in_a_line = facts.st_size > 0 and os.pread(fd, 1, facts.st_size - 1) != b"\n"
                self._start = b"\n" if ends_in_a_line else b""
                self._file = (facts.st_dev, facts.st_ino)
                if self._fd >= 0:
                    os.dup2(fd, self._fd, inheritable=False)
                else:
                    self._fd, fd = fd, -1
                self._look_again = _monotonic() + REOPEN_SECONDS
        finally:
            if fd >= 0:
                os.close(fd)
        self._tell_failures()

    def _tell_failures(self) -> None:
        """What failed, as a counter and an error, once lines can be written again."""
        unsent = self._notify.failures if self._notify is not None else 0
        failures = (self.failures, unsent)
        if failures == self._told:
            return
        for part, count, told in zip(("journal", "notify"), failures, self._told):
            error = self.last_error if part == "journal" else self._notify and self._notify.last_error
            metric = {"t": _time_ns(), "type": "metric", "name": "steward_client_failures_total", "value": count,
                      "kind": "counter", "labels": {"part": part}}
            reason = {"t": _time_ns(), "type": "error", "code": f"steward_{part}", "text": str(error)[:500]}
            if count != told and not all(self._write("".join(_encode(event, 0)).encode() + b"\n")
                                         for event in (metric, reason)):
                return
        self._told = failures
        if self.is_failing:
            self.is_failing = False
            if self._notify is not None:
                self._notify.status(f"the journal is written again; {self.failures} events of this run were lost")

    # Markets
    def market_opened(self, market_id: str, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "market.opened", "market_id": market_id, **fields})

    def market_status(self, market_id: str, status: str | None = None, in_play: bool | None = None,
                      **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "market.status", "market_id": market_id, "status": status,
                             "in_play": in_play, **fields})

    def market_closed(self, market_id: str, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "market.closed", "market_id": market_id, **fields})

    # Orders. `ref` is the customer_order_ref: unique among all of the bot's runs.
    def order_intent(self, ref: str, market_id: str, selection_id: int, side: str, price: float | None = None,
                     size: float | None = None, **fields: Any) -> bool:
        """Before the order is sent."""
        return self._append({"t": _time_ns(), "type": "order.intent", "customer_order_ref": ref,
                             "market_id": market_id, "selection_id": selection_id, "side": side, "price": price,
                             "size": size, **fields})

    def order_placed(self, ref: str, bet_id: str | None = None, latency_ns: int | None = None, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "order.placed", "customer_order_ref": ref, "bet_id": bet_id,
                             "latency_ns": latency_ns, **fields})

    def order_rejected(self, ref: str, error_code: str | None = None, latency_ns: int | None = None,
                       **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "order.rejected", "customer_order_ref": ref,
                             "error_code": error_code, "latency_ns": latency_ns, **fields})

    def order_unknown(self, ref: str, **fields: Any) -> bool:
        """The answer was lost: the order may be live."""
        return self._append({"t": _time_ns(), "type": "order.unknown", "customer_order_ref": ref, **fields})

    def order_matched(self, ref: str, size_matched: float, average_price_matched: float, **fields: Any) -> bool:
        """Absolute values: what is matched so far."""
        return self._append({"t": _time_ns(), "type": "order.matched", "customer_order_ref": ref,
                             "size_matched": size_matched, "average_price_matched": average_price_matched, **fields})

    def order_cancelled(self, ref: str, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "order.cancelled", "customer_order_ref": ref, **fields})

    def order_lapsed(self, ref: str, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "order.lapsed", "customer_order_ref": ref, **fields})

    def order_voided(self, ref: str, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "order.voided", "customer_order_ref": ref, **fields})

    def order_settled(self, ref: str, profit: float, **fields: Any) -> bool:
        """`profit` before commission."""
        return self._append({"t": _time_ns(), "type": "order.settled", "customer_order_ref": ref, "profit": profit,
                             **fields})

    def placing(self, ref: str, market_id: str, selection_id: int, side: str, price: float | None = None,
                size: float | None = None, **fields: Any) -> Placement:
        """`with journal.placing(…) as order:` writes the intent, times the placement, and writes the answer that
        `order.placed(…)` or `order.rejected(…)` tells; order.unknown when neither is told or an exception passes."""
        self.order_intent(ref, market_id, selection_id, side, price, size, **fields)
        return Placement(self, ref)

    # Money and the rest
    def position(self, market_id: str, selection_id: int, if_win: float, if_lose: float, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "position", "market_id": market_id,
                             "selection_id": selection_id, "if_win": if_win, "if_lose": if_lose, **fields})

    def pnl(self, market_id: str | None = None, realized: float | None = None, unrealized: float | None = None,
            commission: float | None = None, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "pnl", "market_id": market_id, "realized": realized,
                             "unrealized": unrealized, "commission": commission, **fields})

    def stream(self, lag_ns: int | None = None, age_ns: int | None = None, markets: int | None = None,
               **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "stream", "lag_ns": lag_ns, "age_ns": age_ns,
                             "markets": markets, **fields})

    def note(self, text: str, level: str | None = None, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "note", "text": text, "level": level, **fields})

    def metric(self, name: str, value: float, kind: str | None = None, labels: dict[str, str] | None = None,
               **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "metric", "name": name, "value": value, "kind": kind,
                             "labels": labels, **fields})

    def error(self, code: str, text: str | None = None, **fields: Any) -> bool:
        return self._append({"t": _time_ns(), "type": "error", "code": code, "text": text, **fields})


class Placement:
    """One order on its way to the exchange; made by Journal.placing."""

    def __init__(self, owner: Journal, ref: str) -> None:
        self._journal = owner
        self._ref = ref
        self._sent = time.monotonic_ns()
        self._answered = False

    def placed(self, bet_id: str | None = None, **fields: Any) -> bool:
        self._answered = True
        return self._journal.order_placed(self._ref, bet_id, time.monotonic_ns() - self._sent, **fields)

    def rejected(self, error_code: str | None = None, **fields: Any) -> bool:
        self._answered = True
        return self._journal.order_rejected(self._ref, error_code, time.monotonic_ns() - self._sent, **fields)

    def __enter__(self) -> Placement:
        self._sent = time.monotonic_ns()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> Literal[False]:
        if not self._answered:
            self._journal.order_unknown(self._ref)
        return False


class Gate:
    """Whether new orders may be sent: the file STEWARD_GATE. Anything that does not clearly say open is closed."""

    def __init__(self, path: str | None = None) -> None:
        self.path = path if path is not None else os.environ.get("STEWARD_GATE")
        self.reason: str | None = ""

    def is_open(self) -> bool:
        """Reads the file now (some microseconds). When closed, `reason` says why."""
        try:
            self.reason = self._why_closed()
        except Exception as error:  # a gate that cannot be read is closed
            self.reason = str(error)
        return self.reason is None

    def _why_closed(self) -> str | None:
        if not self.path:
            return "STEWARD_GATE is not set: this process was not started by Steward"
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(fd, 4096)
        finally:
            os.close(fd)
        line, newline, rest = text.decode().partition("\n")
        words = line.split(" ")
        if words[0] == "closed" and len(words) >= 3:
            return " ".join(words[2:])
        if words[0] != "open" or not 2 <= len(words) <= 3 or not newline or rest:
            return "the gate file does not read 'open EPOCH [DEADLINE]'"
        if not all(word.isascii() and word.isdigit() for word in words[1:]):
            return "the gate file's numbers do not read as numbers"
        if len(words) == 3 and time.clock_gettime_ns(time.CLOCK_BOOTTIME) >= int(words[2]):
            return "the gate's deadline has passed"
        return None


class Notify:
    """systemd's notification protocol over NOTIFY_SOCKET. Never waits: a full socket counts as a failure."""

    def __init__(self, address: str | None = None, watchdog_usec: int | str | None = None) -> None:
        address = address if address is not None else os.environ.get("NOTIFY_SOCKET", "")
        self.address = "\0" + address[1:] if address.startswith("@") else address
        usec = watchdog_usec if watchdog_usec is not None else os.environ.get("WATCHDOG_USEC", "")
        self.failures = 0
        self.last_error: BaseException | None = None
        self._pat_ns = int(usec) * 1000 // 4 if str(usec).isdigit() else 0
        self._next_pat = 0
        self._socket: socket.socket | None = None

    def ready(self) -> bool:
        """The bot does its work."""
        return self._send("READY=1")

    def watchdog(self) -> bool:
        """The trade loop turned. Call it each turn: it sends four times per watchdog period, and nothing when
        no watchdog is configured."""
        now = time.monotonic_ns()
        if not self._pat_ns or now < self._next_pat:
            return False
        sent = self._send("WATCHDOG=1")
        if sent:
            self._next_pat = now + self._pat_ns
        return sent

    def status(self, text: str) -> bool:
        """One line for people; `steward status` shows it."""
        return self._send("STATUS=" + " ".join(str(text).split())[:1000])

    def stopping(self) -> bool:
        return self._send("STOPPING=1")

    def _send(self, message: str) -> bool:
        if not self.address:
            return False
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.sendto(message.encode(), socket.MSG_DONTWAIT, self.address)
            return True
        except Exception as error:  # whatever it is, the trade loop goes on
            self.failures += 1
            self.last_error = error
            return False


notify = Notify()
journal = Journal(notify=notify)
gate = Gate()
