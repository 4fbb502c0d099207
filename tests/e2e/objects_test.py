"""The conformance suite of the object stores (src/objects/conformance_test.cpp) against real S3 servers: versitygw, which
verifies every signature and checksum, and moto."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from steward_e2e import SOURCE, free_port, main, program, skip, tool, wait

ACCESS = "steward-test"
SECRET = "a-secret-of-the-tests"
# Of a backup's process. What AddressSanitizer puts around and beside it is some 27 MiB more.
MOST_MIB, MOST_MIB_SANITIZED = 64, 92
# moto says that every upload began in 2010, and between its look at a condition and its write another thread may write.
NOT_WITH_MOTO = ["*Resum*", "*Stale*", "*OfManyWriters*"]


def versitygw():
    """Its path: `./dev test` installs it where there is Go (tools/dev/setup.sh)."""
    path = os.path.join(SOURCE, "build", "tools", "versitygw")
    path = path if os.access(path, os.X_OK) else shutil.which("versitygw")
    if not path:
        raise unittest.SkipTest("versitygw is not installed: ./dev test does it where there is Go")
    return path


def moto():
    path = os.path.join(SOURCE, "build", "venv", "bin", "moto_server")
    if not os.access(path, os.X_OK):
        skip(f"{path} is not installed (./dev setup test)")
    return path


def answers(port):
    """Whether something listens there and answers HTTP or asks for TLS."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError as error:
        return not isinstance(getattr(error, "reason", error), ConnectionRefusedError)
    return True


