"""What the tests of the channels send to: HTTP servers that hold each service's documented limits and can be made to
misbehave, a private certificate authority, and the probe that sends."""

import hashlib
import hmac
import html.parser
import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading

from steward_e2e import program, tool


def units(text):
    """The length in UTF-16 units, as the services count."""
    return len(text.encode("utf-16-le")) // 2


def probe(config, channel, kind="firing", alarms=1, length=0, **environment):
    """What came of one notification: {"outcome", "after_ns", "reason"} and what was written to standard error."""
    done = subprocess.run([program("channels_probe"), config, channel, kind, str(alarms), str(length)],
                          capture_output=True, text=True, timeout=60, check=False, env=os.environ | environment)
    if done.returncode != 0:
        raise AssertionError(f"channels_probe: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout) | {"stderr": done.stderr}


def write_secret(folder, name, text):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Refused(Exception):
    """A body that the service would not take: 400 and this text."""


def check(condition, text):
    if not condition:
        raise Refused(text)


def slack(request):
    """docs.slack.dev: 50 blocks, 150 characters in a header, 3,000 in a text; about 13,000 in all."""
    check(request.path == "/services/T0/B0/hunter2", "no_service")
    body = json.loads(request.body)
    check(1 <= len(body["blocks"]) <= 50, "invalid_blocks")
    for block in body["blocks"]:
        text = block["text"]["text"]
        if block["type"] == "header":
            check(block["text"]["type"] == "plain_text" and 1 <= units(text) <= 150, "invalid_blocks")
        else:
            check(block["type"] == "section" and 1 <= units(text) <= 3000, "invalid_blocks")
            check("<!" not in text and "<@" not in text, "it calls somebody")
    check(sum(units(block["text"]["text"]) for block in body["blocks"]) <= 13000, "msg_blocks_too_long")
    return 200, {}, "ok"


def discord(request):
    """docs.discord.com, Embed Limits."""
    body = json.loads(request.body)
    check(units(body.get("content", "")) <= 2000, "content")
    check(body["allowed_mentions"] == {"parse": []}, "it may call everyone")
    embeds, everything = body["embeds"], 0
    check(len(embeds) <= 10, "embeds")
    check(embeds or body["content"], "empty")
    for embed in embeds:
        check(units(embed.get("title", "")) <= 256 and units(embed.get("description", "")) <= 4096, "embed")
        check(len(embed.get("fields", [])) <= 25, "fields")
        everything += units(embed.get("title", "")) + units(embed.get("description", ""))
        for field in embed.get("fields", []):
            check(1 <= units(field["name"]) <= 256 and 1 <= units(field["value"]) <= 1024, "field")
            everything += units(field["name"]) + units(field["value"])
    check(everything <= 6000, "Embed size exceeds maximum size of 6000")
    return 204, {}, ""


class TelegramHtml(html.parser.HTMLParser):
    """The text that is left when Telegram's tags are taken away; strict on what they may be."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        check(tag in ("b", "i", "a"), f"unsupported start tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag):
        check(self.open and self.open.pop() == tag, f"unexpected end tag {tag}")

    def handle_data(self, data):
        self.text += data


def telegram(request):
    """core.telegram.org/bots/api#sendmessage: 1-4096 characters after entities parsing."""
    if request.path != "/bot123456:hunter2/sendMessage":
        return 404, {}, '{"ok":false,"error_code":404,"description":"Not Found"}'
    body = json.loads(request.body)
    check(body["chat_id"] == -1001234567890, "Bad Request: chat not found")
    check(body["parse_mode"] == "HTML", "parse_mode")
    parser = TelegramHtml()
    parser.feed(body["text"])
    parser.close()
    check(not parser.open, "Bad Request: can't parse entities")
    check(1 <= units(parser.text) <= 4096, "Bad Request: message is too long")
    return 200, {}, '{"ok":true,"result":{"message_id":1}}'


def webhook(request):
    """Our own: JSON, an Idempotency-Key, and a signature with the key `hunter2`."""
    check(request.headers["Idempotency-Key"], "no key")
    stamp, signed = (part.split("=", 1)[1] for part in request.headers["X-Steward-Signature"].split(","))
    right = hmac.new(b"hunter2", f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    check(hmac.compare_digest(right, signed), "bad signature")
    json.loads(request.body)
    return 200, {}, "{}"


class Request:
    def __init__(self, handler):
        self.path, self.headers = handler.path, dict(handler.headers.items())
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


class Receiver:
    """An HTTP server; `answer(request)` gives (status, headers, text), or "cut" or "never". Keeps the requests."""

    def __init__(self, answer, tls=None):
        self.answer, self.requests, self.over = answer, [], threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.handle(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def handle(self, handler):
        request = Request(handler)
        self.requests.append(request)
        try:
            answer = self.answer(request)
        except Refused as error:
            answer = 400, {}, str(error)
        if answer == "never":
            self.over.wait(60)
        if answer in ("never", "cut"):
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        status, headers, text = answer
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status != 204:
            handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        if status != 204:
            handler.wfile.write(text.encode())

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Authority:
    """A certificate authority of our own and one certificate of it, for localhost and 127.0.0.1."""

    def __init__(self, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="steward-ca-")
        self.ca, self.key, self.certificate = (os.path.join(self.folder, name)
                                               for name in ("ca.pem", "key.pem", "certificate.pem"))
        names = os.path.join(self.folder, "names")
        with open(names, "w", encoding="utf-8") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        ca_key, request = os.path.join(self.folder, "ca.key"), os.path.join(self.folder, "request")
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        self.openssl("req", "-x509", *curve, "-keyout", ca_key, "-out", self.ca, "-days", "2", "-subj", "/CN=Test CA")
        self.openssl("req", *curve, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
                     "-extfile", names, "-out", self.certificate)

    @staticmethod
    def openssl(*words):
        subprocess.run([tool("openssl"), *words], check=True, capture_output=True)
