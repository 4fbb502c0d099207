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

Nothing here raises into the trade loop, waits, or needs any part of Steward to be alive. What could not be
written or sent is counted (`journal.failures`, `notify.failures`) and the last reason kept (`last_error`).
Outside Steward (no STEWARD_… variables) journal and notify do nothing and the gate is closed.
Threads and forked children may share these objects.
"""

import decimal
import json
import os
import socket
import time

__all__ = ["Gate", "Journal", "Notify", "gate", "journal", "notify"]

MAX_LINE = 64 * 1024
REOPEN_SECONDS = 5.0
RETRY_SECONDS = 1.0


def _plain(value):
    """JSON for what json does not know: Decimal and numpy numbers as numbers, anything else as its text."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain).encode


class Journal:
    """Appends events (docs/formats/journal.md) to the file STEWARD_JOURNAL, one write() each."""

    def __init__(self, path=None):
        self.path = path if path is not None else os.environ.get("STEWARD_JOURNAL")
        self.failures = 0
        self.last_error = None
        self._fd = -1
        self._file = None  # (device, inode) behind _fd
        self._look_again = 0.0
        self._start = b""  # b"\n" while the file ends in the middle of a line

    def event(self, type, **fields):  # pylint: disable=redefined-builtin
        """Appends one event of any type; fields that are None are left out. True when it was written."""
        if not self.path:
            return False
        try:
            if time.monotonic() >= self._look_again:
                self._open()
            told = {"t": time.time_ns(), "type": type}
            for name, value in fields.items():
                if value is not None:
                    told[name] = value
            return self._append(_encode(told).encode() + b"\n")
        except Exception as error:  # whatever it is, the trade loop goes on
            return self._failed(error)

    def _append(self, line):
        if len(line) > MAX_LINE:
            return self._failed(ValueError(f"an event of {len(line)} bytes; at most {MAX_LINE} are allowed"))
        if self._fd < 0:
            return self._failed(self.last_error)
        line = self._start + line
        written = os.write(self._fd, line)
        self._start = b"" if written == len(line) else b"\n"
        if written != len(line):
            return self._failed(OSError(f"only {written} of {len(line)} bytes fitted"))
        return True

    def _failed(self, error):
        self.failures += 1
        self.last_error = error
        return False

    def _open(self):
        """Opens the newest segment. The descriptor keeps its number (dup2), so a thread that is just writing
        hits the old or the new segment, never a file of somebody else."""
        self._look_again = time.monotonic() + (REOPEN_SECONDS if self._fd >= 0 else RETRY_SECONDS)
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            self.last_error = error
            return
        try:
            facts = os.fstat(fd)
            if (facts.st_dev, facts.st_ino) == self._file:
                return
            if facts.st_size > 0 and os.pread(fd, 1, facts.st_size - 1) != b"\n":
                self._start = b"\n"
            else:
                self._start = b""
            self._file = (facts.st_dev, facts.st_ino)
            if self._fd >= 0:
                os.dup2(fd, self._fd, inheritable=False)
            else:
                self._fd, fd = fd, -1
            self._look_again = time.monotonic() + REOPEN_SECONDS
        finally:
            if fd >= 0:
                os.close(fd)

    # Markets
    def market_opened(self, market_id, **fields):
        return self.event("market.opened", market_id=market_id, **fields)

    def market_status(self, market_id, status=None, in_play=None, **fields):
        return self.event("market.status", market_id=market_id, status=status, in_play=in_play, **fields)

    def market_closed(self, market_id, **fields):
        return self.event("market.closed", market_id=market_id, **fields)

    # Orders. `ref` is the customer_order_ref: unique among all of the bot's runs.
    def order_intent(self, ref, market_id, selection_id, side, price=None, size=None, **fields):
        """Before the order is sent."""
        return self.event("order.intent", customer_order_ref=ref, market_id=market_id, selection_id=selection_id,
                          side=side, price=price, size=size, **fields)

    def order_placed(self, ref, bet_id=None, latency_ns=None, **fields):
        return self.event("order.placed", customer_order_ref=ref, bet_id=bet_id, latency_ns=latency_ns, **fields)

    def order_rejected(self, ref, error_code=None, latency_ns=None, **fields):
        return self.event("order.rejected", customer_order_ref=ref, error_code=error_code, latency_ns=latency_ns,
                          **fields)

    def order_unknown(self, ref, **fields):
        """The answer was lost: the order may be live."""
        return self.event("order.unknown", customer_order_ref=ref, **fields)

    def order_matched(self, ref, size_matched, average_price_matched, **fields):
        """Absolute values: what is matched so far."""
        return self.event("order.matched", customer_order_ref=ref, size_matched=size_matched,
                          average_price_matched=average_price_matched, **fields)

    def order_cancelled(self, ref, **fields):
        return self.event("order.cancelled", customer_order_ref=ref, **fields)

    def order_lapsed(self, ref, **fields):
        return self.event("order.lapsed", customer_order_ref=ref, **fields)

    def order_voided(self, ref, **fields):
        return self.event("order.voided", customer_order_ref=ref, **fields)

    def order_settled(self, ref, profit, **fields):
        """`profit` before commission."""
        return self.event("order.settled", customer_order_ref=ref, profit=profit, **fields)

    def placing(self, ref, market_id, selection_id, side, price=None, size=None, **fields):
        """`with journal.placing(…) as order:` writes the intent, times the placement, and writes the answer that
        `order.placed(…)` or `order.rejected(…)` tells; order.unknown when neither is told or an exception passes."""
        self.order_intent(ref, market_id, selection_id, side, price, size, **fields)
        return Placement(self, ref)

    # Money and the rest
    def position(self, market_id, selection_id, if_win, if_lose, **fields):
        return self.event("position", market_id=market_id, selection_id=selection_id, if_win=if_win,
                          if_lose=if_lose, **fields)

    def pnl(self, market_id=None, realized=None, unrealized=None, commission=None, **fields):
        return self.event("pnl", market_id=market_id, realized=realized, unrealized=unrealized,
                          commission=commission, **fields)

    def stream(self, lag_ns=None, age_ns=None, markets=None, **fields):
        return self.event("stream", lag_ns=lag_ns, age_ns=age_ns, markets=markets, **fields)

    def note(self, text, level=None, **fields):
        return self.event("note", text=text, level=level, **fields)

    def metric(self, name, value, kind=None, labels=None, **fields):
        return self.event("metric", name=name, value=value, kind=kind, labels=labels, **fields)

    def error(self, code, text=None, **fields):
        return self.event("error", code=code, text=text, **fields)


