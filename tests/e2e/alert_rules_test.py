"""Alarm rules as people use them: checked, exported to Prometheus, tried over a recording; and their runbooks."""
# ctest: TIMEOUT 300

import glob
import json
import os
import random
import re
import subprocess
import tempfile
import unittest

from steward_e2e import SOURCE, System, bot, main, program, tool

LIMITS = """[alert.limits]
daily_loss = 200
account_daily_loss = 500
drawdown = 150
unrealized_loss = 80
exposure = 1000
account_exposure = 3000
positions = 20
open_orders = 50
"""
SECONDS = 150

# Each is tried by us and by Prometheus over the same series.
EXPRESSIONS = [
    "gauge > 70", "gauge{k='a'} <= 20 or gauge{k!='a'} >= 90", "30 > gauge{k=~'a|b'}", "gauge{k!~'a|b'} == 50",
    "-gauge < -80", "abs(gauge - 50) * 2 > 80", "gauge - on(k) other > 30", "gauge and on(k) other > 50",
    "gauge > 50 unless on(k) other > 50", "sum(gauge) > 200", "max by(k) (gauge) - min by(k) (other) > 60",
    "avg without(k) (gauge) > 60", "count(gauge > 60) > 2", "gauge / on() group_left() single > 3",
    "rate(counter[30s]) > 4", "increase(counter[1m]) > 250", "sum(rate(counter[20s])) > 14", "delta(gauge[15s]) > 40",
    "max_over_time(gauge[10s]) < 70", "min_over_time(gauge[10s]) > 15", "avg_over_time(gauge[20s]) > 60",
    "changes(steps[30s]) > 10", "deriv(gauge[20s]) > 1", "predict_linear(gauge[20s], 30) > 120",
    "histogram_quantile(0.9, rate(h_bucket[20s])) > 1.5", "absent(gauge{k='nobody'}) and on() single > 20",
    "time() > 100 + single", "gauge > 50 and gauge < 60 or gauge{k='d'} > 97",
]


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def steward(*words, expect=0):
    done = subprocess.run([program("steward"), *words], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != expect:
        raise AssertionError(f"steward {' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def random_series(chance):
    """{series as Prometheus writes it: a value for each second}"""
    series = {}
    for k in "abcd":
        series[f'gauge{{k="{k}"}}'] = [chance.randrange(0, 101) for _ in range(SECONDS)]
        series[f'other{{k="{k}"}}'] = [chance.randrange(0, 101) for _ in range(SECONDS)]
        count, counts = 0, []
        for _ in range(SECONDS):
            count = chance.randrange(0, 5) if chance.random() < 0.03 else count + chance.randrange(0, 10)
            counts.append(count)
        series[f'counter{{k="{k}"}}'] = counts
        step, steps = 0, []
        for _ in range(SECONDS):
            step += chance.random() < 0.3
            steps.append(step)
        series[f'steps{{k="{k}"}}'] = steps
    series["single"] = [chance.randrange(10, 40) for _ in range(SECONDS)]
    buckets = {"0.5": 0, "1": 0, "2": 0, "+Inf": 0}
    for le in buckets:
        series[f'h_bucket{{le="{le}"}}'] = []
    for _ in range(SECONDS):
        value = chance.choice([0.2, 0.7, 1.5, 1.5, 3])
        for le in buckets:
            buckets[le] += float(le) >= value
            series[f'h_bucket{{le="{le}"}}'].append(buckets[le])
    return series


class RulesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_a_mistake_is_told_with_line_and_column(self):
        config = write(self.path("steward.toml"), '[[alert.rule]]\nname = "late"\nwhen = "x > 1 and raet(y[5m])"\n')
        told = steward("check", "--config", config, expect=1).stderr
        self.assertIn('steward.toml:3: [[alert.rule]] late: when, column 11: expected a function, found "raet"; '
                      'nearest known function: rate', told)

    def test_promtool_takes_what_is_exported(self):
        config = write(self.path("steward.toml"), LIMITS + """
[[alert.rule]]
name = "every-thing"
when = '''histogram_quantile(0.99, sum by(le) (rate(x_bucket{a="q\\"\\\\",b!~'c|d'}[1h30m]))) > 250ms
or predict_linear(y[6h], 4*3600) < 0'''
for = "90s"
clear_for = "0s"
severity = "info"
summary = "{bot} {{odd}} {value} {value:percent} {value:duration} {value:bytes} {value:money} \\"quoted\\""
runbook = "https://example.org/x"
labels = { team = "r: #" }
do = ["notify", "halt", "command"]
command = ["/bin/true"]
only = { hours = "22:00-06:00", weekdays = "sat,sun" }
""")
        exported = steward("alerts", "export", "--config", config)
        self.assertIn("every-thing looks at all hours in Prometheus", exported.stderr)
        rules = write(self.path("rules.yml"), exported.stdout)
        done = subprocess.run([tool("promtool"), "check", "rules", rules], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("sleeps", exported.stdout)
        self.assertRegex(done.stdout, r"SUCCESS: 54 rules found")

    def test_our_rules_fire_when_those_of_prometheus_do(self):
        chance = random.Random(4)
        series = random_series(chance)
        config = ["[alert]", "off = " + json.dumps(sorted(self.default_names())), ""]
        for number, expression in enumerate(EXPRESSIONS):
            config += ["[[alert.rule]]", f'name = "rule-{number}"', f"when = {json.dumps(expression)}",
                       f'for = "{(0, 0, 3)[number % 3]}s"', f'clear_for = "{(0, 4)[number % 2]}s"',
                       'summary = "of {k}"', ""]
        config = write(self.path("steward.toml"), "\n".join(config))
        recording = write(self.path("recording.prom"), "".join(
            f"{name} {value} {second * 1000}\n" for name, values in series.items() for second, value in enumerate(values)))
        write(self.path("rules.yml"), steward("alerts", "export", "--config", config).stdout)
        events = [json.loads(line) for line in
                  steward("alerts", "test", "--json", "--config", config, recording).stdout.splitlines()]
        firing = self.firing_by_second(events)
        checks = [{"eval_time": f"{second}s", "alertname": f"rule-{number}",
                   "exp_alerts": [{"exp_labels": {"severity": "warning", **dict(labels)},
                                   "exp_annotations": {"summary": "of " + dict(labels).get("k", "")}}
                                  for labels in firing.get((second, f"rule-{number}"), [])]}
                  for second in range(20, SECONDS, 7) for number in range(len(EXPRESSIONS))]
        test = {"rule_files": ["rules.yml"], "evaluation_interval": "1s",
                "tests": [{"interval": "1s", "alert_rule_test": checks,
                           "input_series": [{"series": name, "values": " ".join(map(str, values))}
                                            for name, values in series.items()]}]}
        write(self.path("test.yml"), json.dumps(test))
        done = subprocess.run([tool("promtool"), "test", "rules", "test.yml"], cwd=self.folder.name,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-6000:])
        fired = {event["rule"] for event in events if event["state"] == "firing"}
        self.assertGreater(len(fired), len(EXPRESSIONS) * 3 // 4, "most of them fire at some time")

    @staticmethod
    def firing_by_second(events):
        """{(second, rule): [the labels of an alarm that fires then]}"""
        spans, out = {}, {}
        for event in events:
            key = event["rule"], tuple(sorted(event["labels"].items()))
            if event["state"] == "firing":
                spans[key] = event["at"]
            elif event["state"] == "resolved" and key in spans:
                RulesTest.fill(out, key, spans.pop(key), event["at"])
        for key, since in spans.items():
            RulesTest.fill(out, key, since, SECONDS * 10**9)
        return out

    @staticmethod
    def fill(out, key, since, until):
        for second in range(since // 10**9, until // 10**9):
            out.setdefault((second, key[0]), []).append(key[1])

    @staticmethod
    def default_names():
        with open(os.path.join(SOURCE, "src/alerts/defaults.toml"), encoding="utf-8") as file:
            return re.findall(r'^name = "(.*)"$', file.read(), re.MULTILINE)

    def test_a_backup_that_is_late_is_told_but_not_while_it_runs_for_half_a_day(self):
        """An hour late: one that does not run is told, one that does is not, until it has run for 12 hours."""
        lines = []
        for minute in range(0, 13 * 60):
            for name, running in (("idle", 0), ("busy", 1), ("well", 0)):
                late = 0 if name == "well" else minute * 60
                lines.append(f'steward_backup_overdue_seconds{{backup="{name}"}} {late} {minute * 60000}\n')
                lines.append(f'steward_backup_running{{backup="{name}",what="run"}} {running} {minute * 60000}\n')
        config = write(self.path("steward.toml"), LIMITS)
        recording = write(self.path("recording.prom"), "".join(lines))
        events = [json.loads(line) for line in
                  steward("alerts", "test", "--json", "--config", config, recording).stdout.splitlines()]
        fired = {event["labels"]["backup"]: event["at"] // (60 * 10**9) for event in events
                 if event["rule"] == "backup-overdue" and event["state"] == "firing"}
        self.assertEqual(set(fired), {"idle", "busy"})
        self.assertIn(fired["idle"] - 60, range(5, 8))
        self.assertIn(fired["busy"] - 720, range(5, 8))

    def test_a_recording_that_is_none_is_told_with_its_line(self):
        bad = write(self.path("bad.prom"), "x 1 1000\nx{ 2\n")
        self.assertIn("bad.prom is no recording: line 2: ", steward("alerts", "test", bad, expect=1).stderr)
        bare = write(self.path("bare.prom"), "x 1\n")
        self.assertIn("x has no timestamp", steward("alerts", "test", bare, expect=1).stderr)


class RunbooksTest(unittest.TestCase):
    """Every command of every runbook, against a Steward that runs a bot "racing"."""

    def test_the_commands_of_all_runbooks_work(self):
        sleeper = bot("racing", ["sleep", "1000"], gate=True)
        with System(sleeper) as system:
            system.extra = (f'[objects]\nurl = "file://{system.folder}/backups"\n'
                            f'[[backup]]\nname = "config"\nsource = "{system.config}"\n')
            system.write_config(sleeper)
            system.up()
            system.wait_state("racing", "ready")
            wrapper = write(os.path.join(system.folder, "steward"),
                            f'#!/bin/sh\nexec {program("steward")} "$@" --config {system.config}\n')
            os.chmod(wrapper, 0o755)
            runbooks = sorted(glob.glob(os.path.join(SOURCE, "docs/runbooks/*.md")))
            self.assertGreater(len(runbooks), 40)
            for path in runbooks:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                commands = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
                self.assertTrue(commands, path)
                with self.subTest(os.path.basename(path)):
                    self.run_commands(commands.replace("http://127.0.0.1:8000", system.metrics_url), system.folder)

    def run_commands(self, commands, folder):
        # That nothing is found is an answer too: a metric may not be there at present.
        search = 'grep() { command grep "$@" || [ $? -eq 1 ]; }\n'
        done = subprocess.run([tool("bash"), "-euc", search + commands], capture_output=True, text=True, timeout=120,
                              cwd=folder, env={**os.environ, "PATH": folder + os.pathsep + os.environ["PATH"]},
                              check=False)
        self.assertEqual(done.returncode, 0, commands + done.stdout[-1000:] + done.stderr[-2000:])


if __name__ == "__main__":
    main()
