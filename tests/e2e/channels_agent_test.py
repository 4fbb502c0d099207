"""The agent tells an alarm through its channels; a secret that is changed counts after a reload, and is shown nowhere."""

import json
import os
import socket
import unittest

from channel_receivers import Receiver, discord, slack, telegram, webhook, write_secret
from steward_e2e import System, http_get, main, program, wait

SECRET = "hunter2"
RULE = '[[alert.rule]]\nname = "always"\nwhen = "steward_agent_start_time_seconds > 0"\nsummary = "it is on"\n'


def channel(name, kind, **fields):
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())
    return f'[[alert.channel]]\nname = "{name}"\ntype = "{kind}"\n{lines}'


class ChannelsOfTheAgent(unittest.TestCase):
    def setUp(self):
        program("steward")
        self.answer = slack
        self.team = Receiver(lambda request: self.answer(request))
        self.phone = Receiver(telegram)
        self.system = System()
        for cleanup in (self.team.close, self.phone.close, lambda: self.system.__exit__(None, None, None)):
            self.addCleanup(cleanup)

    def up(self, *channels, rule=RULE):
        self.system.extra = rule + "".join(channels)
        self.system.write_config("")
        self.system.up()

    def secret(self, name, text):
        return write_secret(self.system.folder, name, text)

    def token(self, text):
        return self.secret("token", text)

    def test_no_secret_is_shown_anywhere(self):
        os.environ["TEAM_URL"] = f"{self.team.url}/services/T0/B0/{SECRET}"
        self.addCleanup(os.environ.pop, "TEAM_URL")
        # One channel works, the other's bot is unknown, and the answer repeats the address.
        self.phone.answer = lambda request: (404, {}, f"no {request.path}")
        self.up(channel("team", "slack", url_env="TEAM_URL"),
                channel("phone", "telegram", token_file=self.token(f"123456:{SECRET}"), chat_id=1, url=self.phone.url))
        told = wait(lambda: self.team.requests, 60, "the alarm at Slack")[0]
        self.assertIn("it is on", told.body.decode())
        wait(lambda: self.phone.requests, 60, "the alarm at Telegram")
        wait(lambda: "it answered 404: no" in self.ask("alerts"), 60, "the refusal to be told")
        sent = self.system.run("alerts", "send-test", expect=1)
        self.assertIn("team: delivered", sent.stdout)
        self.assertIn("phone: it answered 404: no /bot***/sendMessage", sent.stdout)
        self.assertNotIn(SECRET, sent.stdout + sent.stderr)
        self.assertNotIn(SECRET, self.everything_shown())
        self.assertNotIn(SECRET, self.everything_written())
        agent = wait(self.system.agent_pid, 30, "the agent's process")
        for name in ("environ", "cmdline"):
            with open(f"/proc/{agent}/{name}", "rb") as file:
                self.assertNotIn(SECRET.encode(), file.read())

    def ask(self, command, **fields):
        """The agent's answer on its control socket (docs/formats/control.md)."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(os.path.join(self.system.state, "agent", "control.sock"))
            control.sendall(json.dumps({"command": command, **fields}).encode() + b"\n")
            return control.makefile(encoding="utf-8").readline()

    def everything_shown(self):
        pages = [self.system.get(path)[2] for path in ("/health", "/dashboard", "/metrics", "/api/v1/alerts")]
        pages += [self.ask("alerts"), self.ask("alert-history"), self.ask("status")]
        done = [self.system.run(*words, expect=None) for words in (("status",), ("status", "--json"), ("check",),
                                                                   ("alerts",), ("alerts", "history"), ("logs", "agent"))]
        metrics = http_get(self.system.metrics_url + "/metrics")[2]
        return "\n".join([*pages, metrics, self.system.text_of_log(), *(one.stdout + one.stderr for one in done)])

    def everything_written(self):
        text = ""
        for folder, _, names in os.walk(self.system.state):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        text += file.read().decode(errors="replace")
        return text

    def test_send_test_reaches_every_channel(self):
        out = os.path.join(self.system.folder, "out")
        chat, hook = Receiver(discord), Receiver(webhook)
        self.addCleanup(chat.close)
        self.addCleanup(hook.close)
        self.up(channel("a", "slack", url_file=self.secret("slack", f"{self.team.url}/services/T0/B0/{SECRET}")),
                channel("b", "discord", url_file=self.secret("discord", f"{chat.url}/api/webhooks/1/x")),
                channel("c", "telegram", token_file=self.token(f"123456:{SECRET}"), chat_id=-1001234567890,
                        url=self.phone.url),
                channel("d", "webhook", url=hook.url, secret_file=self.secret("key", SECRET)),
                channel("e", "command", command=["tee", out]), rule="")
        sent = self.system.run("alerts", "send-test").stdout.splitlines()
        self.assertEqual(sorted(sent), [f"{name}: delivered" for name in "abcde"])
        self.assertEqual(self.system.run("alerts", "send-test", "d").stdout, "d: delivered\n")
        with open(out, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["kind"], "test")

    def test_a_changed_secret_counts_after_a_reload(self):
        self.phone.answer = lambda request: (500, {}, "") if "old" in request.path else telegram(request)
        self.up(channel("phone", "telegram", token_file=self.token("1:old"), chat_id=-1001234567890, url=self.phone.url))
        wait(lambda: self.phone.requests, 60, "an attempt with the old token")
        self.token(f"123456:{SECRET}")
        self.system.run("reload")
        wait(lambda: any(SECRET in request.path for request in self.phone.requests), 60, "one with the new")


if __name__ == "__main__":
    main()
