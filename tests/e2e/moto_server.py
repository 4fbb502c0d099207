"""moto's S3 for tests. As a program of build/venv's Python it is moto's server, whose S3 keeps a bucket's
lifecycle rules as Amazon's does: size filters too, which moto 5.2 drops, in another order than they came, with the
header for the minimum size. The first answers after a change show the former rules, as many as MOTO_LATE says."""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from steward_e2e import free_port, venv_python, wait
from objects_test import answers

SIZE_HEADER = "x-amz-transition-default-minimum-object-size"


class Moto:
    """A server that runs until stop()."""

    def __init__(self, as_amazon=True, late=0):
        self.python, self.port = venv_python("moto"), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="steward-moto-")
        self.environment = {**os.environ, "AWS_ACCESS_KEY_ID": "steward-test", "AWS_SECRET_ACCESS_KEY": "a-secret",
                            "AWS_EC2_METADATA_DISABLED": "true", "MOTO_LATE": str(late)}
        module = [os.path.abspath(__file__)] if as_amazon else ["-m", "moto.server"]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen([self.python, *module, "-p", str(self.port)], stdout=log, stderr=log,
                                            cwd=self.folder, env=self.environment)
        wait(lambda: answers(self.port), what="moto's first answer")

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_bucket(self, name):
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT", data=b""), timeout=10).close()

    def boto(self, code):
        """What `code` prints, in which s3 is boto3's client of the server."""
        begin = ("import boto3, json\n"
                 f"s3 = boto3.client('s3', endpoint_url='{self.url}', region_name='us-east-1')\n")
        done = subprocess.run([self.python, "-c", begin + code], capture_output=True, text=True, timeout=60, check=False,
                              env=self.environment)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout


def keep_rules_as_amazon():
    import copy  # pylint: disable=import-outside-toplevel

    import xmltodict  # pylint: disable=import-outside-toplevel,import-error
    from flask import request  # pylint: disable=import-outside-toplevel,import-error
    from moto.s3.models import S3Backend  # pylint: disable=import-outside-toplevel,import-error
    from moto.s3.responses import S3Response  # pylint: disable=import-outside-toplevel,import-error

    put, read = S3Backend.put_bucket_lifecycle, S3Response.get_bucket_lifecycle

    def put_rules(self, bucket_name, rules):
        kept, bucket = copy.deepcopy(rules), self.get_bucket(bucket_name)
        bucket.former, bucket.late = bucket.rules and bucket.kept, int(os.environ["MOTO_LATE"])
        put(self, bucket_name, rules)
        bucket.kept = kept[::-1], request.headers.get(SIZE_HEADER, "all_storage_classes_128K")

    def read_rules(self):
        read(self)  # 404 without any
        bucket = self.backend.get_bucket(self.bucket_name)
        kept = bucket.kept
        if bucket.late > 0 and bucket.former:
            bucket.late, kept = bucket.late - 1, bucket.former
        rules, size = kept
        root = {"LifecycleConfiguration": {"@xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": rules}}
        return 200, {SIZE_HEADER: size, "Content-Type": "application/xml"}, xmltodict.unparse(root)

    S3Backend.put_bucket_lifecycle, S3Response.get_bucket_lifecycle = put_rules, read_rules


if __name__ == "__main__":
    keep_rules_as_amazon()
    from moto.server import main as serve_moto

    serve_moto(sys.argv[1:])
