"""Alarms reach Slack, Discord, Telegram, webhooks and commands within their limits, and every answer is understood."""

import email.utils
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest

from channel_receivers import Authority, Receiver, discord, probe, slack, telegram, webhook, write_secret
from steward_e2e import SOURCE, main, program, tool, toml

SECRET = "hunter2"


class Channels(unittest.TestCase):
    def setUp(self):
        program("channels_probe")
        self.folder = tempfile.mkdtemp(prefix="steward-channels-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.config = os.path.join(self.folder, "steward.toml")

    def receiver(self, answer, **options):
        receiver = Receiver(answer, **options)
        self.addCleanup(receiver.close)
        return receiver

    def channel(self, kind, **fields):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('[steward]\ntimezone = "Europe/London"\n'
                       f'[[alert.channel]]\nname = "one"\ntype = "{kind}"\n')
            file.writelines(f"{name} = {toml(value)}\n" for name, value in fields.items())

    def slack(self, receiver, **fields):
        url = write_secret(self.folder, "url", f"{receiver.url}/services/T0/B0/{SECRET}\n")
        self.channel("slack", url_file=url, **fields)

    def webhook(self, receiver, **fields):
        key = write_secret(self.folder, "key", SECRET)
        self.channel("webhook", url=receiver.url + "/hook", secret_file=key, **fields)

    def send(self, *words, outcome="delivered", **fields):
        result = probe(self.config, "one", *words, **fields)
        self.assertEqual(result["outcome"], outcome, result)
        self.assertNotIn(SECRET, json.dumps(result))
        return result


class WithinTheLimits(Channels):
    """Of every kind and any size; the receivers answer 400 to what exceeds."""

    def send_all(self, receiver):
        for kind, alarms, length in (("firing", 1, 0), ("resolved", 1, 0), ("test", 0, 0), ("digest", 3, 0),
                                     ("firing", 1, 30000), ("firing", 60, 30), ("firing", 60, 5000)):
            with self.subTest(kind=kind, alarms=alarms, length=length):
                self.send(kind, alarms=alarms, length=length)
        return [json.loads(request.body) for request in receiver.requests]

    def test_slack(self):
        receiver = self.receiver(slack)
        self.slack(receiver)
        bodies = self.send_all(receiver)
        self.assertIn("[CRITICAL] höst-a: disk-full (mount=/data/0)", bodies[0]["text"])
        section = bodies[0]["blocks"][1]["text"]["text"]
        self.assertIn("&lt;b&gt;97 %&lt;/b&gt; of *it* is _used_ &amp; 5 € are left", section)
        self.assertIn("<https://runbooks.example.com/disk-full|runbook>", section)
        self.assertIn("lasted: 1m 20s", bodies[1]["blocks"][1]["text"]["text"])
        self.assertRegex(bodies[6]["blocks"][-2]["text"]["text"], r"^… \d+ more$")

    def test_discord(self):
        receiver = self.receiver(discord)
        url = write_secret(self.folder, "url", f"{receiver.url}/api/webhooks/1/{SECRET}")
        self.channel("discord", url_file=url)
        bodies = self.send_all(receiver)
        self.assertIn(r"97 %</b\> of \*it\* is \_used\_", bodies[0]["embeds"][0]["description"])
        self.assertRegex(bodies[5]["embeds"][-1]["description"], r"^… \d+ more$")

    def test_telegram(self):
        receiver = self.receiver(telegram)
        token = write_secret(self.folder, "token", f"123456:{SECRET}")
        self.channel("telegram", token_file=token, chat_id=-1001234567890, url=receiver.url)
        bodies = self.send_all(receiver)
        self.assertIn("&lt;b&gt;97 %&lt;/b&gt;", bodies[0]["text"])
        self.assertRegex(bodies[6]["text"], r"… \d+ more")

    def test_webhook(self):
        receiver = self.receiver(webhook)
        self.webhook(receiver)
        bodies = self.send_all(receiver)
        self.assertEqual(bodies[0]["version"], 1)
        self.assertEqual(bodies[0]["message"]["alarms"][0]["labels"], {"mount": "/data/0"})
        self.assertIn("Steward did: closed the gate of racing", bodies[0]["text"])
        self.assertEqual(receiver.requests[0].headers["Idempotency-Key"], "probe-firing")
        self.assertEqual(len(bodies[5]["message"]["alarms"]), 60)

    def test_webhook_with_a_template(self):
        receiver = self.receiver(webhook)
        self.webhook(receiver, template='{"msg": "{{title}}", "n": {{left_out}}, "all": {{alarms}}}',
                     headers={"X-Team": "trading"})
        self.send("firing", alarms=2)
        body = json.loads(receiver.requests[0].body)
        self.assertEqual(body["msg"], "[CRITICAL] höst-a: 2 alarms, first disk-full (mount=/data/0)")
        self.assertEqual(len(body["all"]), 2)
        self.assertEqual(receiver.requests[0].headers["X-Team"], "trading")


class Answers(Channels):
    def test_later_and_when(self):
        date = email.utils.formatdate(time.time() + 120, usegmt=True)
        for answer, least, most in (((429, {"Retry-After": "30"}, "rate_limited"), 30, 30),
                                    ((503, {"Retry-After": date}, ""), 60, 121), ((500, {}, ""), 0, 0),
                                    ((200, {}, "no"), 0, 0), ("cut", 0, 0)):
            with self.subTest(answer=answer):
                self.slack(self.receiver(lambda _, answer=answer: answer))
                after = self.send(outcome="retry")["after_ns"] / 1e9
                self.assertTrue(least <= after <= most, after)

    def test_never_answered_ends_in_time(self):
        self.slack(self.receiver(lambda _: "never"), timeout="300ms")
        self.assertIn("no answer in time", self.send(outcome="retry")["reason"])

    def test_a_name_server_that_hangs_holds_up_nobody(self):
        preload = os.path.join(self.folder, "deaf.so")
        subprocess.run([tool("clang-19"), "-shared", "-fPIC", "-o", preload,
                        os.path.join(SOURCE, "tests", "e2e", "deaf_resolver.c")], check=True)
        url = write_secret(self.folder, "url", f"https://hooks.example.com/{SECRET}")
        self.channel("slack", url_file=url, timeout="300ms")
        self.assertIn("no answer in time", self.send(outcome="retry", LD_PRELOAD=preload)["reason"])

    def test_nobody_there(self):
        receiver = Receiver(slack)
        receiver.close()
        self.slack(receiver)
        reason = self.send(outcome="retry")["reason"]
        self.assertIn(f"http://127.0.0.1:{receiver.port}", reason)

    def test_a_webhook_that_is_gone_says_how_to_mend_it(self):
        for status, text in ((404, "no_service"), (410, "channel_is_archived"), (403, "invalid_token")):
            self.slack(self.receiver(lambda _, status=status, text=text: (status, {}, text)))
            reason = self.send(outcome="refused")["reason"]
            self.assertIn(text, reason)
            self.assertIn("make a new incoming webhook", reason)

    def test_redirects_are_not_followed(self):
        target = self.receiver(slack)
        self.slack(self.receiver(lambda _: (302, {"Location": target.url + "/services/T0/B0/hunter2"}, "")))
        self.assertIn("Steward follows none", self.send(outcome="refused")["reason"])
        self.assertEqual(target.requests, [])

    def test_a_flood_is_not_swallowed(self):
        self.slack(self.receiver(lambda _: (200, {}, "ok" * 1_000_000)))
        self.assertIn("larger than", self.send(outcome="retry")["reason"])

    def test_a_server_that_repeats_the_secret_is_not_quoted(self):
        self.slack(self.receiver(lambda request: (400, {}, "no such path " + request.path)))
        self.send(outcome="refused")  # which looks for the secret

    def test_their_own_words_for_wait(self):
        url = write_secret(self.folder, "url", "")
        receiver = self.receiver(lambda _: (429, {"Retry-After": "1"}, '{"retry_after": 0.25, "global": false}'))
        write_secret(self.folder, "url", receiver.url + "/api/webhooks/1/x")
        self.channel("discord", url_file=url)
        self.assertEqual(self.send(outcome="retry")["after_ns"], 250_000_000)
        receiver = self.receiver(lambda _: (429, {}, '{"ok":false,"parameters":{"retry_after":7}}'))
        token = write_secret(self.folder, "token", "1:x")
        self.channel("telegram", token_file=token, chat_id="@us", url=receiver.url)
        self.assertEqual(self.send(outcome="retry")["after_ns"], 7_000_000_000)


class Certificates(Channels):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.certificate, self.authority.key)
        self.server = self.receiver(webhook, tls=context)

    def test_an_unknown_authority_is_not_trusted(self):
        self.webhook(self.server)
        self.assertIn("not trusted here; name the file", self.send(outcome="retry")["reason"])
        self.assertEqual(self.server.requests, [])

    def test_the_authority_that_is_named_is(self):
        self.webhook(self.server, ca_file=self.authority.ca)
        self.send()


class Commands(Channels):
    def script(self, text):
        path = os.path.join(self.folder, "script")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o700)
        return path

    def test_it_gets_the_message(self):
        out = os.path.join(self.folder, "out")
        self.channel("command", command=[self.script(f'cat > "{out}"; echo "$1 $STEWARD_SEVERITY" >> "{out}"'), "loud"])
        self.send(alarms=2)
        with open(out, encoding="utf-8") as file:
            first, second = file.read().splitlines()
        self.assertEqual(json.loads(first)["alarms"][1]["rule"], "disk-full")
        self.assertEqual(second, "loud critical")

    def test_its_exit_status_decides(self):
        for status, outcome in ((1, "retry"), (75, "retry"), (64, "refused")):
            self.channel("command", command=[self.script(f"echo why >&2; exit {status}")])
            self.assertIn(f"exited with code {status}: why", self.send(outcome=outcome)["reason"])
        self.channel("command", command=["/nonexistent"])
        self.send(outcome="refused")

    def test_one_that_hangs_is_killed(self):
        self.channel("command", command=[self.script("sleep 300 & wait")], timeout="300ms")
        self.assertIn("was killed", self.send(outcome="retry")["reason"])


if __name__ == "__main__":
    main()
