"""What the listeners promise: who may read them, what a taken port says, HEAD, ETag and gzip, and that the page shows
live numbers in a real browser."""
# ctest: TIMEOUT 600

import gzip
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.parse

from steward_e2e import System, free_port, main, program, python_bot, tool, wait

# An order every tenth of a second, for ever.
BUSY = """
notify.ready()
turn = 0
journal.market_opened('1.2', market_type='WIN', market_name='5f Hcap', venue='Ascot')
while True:
    turn += 1
    journal.order_intent(f'{os.getpid()}-{turn}', '1.2', 8, 'BACK', 3, 2, market_type='WIN', simulated=True)
    journal.order_placed(f'{os.getpid()}-{turn}', f'b{turn}', latency_ns=5000000)
    journal.pnl('1.2', unrealized=round(turn / 100, 2), currency='GBP', simulated=True)
    time.sleep(0.1)
"""


def address_of_this_machine():
    """An address that is not the loopback's; None on a machine without any."""
    for words in subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split():
        if ":" not in words:
            return words
    return None


class ListenersTest(unittest.TestCase):
    def system(self, bots="", **options):
        program("steward")
        system = System(bots, **options)
        self.addCleanup(system.__exit__, None, None, None)
        return system

    def ask(self, system, method, path, **headers):
        connection = http.client.HTTPConnection(system.dashboard_url[7:], timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def test_an_address_for_all_is_refused_unless_it_is_meant(self):
        system = self.system(python_bot("busy", BUSY))
        system.dashboard_url = f"http://0.0.0.0:{free_port()}"
        system.write_config("")
        refused = system.run("check", expect=1)
        self.assertRegex(refused.stderr, r"steward\.toml:\d+: .*read_only_public = true")

    def test_an_address_for_all_that_is_meant_serves_reading_alone(self):
        address = address_of_this_machine()
        if not address:
            raise unittest.SkipTest("this machine has no address but the loopback")
        system = self.system()
        port = free_port()
        system.dashboard_url = f"http://0.0.0.0:{port}\"\nread_only_public = true #"
        system.write_config(python_bot("busy", BUSY))
        system.dashboard_url = f"http://{address}:{port}"
        system.up()
        self.assertEqual(self.ask(system, "GET", "/health")[0].status, 200)
        self.assertEqual(self.ask(system, "HEAD", "/dashboard")[0].status, 200)
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer, body = self.ask(system, method, "/api/v1/state")
            self.assertEqual(answer.status, 405, method)
            self.assertIn("error", json.loads(body))

    def test_a_taken_port_says_who_has_it_and_how_to_mend_it(self):
        system = self.system(python_bot("busy", BUSY))
        holder = socket.create_server(("127.0.0.1", urllib.parse.urlsplit(system.metrics_url).port))
        self.addCleanup(holder.close)
        system.up()
        port, pid = holder.getsockname()[1], os.getpid()
        for text in (system.text_of_log(), " ".join(system.status()["notices"])):
            self.assertRegex(text, rf"{port} is in use, held by process {pid}")
            self.assertRegex(text, r"\[metrics\]")
            self.assertIn("listen = ", text)
        system.wait_state("busy", "ready")  # it is no reason not to trade
        wait(lambda: system.health().get("status") == "degraded", 30, "/health to say so")
        holder.close()
        wait(lambda: system.metric("steward_bot_up", bot="busy"), 60, "the port to be taken once it is free")
        wait(lambda: system.health().get("status") == "healthy", 30, "healthy")

    def test_head_etag_and_gzip(self):
        system = self.system(python_bot("busy", BUSY)).up()
        full, body = self.ask(system, "GET", "/dashboard")
        head, nothing = self.ask(system, "HEAD", "/dashboard")
        self.assertEqual((head.status, nothing, head.headers["Content-Length"]), (200, b"", str(len(body))))
        unchanged, nothing = self.ask(system, "GET", "/dashboard", **{"If-None-Match": full.headers["ETag"]})
        self.assertEqual((unchanged.status, nothing), (304, b""))
        packed, small = self.ask(system, "GET", "/dashboard", **{"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(small), body)
        missing, error = self.ask(system, "GET", "/no-such-page")
        self.assertEqual((missing.status, set(json.loads(error))), (404, {"error"}))


class Browser:
    """A page in headless Chromium, spoken to in the DevTools protocol through a pair of pipes."""

    def __init__(self, chromium, url):
        self.profile = tempfile.mkdtemp(prefix="steward-e2e-chromium-")
        read, self.to = os.pipe()
        self.back, write = os.pipe()
        self.process = subprocess.Popen(
            [tool("bash"), "-c", f'exec "$0" "$@" 3<&{read} 4>&{write}', chromium, "--headless=new", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}"],
            pass_fds=(read, write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self.number, self.rest = 0, b""
        target = self.call("Target.createTarget", url=url)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, session=None, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        os.write(self.to, json.dumps({**request, "sessionId": session} if session else request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                return message["result"]

    def message(self):
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], 120)[0]:
                raise AssertionError("Chromium says nothing for two minutes")
            part = os.read(self.back, 1 << 20)
            if not part:
                raise AssertionError("Chromium ended")
            self.rest += part
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def value(self, expression):
        answer = self.call("Runtime.evaluate", self.session, expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def close(self):
        os.close(self.to)
        os.close(self.back)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class BrowserTest(unittest.TestCase):
    def test_the_page_shows_live_numbers(self):
        chromium = tool("chromium")
        program("steward")
        with System(python_bot("busy", BUSY)) as system:
            system.up()
            browser = Browser(chromium, system.dashboard_url + "/dashboard")
            self.addCleanup(browser.close)
            seen = wait(lambda: self.orders_on(browser) or None, 60, "the bot's orders on the page")
            wait(lambda: self.orders_on(browser) > seen + 20, 60, "their number to grow by itself")
            self.assertEqual(browser.value("document.querySelector('#health').textContent"), "healthy")
            os.kill(system.agent_pid(), signal.SIGSTOP)
            wait(lambda: browser.value("document.querySelector('#live').className").endswith("stale"), 60,
                 "the page to say that its numbers are old")
            os.kill(system.agent_pid(), signal.SIGCONT)

    @staticmethod
    def orders_on(browser):
        text = browser.value("[...document.querySelectorAll('#bots tbody tr')]"
                             ".filter(row => row.textContent.includes('busy'))"
                             ".map(row => row.querySelector('[data-label=Orders]')?.textContent)[0]")
        return int(re.sub(r"\D", "", text or "") or 0)


if __name__ == "__main__":
    main()