class Objects(unittest.TestCase):
    """One server, one bucket, the whole suite."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="steward-s3-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()

    def serve(self, *command):
        with open(os.path.join(self.folder, "log"), "wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait(lambda: answers(self.port), what="the S3 server's first answer")

    def serve_versitygw(self, *options):
        data = os.path.join(self.folder, "data")
        os.makedirs(os.path.join(data, "steward-test"))
        self.serve(versitygw(), "--port", f"127.0.0.1:{self.port}", "--access", ACCESS, "--secret", SECRET, *options,
                   "posix", data)

    def environment(self, scheme="http", secret=SECRET, **more):
        return {**os.environ, "STEWARD_TEST_S3": f"{scheme}://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": ACCESS,
                "AWS_SECRET_ACCESS_KEY": secret, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", **more}

    def run_suite(self, pattern="*Conformance*s3_real*", **environment):
        return subprocess.run([program("objects_test"), f"--gtest_filter={pattern}"], capture_output=True, text=True,
                              timeout=240, check=False, env=self.environment(**environment))

    def assert_all_pass(self, result):
        report = result.stdout[-6000:] + result.stderr[-6000:]
        self.assertEqual(result.returncode, 0, report)
        self.assertIn("[  PASSED  ]", report)
        self.assertNotIn("[  SKIPPED ]", report)
        self.assertNotIn("[==========] 0 tests", report)

    def test_a_server_that_verifies_signatures_holds_to_the_contract(self):
        self.serve_versitygw()
        self.assert_all_pass(self.run_suite())

    def test_a_backup_goes_there_and_comes_back(self):
        self.serve_versitygw()
        back = os.path.join(self.folder, "back")
        content = {"main.toml": b"stake = 2\n", "model.bin": os.urandom(9_000_000)}
        config = self.configure(content)
        for words in (["backup", "run", "trading"], ["backup", "verify", "trading"], ["restore", "trading", "--to", back]):
            done = subprocess.run([program("steward"), *words, "--config", config], capture_output=True, text=True,
                                  timeout=120, check=False, env=self.environment())
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found = {}
        for folder, _, names in os.walk(back):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[name] = file.read()
        self.assertEqual(found, content)

    def configure(self, content, more=""):
        """The path of a configuration with a backup of these files, {name: bytes}."""
        source, config = os.path.join(self.folder, "source"), os.path.join(self.folder, "steward.toml")
        os.makedirs(source)
        for name, text in content.items():
            with open(os.path.join(source, name), "wb") as file:
                file.write(text)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.folder}/state"\n[objects]\nurl = "s3://steward-test/host-a"\n'
                       f'endpoint = "http://127.0.0.1:{self.port}"\n[[backup]]\nname = "trading"\nsource = "{source}"\n'
                       f'{more}\n')
        return config

    def test_an_encrypted_backup_there_and_back_takes_64_mib_at_most(self):
        self.serve_versitygw()
        steward, key = program("steward"), os.path.join(self.folder, "offline.key")
        public = subprocess.run([steward, "backup", "key", key], check=True, capture_output=True, text=True, timeout=60)
        config = self.configure({}, f'encrypt_to = {{ offline = "{public.stdout.strip()}" }}')
        # What cannot be compressed takes the most. In pieces: a process counts what its parent took at most as its own.
        with open(os.path.join(self.folder, "source", "model.bin"), "wb") as file:
            for _ in range(100):
                file.write(os.urandom(1 << 20))
        help_of_flags = subprocess.run([steward, "--version"], check=True, capture_output=True, timeout=60,
                                       env={**os.environ, "ASAN_OPTIONS": "help=1"}).stderr
        most = MOST_MIB_SANITIZED if b"AddressSanitizer" in help_of_flags else MOST_MIB
        environment = self.environment(ASAN_OPTIONS="quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
        for words in (["backup", "run", "trading"], ["backup", "verify", "trading", "--key", key],
                      ["restore", "trading", "--to", os.path.join(self.folder, "back"), "--key", key]):
            with self.subTest(words), open(os.path.join(self.folder, "said"), "w+", encoding="utf-8") as said:
                process = subprocess.Popen([steward, *words, "--config", config], stdout=said, stderr=said, env=environment)
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                said.seek(0)
                self.assertEqual(process.returncode, 0, said.read())
                self.assertLessEqual(used.ru_maxrss / 1024, most)

    def test_a_wrong_secret_is_refused_in_one_sentence(self):
        self.serve_versitygw()
        result = self.run_suite("*AnObjectThatWasPut*s3_real*", secret="mistyped")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the secret key does not belong to the access key", result.stdout)
        self.assertNotIn("mistyped", result.stdout)

    def test_a_private_authoritys_certificate_is_trusted_when_it_is_named(self):
        cert, key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        subprocess.run([tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", cert], check=True, capture_output=True)
        self.serve_versitygw("--cert", cert, "--key", key)
        pattern = "*AnObjectThatWasPut*s3_real*:*AStreamedObject*s3_real*"
        self.assert_all_pass(self.run_suite(pattern, scheme="https", STEWARD_TEST_S3_CA=cert))
        self.assertIn("its certificate is not trusted here", self.run_suite(pattern, scheme="https").stdout)

    def test_an_upload_that_was_killed_is_resumed(self):
        self.serve_versitygw()
        half = subprocess.Popen([program("objects_test"), "--gtest_filter=*UploadProcess.StreamsUntilItIsKilled*"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env=self.environment())
        with half:
            for line in half.stdout:
                if line == "written 17\n":
                    break
            half.send_signal(signal.SIGKILL)
        self.assertEqual(half.returncode, -signal.SIGKILL)
        self.assert_all_pass(self.run_suite("*UploadProcess.ResumesWhatAnotherLeft*"))

    def test_moto_holds_to_the_contract(self):
        self.serve(moto(), "-p", str(self.port))
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/steward-test", method="PUT", data=b"")
        urllib.request.urlopen(request, timeout=10).close()
        pattern = "*Conformance*s3_real*:*RealLifecycle*-" + ":".join(f"*Conformance.{name}s3_real" for name in NOT_WITH_MOTO)
        self.assert_all_pass(self.run_suite(pattern))


if __name__ == "__main__":
    main()
