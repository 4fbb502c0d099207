"""Debian's Alertmanager takes our alarms: they are active while they fire, and gone when they are resolved."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from channel_receivers import probe
from steward_e2e import free_port, http_get, main, program, tool, wait

CONFIG = """
route:
  receiver: nobody
receivers:
  - name: nobody
"""


class Alertmanager(unittest.TestCase):
    def setUp(self):
        program("channels_probe")
        self.folder = tempfile.mkdtemp(prefix="steward-alertmanager-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.config = os.path.join(self.folder, "steward.toml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'[[alert.channel]]\nname = "one"\ntype = "alertmanager"\nurl = "{self.url}/"\n')
        with open(os.path.join(self.folder, "am.yml"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        server = subprocess.Popen(
            [tool("prometheus-alertmanager"), f"--config.file={self.folder}/am.yml", f"--storage.path={self.folder}/data",
             f"--web.listen-address={self.url[7:]}", "--cluster.listen-address="],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait(lambda: http_get(self.url + "/-/ready")[0] == 200, 60, "Alertmanager to be ready")

    def alerts(self):
        return json.loads(http_get(self.url + "/api/v2/alerts")[2])

    def test_firing_resolved_and_test(self):
        self.assertEqual(probe(self.config, "one", "firing", 3)["outcome"], "delivered")
        alerts = wait(self.alerts, 30, "the alerts")
        self.assertEqual({alert["labels"]["mount"] for alert in alerts}, {"/data/0", "/data/1", "/data/2"})
        alert = next(alert for alert in alerts if alert["labels"]["mount"] == "/data/0")
        self.assertEqual(alert["labels"], {"alertname": "disk-full", "host": "höst-a", "mount": "/data/0",
                                           "severity": "critical"})
        self.assertEqual(alert["annotations"]["Steward_did"], "closed the gate of racing")
        self.assertEqual(alert["annotations"]["runbook_url"], "https://runbooks.example.com/disk-full")
        self.assertEqual(alert["generatorURL"], "http://127.0.0.1:8080/dashboard")
        self.assertGreater(alert["endsAt"], alert["startsAt"])
        self.assertEqual(probe(self.config, "one", "resolved", 3)["outcome"], "delivered")
        wait(lambda: not self.alerts(), 30, "the alerts to be resolved")
        self.assertEqual(probe(self.config, "one", "test")["outcome"], "delivered")
        self.assertEqual([alert["labels"]["alertname"] for alert in self.alerts()], ["steward-test"])

    def test_another_place_is_refused_with_how_to_mend_it(self):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'[[alert.channel]]\nname = "one"\ntype = "alertmanager"\nurl = "{self.url}/elsewhere"\n')
        result = probe(self.config, "one", "test")
        self.assertEqual(result["outcome"], "refused")
        self.assertIn("url is the address before /api", result["reason"])


if __name__ == "__main__":
    main()
