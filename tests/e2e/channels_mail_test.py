"""Alarms reach people by mail: STARTTLS, TLS and AUTH with a real server, threads, encodings, and its refusals."""

import email.policy
import logging
import os
import shutil
import socket
import ssl
import sys
import tempfile
import unittest

from channel_receivers import Authority, probe, write_secret
from steward_e2e import free_port, main, program, skip, toml

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    # Debian's package is for Debian's Python; another may come first in PATH.
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3") and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    Controller = None

SECRET = "hunter2"
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would print what the tests provoke


class Handler:
    """Keeps the mails; `refuse` maps a recipient, or "DATA", to an answer."""

    def __init__(self):
        self.mails, self.refuse = [], {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        self.mails.append({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                           "user": session.auth_data, "bytes": envelope.original_content,
                           "message": email.message_from_bytes(envelope.original_content, policy=email.policy.default)})
        return "250 OK"


def part(message, kind):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def authenticate(_server, _session, _envelope, _mechanism, data):
    right = data.login == b"me@example.com" and data.password == SECRET.encode()
    return AuthResult(success=right, handled=False, auth_data=data.login if right else None)


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program("channels_probe")
        if Controller is None:
            skip("python3-aiosmtpd is not installed (./dev setup test)")
        cls.authority = Authority()
        cls.addClassCleanup(shutil.rmtree, cls.authority.folder, True)
        cls.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cls.context.load_cert_chain(cls.authority.certificate, cls.authority.key)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="steward-mail-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.config = os.path.join(self.folder, "steward.toml")
        self.handler = Handler()
        self.fields = {"from": "steward@example.com", "to": ["you@example.com"]}

    def server(self, smtps=False, **options):
        """Starts a server that demands what `options` say, and makes it the channel's."""
        self.port = free_port()

        class Server(Controller):
            def factory(self):
                return SMTP(self.handler, **options)

        server = Server(self.handler, hostname="127.0.0.1", port=self.port,
                        ssl_context=self.context if smtps else None)
        server.start()
        self.addCleanup(server.stop)
        self.fields["smtp"] = f"{'smtps' if smtps else 'smtp'}://127.0.0.1:{self.port}"

    def server_of_the_field(self):
        """As mail providers have them on port 587."""
        self.server(tls_context=self.context, require_starttls=True, auth_required=True, auth_require_tls=True,
                    authenticator=authenticate)
        self.fields |= {"ca_file": self.authority.ca, "username": "me@example.com",
                        "password_file": write_secret(self.folder, "password", SECRET + "\n")}

    def send(self, *words, outcome="delivered"):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('[steward]\ntimezone = "Europe/London"\n[[alert.channel]]\nname = "one"\ntype = "email"\n')
            file.writelines(f"{name} = {toml(value)}\n" for name, value in self.fields.items())
        result = probe(self.config, "one", *words)
        self.assertEqual(result["outcome"], outcome, result)
        self.assertNotIn(SECRET, str(result))
        return result

    def test_starttls_and_auth(self):
        self.server_of_the_field()
        self.send()
        mail = self.handler.mails[0]
        self.assertTrue(mail["tls"])
        self.assertEqual(mail["user"], b"me@example.com")
        self.assertEqual((mail["from"], mail["to"]), ("steward@example.com", ["you@example.com"]))

    def test_tls_from_the_first_byte(self):
        self.server(smtps=True)
        self.fields["ca_file"] = self.authority.ca
        self.send()
        self.assertEqual(len(self.handler.mails), 1)

    def test_what_a_mail_program_reads(self):
        self.server()
        self.fields["starttls"] = "off"
        self.send("firing", 3)
        self.send("firing", 3)
        self.send("resolved", 3)
        first, again, end = (mail["message"] for mail in self.handler.mails)
        self.assertEqual(first["Subject"], "[CRITICAL] höst-a: 3 alarms, first disk-full (mount=/data/0)")
        self.assertEqual(str(first["From"]), "Steward on höst-a <steward@example.com>")
        self.assertEqual((first["Message-ID"], first["Importance"]), (again["Message-ID"], "high"))
        self.assertNotEqual(first["Message-ID"], end["Message-ID"])
        self.assertEqual(first["References"], end["References"])
        self.assertEqual(first["In-Reply-To"], first["References"])
        text = part(first, "plain")
        self.assertIn('<b>97 %</b> of *it* is _used_ & 5 € are left, "now" 😀\n.\n..\n', text)
        self.assertRegex(text, r"since: \w+ \d+ \w+ \d+ [\d:]+ (GMT|BST) \([\d:]+ UTC\)")
        page = part(first, "html")
        self.assertIn("&lt;b&gt;97 %&lt;/b&gt; of *it* is _used_ &amp; 5 € are left", page)
        self.assertIn('<a href="https://runbooks.example.com/disk-full">', page)
        self.assertIn("lasted: 1m 20s", part(end, "plain"))
        for line in self.handler.mails[0]["bytes"].split(b"\r\n"):
            self.assertLessEqual(len(line), 78)
            self.assertTrue(line.isascii())

    def test_a_flood_of_alarms_is_cut(self):
        self.server()
        self.fields["starttls"] = "off"
        self.send("firing", 60, 20000)
        message = self.handler.mails[0]["message"]
        self.assertRegex(part(message, "plain")[-200:], r"… \d+ more\n")
        self.assertLess(len(self.handler.mails[0]["bytes"]), 3_000_000)

    def test_a_wrong_password_is_said(self):
        self.server_of_the_field()
        write_secret(self.folder, "password", "wrong")
        reason = self.send(outcome="refused")["reason"]
        self.assertIn("535", reason)
        self.assertIn("password_file", reason)

    def test_no_starttls_no_mail(self):
        self.server()
        self.assertIn("offers no STARTTLS", self.send(outcome="retry")["reason"])
        self.assertEqual(self.handler.mails, [])
        self.fields["starttls"] = "optional"
        self.send()

    def test_an_unknown_authority_gets_neither_mail_nor_password(self):
        self.server_of_the_field()
        del self.fields["ca_file"]
        self.assertIn("not trusted here", self.send(outcome="retry")["reason"])
        self.assertEqual(self.handler.mails, [])

    def test_one_dead_address_does_not_keep_it_from_the_others(self):
        self.server()
        self.fields |= {"starttls": "off", "to": ["gone@example.com", "you@example.com"]}
        self.handler.refuse["gone@example.com"] = "550 5.1.1 no such user"
        self.assertIn("a recipient was refused: 550 5.1.1 no such user", self.send()["stderr"])
        self.assertEqual(self.handler.mails[0]["to"], ["you@example.com"])
        self.handler.refuse["you@example.com"] = "550 5.1.1 no such user"
        self.assertIn("550 5.1.1 no such user", self.send(outcome="refused")["reason"])

    def test_not_now_is_later(self):
        self.server()
        self.fields["starttls"] = "off"
        self.handler.refuse["DATA"] = "451 4.3.0 try again"
        self.assertIn("451 4.3.0 try again", self.send(outcome="retry")["reason"])
        self.handler.refuse["DATA"] = "554 5.7.1 spam"
        self.assertIn("554 5.7.1 spam", self.send(outcome="refused")["reason"])

    def test_a_server_that_says_nothing_is_later(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.fields |= {"smtp": f"smtp://127.0.0.1:{silent.getsockname()[1]}", "timeout": "300ms"}
            self.assertIn("no answer in time", self.send(outcome="retry")["reason"])

    def test_one_that_hangs_up_is_later(self):
        self.server()
        self.fields["starttls"] = "off"
        self.handler.refuse["DATA"] = "421 4.3.2 shutting down"
        self.assertIn("421", self.send(outcome="retry")["reason"])

    def test_nobody_there_is_later(self):
        self.fields |= {"smtp": f"smtp://127.0.0.1:{free_port()}"}
        self.send(outcome="retry")


if __name__ == "__main__":
    main()
