"""`steward backup lifecycle`: the bill, rules that come and go while others stay, and what is refused. Against moto, whose
rules boto3 reads, too."""

import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import uuid

from docs_test import blocks
from moto_server import Moto
from steward_e2e import main, program

FOREIGN = [
    {"ID": "logs", "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "<b> & c"}],
                                      "ObjectSizeLessThan": 5000}},
     "Status": "Enabled", "Expiration": {"Days": 60}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}},
    {"ID": "steward-other-0123456789abcdef", "Filter": {"Prefix": "host-b/other/"}, "Status": "Disabled",
     "Transitions": [{"Days": 5, "StorageClass": "DEEP_ARCHIVE"}]},
]
class LifecycleTest(unittest.TestCase):
    """One server, a bucket for each test."""

    @classmethod
    def setUpClass(cls):
        cls.moto = Moto(late=1)
        cls.addClassCleanup(cls.moto.stop)

    def setUp(self):
        self.use_bucket(self.moto)
        self.folder = tempfile.mkdtemp(prefix="steward-lifecycle-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.jobs = {"big": 'every = "6h"', "brief": 'every = "6h"\nkeep = { last = 4 }'}
        self.region = "eu-west-1"
        self.more = ""
        os.makedirs(self.path("data"))
        with open(self.path("data/model.bin"), "wb") as file:
            file.write(os.urandom(3_000_000))

    def path(self, name):
        return os.path.join(self.folder, name)

    def steward(self, *words, expect=0, url=None, endpoint=None, environment=None):
        """Standard output, or on a failure standard error."""
        url = url or f"s3://{self.bucket}/host-a"
        with open(self.path("steward.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("state")}"\n[objects]\nurl = "{url}"\nhost = "trader-1"\n'
                       f'endpoint = "{endpoint or self.moto.url}"\nregion = "{self.region}"\n{self.more}\n')
            for name, lines in self.jobs.items():
                file.write(f'[[backup]]\nname = "{name}"\nsource = "{self.path("data")}"\n{lines}\n')
        done = subprocess.run([program("steward"), "backup", *words, "--config", self.path("steward.toml")],
                              capture_output=True, text=True, timeout=120, check=False,
                              env=environment or self.moto.environment)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout if expect == 0 else done.stderr

    def plan(self, *words, action="plan"):
        return json.loads(self.steward("lifecycle", action, "--json", *words))

    def use_bucket(self, moto):
        self.moto = moto
        self.bucket = "a" + uuid.uuid4().hex
        moto.make_bucket(self.bucket)

    def set_rules(self, rules, more=""):
        self.moto.boto(f"s3.put_bucket_lifecycle_configuration(Bucket='{self.bucket}', LifecycleConfiguration={{'Rules': "
                       f"{rules!r}}}{more})")

    def set_foreign(self):
        self.set_rules(FOREIGN, ", TransitionDefaultMinimumObjectSize='varies_by_storage_class'")

    def rules(self):
        """{id: rule} as boto3 sees them; {} when there are none."""
        text = self.moto.boto(
            f"try:\n  found = s3.get_bucket_lifecycle_configuration(Bucket='{self.bucket}')\n"
            "  print(json.dumps([found['Rules'], found.get('TransitionDefaultMinimumObjectSize')]))\n"
            "except s3.exceptions.ClientError as error:\n"
            "  assert error.response['Error']['Code'] == 'NoSuchLifecycleConfiguration', error\n  print('[[], null]')\n")
        rules, self.minimum_size = json.loads(text)
        return {rule["ID"]: rule for rule in rules}

    def own(self, job=None):
        foreign = {rule["ID"] for rule in FOREIGN}
        prefix = f"steward-{job}-" if job else "steward-"
        return {name: rule for name, rule in self.rules().items() if name not in foreign and name.startswith(prefix)}

    def test_rules_come_stay_change_and_go_and_others_are_not_touched(self):
        self.set_foreign()
        foreign = self.rules()
        self.steward("run")
        planned = self.plan()
        self.assertEqual(self.rules(), foreign, "a plan changes nothing")
        big, brief = planned["backups"]
        self.assertEqual(big["rule"], {"ia_days": 30, "glacier_days": 0, "larger_than": 131072})
        self.assertLess(big["after"]["total"], big["before"]["total"])
        self.assertIn("build upon older ones", big["reasons"][-1])
        self.assertIsNone(brief["rule"])
        self.assertIn("removed after at most 8 days, before 30 days", brief["reasons"][-1])
        self.assertEqual(self.steward("lifecycle", "plan").count("\nadd "), 3)

        self.assertIn("the rules are set, and were read back", self.steward("lifecycle", "apply"))
        rules = self.rules()
        self.assertEqual({name: rules[name] for name in foreign}, foreign)
        self.assertEqual(self.minimum_size, "varies_by_storage_class")
        mine = self.own("big")
        self.assertEqual(sorted(mine), sorted(change["id"] for change in planned["changes"] if change["backup"] == "big"))
        move, uploads = (mine[name] for name in sorted(mine))
        self.assertEqual(move["Filter"], {"And": {"Prefix": "host-a/big/", "ObjectSizeGreaterThan": 131072}})
        self.assertEqual(move["Transitions"], [{"Days": 30, "StorageClass": "STANDARD_IA"}])
        self.assertEqual(uploads["AbortIncompleteMultipartUpload"], {"DaysAfterInitiation": 7})
        self.assertNotIn("Transitions", uploads)

        again = self.plan(action="apply")
        self.assertFalse(again["applied"])
        self.assertEqual({change["change"] for change in again["changes"]}, {"keep"})
        self.assertEqual(again["before"], again["after"])
        shown = json.loads(self.steward("lifecycle", "show", "--json"))
        self.assertEqual({rule["backup"] for rule in shown["rules"]}, {"big", "brief", None})

        self.jobs["big"] += "\nlifecycle = { ia = 45, glacier = 0 }"
        self.steward("lifecycle", "apply")
        self.assertEqual([rule["Transitions"][0]["Days"] for rule in self.own("big").values() if "Transitions" in rule], [45])
        self.jobs["brief"] += "\nlifecycle = false"
        del self.jobs["big"]
        self.assertIn("is not in the configuration any more", self.steward("lifecycle", "plan"))
        self.steward("lifecycle", "apply")
        self.assertEqual(self.rules(), foreign)
        self.assertEqual(self.minimum_size, "varies_by_storage_class")

    def test_the_last_rule_goes_too_and_another_hosts_stay(self):
        self.steward("run", "big")
        self.steward("lifecycle", "apply")
        self.assertEqual(len(self.rules()), 3)
        jobs = self.jobs
        self.jobs = {"brief": jobs["brief"] + "\nlifecycle = false"}
        text = self.steward("lifecycle", "apply")
        self.assertIn("remove", text)
        self.assertEqual(self.rules(), {})
        self.jobs = jobs
        self.steward("lifecycle", "apply", "big")
        # Nor are those of the last job left behind.
        self.jobs = {}
        plan = json.loads(self.steward("lifecycle", "plan", "--json"))
        self.assertEqual([change["change"] for change in plan["changes"]], ["remove", "remove"])
        self.assertIn("is not in the configuration any more", self.steward("lifecycle", "plan"))
        self.steward("lifecycle", "apply")
        self.assertEqual(self.rules(), {})
        self.jobs = jobs
        self.steward("lifecycle", "apply", "big")
        self.assertEqual(len(self.own("big")), 2)
        # What trader-1 has there is not trader-2's to decide.
        with open(self.path("other.toml"), "w", encoding="utf-8") as file:
            file.write(f'[steward]\nstate = "{self.path("other")}"\n[objects]\nurl = "s3://{self.bucket}/host-a"\n'
                       f'endpoint = "{self.moto.url}"\nhost = "trader-2"\n[[backup]]\nname = "other"\nsource = "/x"\n')
        done = subprocess.run([program("steward"), "backup", "lifecycle", "apply", "--config", self.path("other.toml")],
                              capture_output=True, text=True, timeout=60, check=False, env=self.moto.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("another host has backups there", done.stdout)
        self.assertEqual(len(self.own("big")), 2)

    def test_what_does_not_pay_is_refused_unless_it_is_forced(self):
        self.jobs = {"brief": 'every = "1d"\nkeep = { last = 33 }'}
        self.steward("run")
        text = self.steward("lifecycle", "apply")
        self.assertIn("no rule: STANDARD_IA would cost $", text)
        self.assertFalse([rule for rule in self.own().values() if "Transitions" in rule])
        forced = self.plan("brief", "--force", action="apply")
        self.assertTrue(forced["applied"])
        self.assertGreater(forced["after"]["total"], forced["before"]["total"])
        self.assertIn("forced into GLACIER", forced["backups"][0]["reasons"][-1])
        self.assertEqual([step["StorageClass"] for rule in self.own().values() for step in rule.get("Transitions", [])],
                         ["STANDARD_IA", "GLACIER"])
        self.steward("lifecycle", "apply")
        self.assertFalse([rule for rule in self.own().values() if "Transitions" in rule])

    def test_a_store_that_loses_the_size_filter_gets_its_former_rules_back(self):
        moto = Moto(as_amazon=False)
        self.addCleanup(moto.stop)
        self.use_bucket(moto)
        self.steward("run", "big")
        self.set_rules(FOREIGN[1:])
        before = self.rules()
        error = self.steward("lifecycle", "apply", expect=1)
        self.assertIn("keeps other rules than it was given; the former rules are put back", error)
        self.assertIn('ObjectSizeGreaterThan="131072"', error)
        self.assertEqual(self.rules(), before)

    def test_foreign_rules_that_endanger_backups_are_named(self):
        self.set_rules([{"ID": "clean-up", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 60}},
                        {"ID": "freeze", "Filter": {"Prefix": "host-a/brief/"}, "Status": "Enabled",
                         "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]}])
        for action in ("plan", "show"):
            text = self.steward("lifecycle", action)
            self.assertIn('warning: the rule "clean-up" on "", which is not Steward\'s, is for objects of the backups big, '
                          "brief too: it deletes them after 60 days", text)
            self.assertIn('"freeze"', text)
            self.assertIn("restores wait 3 to 5 hours", text)

    def test_prices_are_the_regions_or_the_users(self):
        self.region = "mars-1"
        self.steward("run", "big")
        self.assertIn("the bucket is in mars-1, whose prices Steward does not know",
                      self.steward("lifecycle", "plan", expect=1))
        prices = next(text for text in blocks("docs/configuration.md", "") if "[STANDARD_IA]" in text)
        with open(self.path("prices.toml"), "w", encoding="utf-8") as file:
            file.write(prices.replace('"0.023"', '"0.05"'))
        self.more = 'prices = "prices.toml"'
        planned = self.plan()
        self.assertEqual(planned["prices_date"], "2026-11-25")
        self.assertGreater(planned["before"]["total"], 3_000_000 / 2**30 * 0.05 * 12, "at least the one that is there")
        with open(self.path("prices.toml"), "a", encoding="utf-8") as file:
            file.write('[DEEP_ARCHIVE]\nstorage = "0.001"\n')
        self.assertIn("prices.toml:", self.steward("lifecycle", "plan", expect=1))

    def test_the_guides_commands_do_what_it_says(self):
        self.steward("run", "big")
        lines = [line for block in blocks("docs/backups.md", "sh") for line in block.splitlines()
                 if line.startswith("steward backup lifecycle")]
        said = {action: self.steward("lifecycle", action) for action in (line.split()[3] for line in lines)}
        self.assertEqual(list(said), ["plan", "apply", "show"])
        self.assertRegex(said["plan"], r"BACKUP +STORED +BEFORE +AFTER +RULE\n")
        self.assertTrue(said["apply"].endswith("the rules are set, and were read back\n"))
        self.assertIn("STANDARD_IA after 30 days, objects larger than 128 KiB", said["show"])

    def test_what_cannot_be_is_said_in_one_sentence(self):
        url = f"file://{self.path('store')}"
        self.assertRegex(self.steward("lifecycle", "plan", url=url, expect=1), r"^steward: \S+ has no lifecycle rules: .*\n$")
        self.assertIn("NoSuchBucket", self.steward("lifecycle", "show", url="s3://missing-bucket", expect=1))
        self.steward("lifecycle", "nonsense", expect=2)

    def test_a_permission_that_is_missing_is_named(self):
        self.jobs = {"brief": ""}
        refuse = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body):
                body = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):  # pylint: disable=invalid-name
                if "lifecycle" not in self.path:
                    return self.answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
                if "GET" in refuse:
                    return self.answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
                return self.answer(404, "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>")

            def do_PUT(self):  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        self.assertIn("s3:PutLifecycleConfiguration", self.steward("lifecycle", "apply", endpoint=endpoint, expect=1))
        refuse.add("GET")
        error = self.steward("lifecycle", "plan", endpoint=endpoint, expect=1)
        self.assertIn("the permission for it is s3:GetLifecycleConfiguration", error)
        self.assertEqual(error.count("\n"), 1)


if __name__ == "__main__":
    main()
