"""Real strain and real servers: what /health, /metrics and `steward health` say of the host and the endpoints."""
# ctest: RUN_SERIAL ON

import http.server
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from steward_e2e import System, main, program, skip, tool, wait

OFFSET = 90  # seconds that the time server is ahead
CALM = 'cpu_percent = 100\nmemory_percent = 100\ndisk_percent = 100\nload_per_cpu = 1000\ndisk_full_in = "0s"\n'


def time_server(test):
    """A time server on the loopback that is OFFSET ahead; returns its port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    test.addCleanup(server.close)

    def serve():
        while True:
            try:
                request, client = server.recvfrom(512)
            except OSError:
                return
            now = int((time.time() + OFFSET + 2208988800) * 2**32)
            server.sendto(struct.pack(">BBbbII4s", 4 << 3 | 4, 2, 6, -20, 0, 0, b"TEST") + struct.pack(">Q", now) +
                          request[40:48] + struct.pack(">QQ", now, now), client)

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def https_server(test, folder):
    """An HTTPS server whose certificate, its own authority, expires in two days; (port, certificate)."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run([tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"all ok")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    test.addCleanup(server.server_close)
    test.addCleanup(server.shutdown)
    return server.server_address[1], certificate


def reason(system, pattern):
    health = system.health()
    return next((text for text in health.get("reasons", ()) if re.search(pattern, text)), None)


class HealthTest(unittest.TestCase):
    def start(self, extra, folder=None):
        program("steward")
        system = System(folder=folder, extra=extra)
        self.addCleanup(system.__exit__, None, None, None)
        return system.up()

    def test_endpoints_certificates_and_the_clock(self):
        folder = tempfile.mkdtemp(prefix="steward-e2e-health-")
        port, certificate = https_server(self, folder)
        endpoints = {"page": f'url = "https://localhost:{port}/"\nexpect = "ok"\nca_file = "{certificate}"\n',
                     "word": f'url = "https://localhost:{port}/"\nexpect = "absent"\nca_file = "{certificate}"\n',
                     "untrusted": f'url = "tls://localhost:{port}"\n',
                     "elsewhere": f'url = "tls://127.0.0.1:{port}"\nca_file = "{certificate}"\n',
                     "plain": f'url = "tcp://localhost:{port}"\n',
                     "closed": 'url = "tcp://127.0.0.1:1"\n'}
        system = self.start(f'[health]\n{CALM}ntp_server = "127.0.0.1:{time_server(self)}"\n' + "".join(
            f'[[health.endpoint]]\nname = "{name}"\nevery = "1s"\ntimeout = "1s"\n{rest}'
            for name, rest in endpoints.items()))
        wait(lambda: system.metric("steward_endpoint_up", endpoint="page") == 1, 20, "the page to be up")
        wait(lambda: system.metric("steward_endpoint_up", endpoint="plain") == 1, 20, "the port to be open")
        for name in ("word", "untrusted", "elsewhere", "closed"):
            wait(lambda name=name: system.metric("steward_endpoint_up", endpoint=name) == 0, 20, f"{name} to be down")
        metrics = system.metrics()
        for name in ("page", "untrusted"):
            left = metrics["steward_endpoint_tls_expiry_seconds", (("endpoint", name),)]
            self.assertTrue(47 * 3600 < left <= 48 * 3600, left)
        self.assertGreater(metrics["steward_endpoint_latency_seconds", (("endpoint", "page"),)], 0)
        wait(lambda: reason(system, "^certificate of endpoint page: expires in .*, sooner than 14d$"), 10, "its reason")
        self.assertIn("self", reason(system, "^endpoint untrusted: its certificate is not to be trusted: "))
        self.assertTrue(reason(system, "^endpoint elsewhere: .* it is another host's$"))
        self.assertTrue(reason(system, "does not hold \"absent\""))
        wait(lambda: abs((system.metric("steward_host_clock_offset_seconds") or 0) - OFFSET) < 5, 20, "the offset")
        self.assertEqual(system.metric("steward_host_clock_synchronized"), 0)
        self.assertTrue(reason(system, "^clock: 1m [23][0-9]s behind, more than 500ms$"))
        self.assertEqual(system.health()["status"], "degraded", "what others do never makes it unhealthy")
        table = system.run("health").stdout
        self.assertRegex(table, r"(?m)^page +up +.* 1d 23h$")
        self.assertRegex(table, r"(?m)^warning: certificate of endpoint page")

    def test_a_disk_that_is_full_is_said(self):
        if os.geteuid() != 0:
            skip("mounting a small tmpfs needs root")
        disk = tempfile.mkdtemp(prefix="steward-e2e-health-disk-")
        self.addCleanup(os.rmdir, disk)
        subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "size=64m", "steward-e2e", disk], check=True)
        self.addCleanup(subprocess.run, [tool("umount"), "--lazy", disk], check=True)
        folder = os.path.join(disk, "steward")
        os.makedirs(folder)
        system = self.start(f"[health]\n{CALM.replace('disk_percent = 100', 'disk_percent = 80')}", folder)
        self.assertIsNone(reason(system, "^disk "))
        with open(os.path.join(disk, "ballast"), "wb") as file:
            file.write(bytes(54 << 20))
        wait(lambda: reason(system, f"^disk {disk}: [89][0-9] % used, more than 80 %$"), 20, "the disk's reason")
        report = json.loads(system.run("health", "--json").stdout)
        self.assertGreater(report["disk_percent"], 80)
        os.unlink(os.path.join(disk, "ballast"))
        wait(lambda: reason(system, "^disk ") is None, 20, "the reason to go")

    def test_a_busy_processor_and_little_memory_are_said(self):
        stress = tool("stress-ng")
        with open("/proc/meminfo", encoding="utf-8") as file:
            memory = {line.split(":")[0]: int(line.split()[1]) for line in file}
        used = 100 - 100 * memory["MemAvailable"] // memory["MemTotal"]
        limits = CALM.replace("cpu_percent = 100", "cpu_percent = 70").replace(
            "memory_percent = 100", f"memory_percent = {used + 3}")
        system = self.start(f"[health]\n{limits}")
        load = subprocess.Popen([stress, "--cpu", "0", "--vm", "1", "--vm-bytes", "8%", "--vm-keep", "--vm-hang", "0",
                                 "--timeout", "60", "--quiet"])
        self.addCleanup(load.wait)
        self.addCleanup(load.terminate)
        wait(lambda: reason(system, "^memory: .* % used, more than "), 30, "the memory's reason")
        wait(lambda: reason(system, "^cpu: .* % in use, more than 70 %$"), 60, "the processor's reason")
        if os.path.exists("/proc/pressure/cpu"):
            self.assertGreater(system.metric("steward_host_pressure_ratio", resource="cpu", kind="some"), 0)

    def test_without_an_agent_the_command_looks_itself_and_says_so(self):
        program("steward")
        system = System('[[bot]]\nname = "a"\ncommand = ["true"]\n')
        self.addCleanup(system.__exit__, None, None, None)
        self.assertIn("looked at by this command itself", system.run("health").stdout)
        report = json.loads(system.run("health", "--json").stdout)
        self.assertEqual(report["from"], "command")
        for key in ("timestamp", "cpu_percent", "memory_percent", "disk_percent", "load_average", "swap_percent",
                    "pressure", "open_fds", "clock", "disks", "endpoints", "bots", "checks"):
            self.assertIn(key, report)
        self.assertEqual(len(report["load_average"]), 3)


if __name__ == "__main__":
    main()
