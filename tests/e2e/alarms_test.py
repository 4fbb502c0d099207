"""The life of alarms from outside: told once whatever dies, halts with everything down, silence that alarms elsewhere."""

import http.server
import json
import os
import re
import signal
import tempfile
import threading
import unittest

from steward_e2e import System, fill_disk, free_port, kill, main, program, python_bot, small_disk, wait

# Journals the number that a file holds, again and again.
GAUGE = """
notify.ready()
while True:
    with open(os.environ['LEVEL']) as file:
        journal.metric('level', float(file.read() or 0))
    time.sleep(0.1)
"""


class Receiver:
    """An HTTP service that keeps what it is told, by key."""

    def __init__(self, port=0):
        self.messages, self.pings = [], 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.messages.append(body["message"])
                self.send_response(200)
                self.end_headers()

            def do_GET(self):
                receiver.pings += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keys(self, kind, rule):
        return {m["key"] for m in self.messages if m["kind"] == kind and any(a["rule"] == rule for a in m["alarms"])}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def section(kind, **fields):
    return "\n".join([f"[[alert.{kind}]]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items()), ""])


class AlarmsTest(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        with tempfile.NamedTemporaryFile(prefix="steward-e2e-level-", delete=False) as file:
            self.level_file = file.name
        self.addCleanup(os.remove, self.level_file)
        self.level(0)

    def level(self, number):
        with open(self.level_file + ".new", "w", encoding="utf-8") as file:
            file.write(str(number))
        os.rename(self.level_file + ".new", self.level_file)

    def system(self, alert, bots=None, folder=None):
        system = System(folder=folder, extra=alert)
        self.addCleanup(system.__exit__, None, None, None)
        system.write_config(bots or python_bot("racing", GAUGE, gate=True, environment={"LEVEL": self.level_file}))
        return system.up()

    @staticmethod
    def alarms(system, rule):
        answer = json.loads(system.run("alerts", "--json", expect=None).stdout or '{"alarms":[]}')
        return [alarm for alarm in answer["alarms"] if alarm["rule"] == rule]

    def kill_agent(self, system):
        before = wait(system.agent_pid, 60, "an agent")
        kill(before)
        wait(lambda: (pid := system.agent_pid()) and pid != before and self.alarms(system, "level"), 60,
             "the next agent to know the alarm")

    def channel(self, **fields):
        return section("channel", name="hook", type="webhook", url=self.receiver.url + "/alarms", **fields)

    def test_an_alarm_is_told_once_and_its_end_once_though_the_agent_is_killed(self):
        system = self.system(self.channel() + section("rule", name="level", when="level > 10", clear_for="2s",
                                                      summary="the level of {bot} is {value}"))
        self.level(20)
        wait(lambda: self.receiver.keys("firing", "level"), 30, "the alarm to arrive")
        for _ in range(3):
            self.kill_agent(system)
        self.assertEqual([alarm["state"] for alarm in self.alarms(system, "level")], ["firing"])
        self.assertIn("alarm level: the level of racing is 20", system.health()["reasons"])
        self.assertIn("firing: level", system.run("status").stdout)
        system.run("alerts", "ack", "level", "-m", "seen")
        self.kill_agent(system)
        self.assertEqual([alarm["state"] for alarm in self.alarms(system, "level")], ["acknowledged"])
        self.level(0)
        wait(lambda: self.receiver.keys("resolved", "level"), 60, "the end to arrive")
        self.assertEqual(len(self.receiver.keys("firing", "level")), 1)
        self.assertEqual(len(self.receiver.keys("resolved", "level")), 1)
        history = system.run("alerts", "history").stdout
        for what in ("fired", "acknowledged", "resolved"):
            self.assertEqual(len(re.findall(rf" {what} +level: ", history)), 1, history)

    def test_what_could_not_be_delivered_is_delivered_by_the_next_agent(self):
        port = free_port()
        system = self.system(section("channel", name="hook", type="webhook", url=f"http://127.0.0.1:{port}/alarms") +
                             section("rule", name="level", when="level > 10"))
        self.level(20)
        wait(lambda: system.metric("steward_alert_delivery_failures_total", channel="hook"), 60, "an attempt to fail")
        self.kill_agent(system)
        late = Receiver(port)
        self.addCleanup(late.close)
        wait(lambda: late.keys("firing", "level"), 60, "the message to arrive in the end")
        wait(lambda: system.metric("steward_alert_outbox_pending", channel="hook") == 0, 30, "the outbox to be empty")
        self.assertEqual(len(late.keys("firing", "level")), 1)

    def test_a_silence_keeps_it_quiet_and_send_test_reaches_the_channel(self):
        system = self.system(self.channel() + section("rule", name="level", when="level > 10"))
        system.run("alerts", "silence", 'bot="racing"', "--for", "1h", "-m", "work")
        self.level(20)
        wait(lambda: self.alarms(system, "level"), 30, "the alarm")
        self.assertEqual(self.alarms(system, "level")[0]["silence"], 1)
        self.assertIn("hook: delivered", system.run("alerts", "send-test").stdout)
        self.assertEqual(self.receiver.keys("firing", "level"), set())
        system.run("alerts", "silence", "--end", "1")
        wait(lambda: self.receiver.keys("firing", "level"), 30, "the alarm to arrive after the silence")

    def test_a_rule_halts_with_keeper_channel_and_disk_out_of_order(self):
        disk = small_disk(self)
        os.makedirs(os.path.join(disk, "steward"))
        system = self.system(
            section("channel", name="hook", type="webhook", url=f"http://127.0.0.1:{free_port()}/nobody") +
            section("rule", name="full", when="steward_host_state_disk_used_ratio > 97%", clear_for="1s",
                    do=["halt", "notify"]),
            folder=os.path.join(disk, "steward"))
        keeper = system.process.pid
        system.wait_state("racing", "ready")
        os.kill(keeper, signal.SIGSTOP)
        self.addCleanup(os.kill, keeper, signal.SIGCONT)
        filler = os.path.join(disk, "filler")
        fill_disk(filler)

        def gate():
            with open(os.path.join(system.state, "bots", "racing", "gate"), encoding="utf-8") as file:
                return file.read()

        wait(lambda: gate().startswith("closed 2 rule full"), 60, "the gate to be closed without the keeper")
        os.kill(keeper, signal.SIGCONT)
        wait(lambda: any("no new orders" in done for done in self.alarms(system, "full")[0]["done"]), 60,
             "the keeper to know of it too")
        os.remove(filler)
        wait(lambda: not self.alarms(system, "full"), 60, "the alarm to end")
        wait(lambda: "steward.db" not in " ".join(system.health()["reasons"]), 60, "steward.db to be written again")
        self.assertTrue(gate().startswith("closed"), "only a person opens it")

    def test_a_service_outside_hears_that_alarms_work_and_the_keeper_says_when_the_agent_is_dead(self):
        page = os.path.join(tempfile.mkdtemp(prefix="steward-e2e-page-"), "page")
        self.addCleanup(lambda: (os.remove(page), os.rmdir(os.path.dirname(page))))
        script = f'echo "$STEWARD_STATE" >> {page}'
        system = self.system(f'[alert]\ndeadman_url = "{self.receiver.url}/ping"\ndeadman_interval = "1s"\n'
                             f'on_agent_dead = {json.dumps(["/bin/sh", "-c", script])}\n')
        wait(lambda: self.receiver.pings >= 3, 30, "three pings")
        for path in (system.config, os.path.join(system.state, "agent", "steward.toml")):
            os.rename(path, path + ".away")
        kill(system.agent_pid())
        wait(lambda: os.path.exists(page), 90, "on_agent_dead to be run")
        for path in (system.config, os.path.join(system.state, "agent", "steward.toml")):
            os.rename(path + ".away", path)
        before = self.receiver.pings
        wait(lambda: self.receiver.pings > before, 90, "pings of the agent that is back")
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read(), system.state + "\n", "once for a death, not for each restart")


if __name__ == "__main__":
    main()