class Placement:
    """One order on its way to the exchange; made by Journal.placing."""

    def __init__(self, owner, ref):
        self._journal = owner
        self._ref = ref
        self._sent = time.monotonic_ns()
        self._answered = False

    def placed(self, bet_id=None, **fields):
        self._answered = True
        return self._journal.order_placed(self._ref, bet_id, time.monotonic_ns() - self._sent, **fields)

    def rejected(self, error_code=None, **fields):
        self._answered = True
        return self._journal.order_rejected(self._ref, error_code, time.monotonic_ns() - self._sent, **fields)

    def __enter__(self):
        self._sent = time.monotonic_ns()
        return self

    def __exit__(self, kind, error, trace):
        if not self._answered:
            self._journal.order_unknown(self._ref)
        return False


class Gate:
    """Whether new orders may be sent: the file STEWARD_GATE. Anything that does not clearly say open is closed."""

    def __init__(self, path=None):
        self.path = path if path is not None else os.environ.get("STEWARD_GATE")
        self.reason = ""

    def is_open(self):
        """Reads the file now (some microseconds). When closed, `reason` says why."""
        try:
            self.reason = self._why_closed()
        except Exception as error:  # a gate that cannot be read is closed
            self.reason = str(error)
        return self.reason is None

    def _why_closed(self):
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

    def __init__(self, address=None, watchdog_usec=None):
        address = address if address is not None else os.environ.get("NOTIFY_SOCKET", "")
        self.address = "\0" + address[1:] if address.startswith("@") else address
        usec = watchdog_usec if watchdog_usec is not None else os.environ.get("WATCHDOG_USEC", "")
        self.failures = 0
        self.last_error = None
        self._pat_ns = int(usec) * 1000 // 4 if str(usec).isdigit() else 0
        self._next_pat = 0
        self._socket = None

    def ready(self):
        """The bot does its work."""
        return self._send("READY=1")

    def watchdog(self):
        """The trade loop turned. Call it each turn: it sends four times per watchdog period, and nothing when
        no watchdog is configured."""
        now = time.monotonic_ns()
        if not self._pat_ns or now < self._next_pat:
            return False
        sent = self._send("WATCHDOG=1")
        if sent:
            self._next_pat = now + self._pat_ns
        return sent

    def status(self, text):
        """One line for people; `steward status` shows it."""
        return self._send("STATUS=" + " ".join(str(text).split())[:1000])

    def stopping(self):
        return self._send("STOPPING=1")

    def _send(self, message):
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


journal = Journal()
gate = Gate()
notify = Notify()
