"""The conformance suite of the object stores (src/objects/conformance_test.cpp) against real S3 servers: versitygw, which
verifies every signature and checksum, and moto."""

import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from steward_e2e import free_port, main, program, skip, wait

ACCESS = "steward-test"
SECRET = "a-secret-of-the-tests"


def find(name, places):
    """The path of a program that ./dev setup does not install; skipped when it is nowhere."""
    path = shutil.which(name) or next((p for p in map(os.path.expanduser, places) if os.access(p, os.X_OK)), None)
    if not path:
        skip(f"{name} is not installed")
    return path


def answers(port):
    """Whether a server answers HTTP there, whatever it says."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Objects(unittest.TestCase):
    """One server, one bucket, the whole suite."""

    def serve(self, port, command, **environment):
        folder = tempfile.mkdtemp(prefix="steward-s3-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "data", "steward-test"))
        with open(os.path.join(folder, "log"), "wb") as log:
            server = subprocess.Popen(
                [part.format(folder=folder) for part in command],
                stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment})
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait(lambda: answers(port), what="the S3 server's first answer")

    def run_suite(self, port, secret=SECRET, pattern="*Conformance*s3_real*"):
        return subprocess.run(
            [program("objects_test"), f"--gtest_filter={pattern}"],
            capture_output=True, text=True, timeout=240, check=False,
            env={**os.environ, "STEWARD_TEST_S3": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": ACCESS,
                 "AWS_SECRET_ACCESS_KEY": secret, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1"})

    def assert_all_pass(self, result):
        report = result.stdout[-6000:] + result.stderr[-6000:]
        self.assertEqual(result.returncode, 0, report)
        self.assertIn("[  PASSED  ]", report)
        self.assertNotIn("[  SKIPPED ]", report)

    def versitygw(self):
        port = free_port()
        self.serve(port, [find("versitygw", ["~/go/bin/versitygw", "/tmp/gobin/versitygw"]), "--port", f"127.0.0.1:{port}",
                          "--access", ACCESS, "--secret", SECRET, "posix", "{folder}/data"])
        return port

    def test_a_server_that_verifies_signatures_holds_to_the_contract(self):
        self.assert_all_pass(self.run_suite(self.versitygw()))

    def test_a_wrong_secret_is_refused_in_one_sentence(self):
        result = self.run_suite(self.versitygw(), secret="wrong", pattern="*AnObjectThatWasPut*s3_real*")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the secret key does not belong to the access key", result.stdout)
        self.assertNotIn("wrong", result.stdout.replace("the region is wrong", ""))

    def test_moto_holds_to_the_contract(self):
        port = free_port()
        self.serve(port, [find("moto_server", ["build/venv/bin/moto_server"]), "-p", str(port)])
        request = urllib.request.Request(f"http://127.0.0.1:{port}/steward-test", method="PUT", data=b"")
        urllib.request.urlopen(request, timeout=10).close()
        self.assert_all_pass(self.run_suite(port))


if __name__ == "__main__":
    main()
