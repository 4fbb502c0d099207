"""Backups on their schedule: the agent runs them, catches up, tries again, tells, and may die meanwhile."""

import json
import os
import shutil
import time
import unittest

from steward_e2e import System, alive, kill, main, wait


class BackupScheduleTest(unittest.TestCase):
    def system(self, more="", every="6h"):
        system = System()
        self.addCleanup(shutil.rmtree, system.folder, ignore_errors=True)
        self.data = os.path.join(system.folder, "data")
        self.store = os.path.join(system.folder, "store")
        os.makedirs(self.data)
        self.write("main.toml", b"stake = 2\n")
        self.job = f'[[backup]]\nname = "trading"\nsource = "{self.data}"\nevery = "{every}"\n'
        self.configure(system, self.job + more)
        return system

    def configure(self, system, jobs):
        system.extra = f'[objects]\nurl = "file://{self.store}"\n{jobs}'
        system.write_config("")

    def write(self, name, content):
        with open(os.path.join(self.data, name), "wb") as file:
            file.write(content)

    @staticmethod
    def view(system, name="trading"):
        return next((one for one in (system.status()["backups"] or []) if one["name"] == name), None)

    def wait_view(self, system, condition, what, name="trading", seconds=30):
        return wait(lambda: (view := self.view(system, name)) and condition(view) and view, seconds,
                    lambda: f"{what}: {self.view(system, name)}")

    def facts_path(self, system):
        return os.path.join(system.state, "backup", "trading.json")

    def facts(self, system):
        with open(self.facts_path(system), encoding="utf-8") as file:
            return json.load(file)

    def change_facts(self, system, change):
        """As if it had been long ago, or the clock had been another."""
        facts = self.facts(system)
        change(facts)
        path = self.facts_path(system)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(facts, file)
        os.rename(path + ".new", path)

    @staticmethod
    def backups_in(store):
        folder = os.path.join(store, "trading")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def test_a_new_job_runs_at_once_and_everybody_can_see_how_it_stands(self):
        with self.system() as system:
            before = json.loads(system.run("backup", "status", "--json").stdout)["backups"][0]
            self.assertEqual((before["newest"], before["sources"][0]["exposure_ns"]), (None, None))
            system.up()
            view = self.wait_view(system, lambda v: v["newest"] and not v["running"], "the first backup")
            self.assertEqual((view["failures"], view["overdue_ns"], view["newest"]["files"]), (0, 0, 1))
            self.assertEqual(view["next"] % (6 * 3600 * 10**9), 0)
            self.assertEqual(self.backups_in(self.store), [view["newest"]["backup"]])
            self.assertEqual(system.metric("steward_backup_size_bytes", backup="trading"), 10)
            self.assertEqual(system.metric("steward_backup_running", backup="trading"), 0)
            self.assertIsNone(system.metric("steward_backup_proved_age_seconds"))
            api = system.get_json("/api/v1/backups")["backups"][0]
            self.assertEqual(api["newest"]["backup"], view["newest"]["backup"])
            self.assertRegex(api["next"], r"^20\d\d-.*Z$")
            self.assertIn("BACKUP", system.run("status").stdout)
            text = system.run("backup", "status").stdout
            self.assertRegex(text, r"next backup +\S.*Z\)")
            self.assertIn(f"{self.data}: nothing", text)
            self.write("more", b"12345")
            source = json.loads(system.run("backup", "status", "trading", "--json").stdout)["backups"][0]["sources"][0]
            self.assertEqual((source["source"], source["exposure_bytes"]), (self.data, 5))
            self.assertGreater(source["exposure_ns"], 0)
            self.the_jobs_of_a_reload_are_taken_at_once(system)
            self.a_missed_run_is_caught_up_once(system, view["newest"]["backup"])

    def the_jobs_of_a_reload_are_taken_at_once(self, system):
        self.configure(system, self.job + self.job.replace('"trading"', '"second"', 1))
        system.run("reload")
        self.wait_view(system, lambda v: v["newest"], "the new job's backup", "second")
        self.configure(system, self.job)
        system.run("reload")
        wait(lambda: self.view(system, "second") is None, 10, "the job to be gone")
        self.assertIsNone(system.metric("steward_backup_age_seconds", backup="second"))
        self.assertIsNotNone(system.metric("steward_backup_age_seconds", backup="trading"))

    def a_missed_run_is_caught_up_once(self, system, first):
        def days_ago(facts):
            for moment in (facts["made"], facts["run"]):
                moment["started"] -= 3 * 86400 * 10**9
                moment["finished"] -= 3 * 86400 * 10**9
        self.change_facts(system, days_ago)
        view = self.wait_view(system, lambda v: v["newest"]["backup"] != first and not v["running"], "a second backup")
        self.assertEqual((view["overdue_ns"], len(self.backups_in(self.store))), (0, 2))

    def test_a_store_that_fails_is_told_and_tried_again_until_it_is_back(self):
        with self.system() as system:
            with open(self.store, "w", encoding="utf-8") as file:
                file.write("a file in the way")
            system.up()
            for failures in (1, 2, 3):
                self.wait_view(system, lambda v, f=failures: v["failures"] >= f and not v["running"], "a failure")
                if failures < 3:
                    self.change_facts(system, minutes_pass)
            view = self.view(system)
            self.assertIsNone(view["newest"])
            self.assertIn("store", view["last"]["error"])
            self.assertGreater(view["next"], view["last"]["finished"] + 200 * 10**9, "after the back-off")
            self.assertEqual(system.metric("steward_backup_failures_in_a_row", backup="trading"), 3)
            self.assertIsNone(system.metric("steward_backup_age_seconds"))
            wait(lambda: "backup-failed" in firing(system), 20, "the alarm")
            self.assertIn("trading: ", system.run("status").stdout)
            os.remove(self.store)
            self.change_facts(system, minutes_pass)
            view = self.wait_view(system, lambda v: v["newest"] and not v["running"], "a success")
            self.assertEqual((view["failures"], view["last"]["error"]), (0, None))
            wait(lambda: "backup-failed" not in firing(system), 20, "the alarm to be over")

    def test_an_agent_that_is_killed_leaves_the_backup_alone_and_its_successor_waits_for_it(self):
        with self.system() as system:
            for number in range(12):
                self.write(f"noise{number}", os.urandom(1 << 20))
            self.job += 'bandwidth = "3MiB"\n'
            self.configure(system, self.job + self.job.replace('"trading"', '"second"', 1))
            system.up()
            self.wait_view(system, lambda v: v["running"], "the backup to run")
            runner = wait(lambda: system.pid_of("backup", "run"), 10, "its process")
            agent = system.agent_pid()
            kill(agent)
            wait(lambda: system.agent_pid() not in (None, agent), 30, "another agent")
            self.wait_view(system, lambda v: v["running"], "the successor to see it running")
            self.assertTrue(alive(runner))
            self.assertIsNone(self.view(system, "second")["newest"], "one at a time")
            view = self.wait_view(system, lambda v: v["newest"] and not v["running"], "the same backup's end")
            self.assertEqual((view["failures"], len(self.backups_in(self.store))), (0, 1))
            self.wait_view(system, lambda v: v["running"], "the other's turn", "second")
            kill(wait(lambda: system.pid_of("backup", "run"), 10, "its process"))
            view = self.wait_view(system, lambda v: not v["running"] and v["failures"] == 1, "the failure", "second")
            # The second as soon as the agent has reaped it.
            self.assertRegex(view["last"]["error"], "cut short|killed by SIGKILL")
            self.assertGreater(view["next"], time.time_ns(), "after a back-off")


    def test_what_the_last_job_left_goes_with_it(self):
        with self.system() as system:
            system.up()
            self.wait_view(system, lambda v: v["newest"] and not v["running"], "the first backup")
            left = os.path.join(system.state, "backup", "drill-trading")
            os.makedirs(os.path.join(left, "home"))
            system.write_config("")
            system.run("reload")
            self.assertTrue(os.path.isdir(left), "it is the job's")
            system.extra = ""
            system.write_config("")
            system.run("reload")
            wait(lambda: not os.path.exists(left), 20, "the killed drill's folder to go")
            self.assertEqual(len(self.backups_in(self.store)), 1, "what is in the store stays")


def minutes_pass(facts):
    """An hour since the newest attempt."""
    facts["run"]["started"] -= 3600 * 10**9
    facts["run"]["finished"] -= 3600 * 10**9


def firing(system):
    alarms = system.get_json("/api/v1/alerts?state=firing")
    return [alarm["rule"] for alarm in alarms["alarms"]] if alarms else []


if __name__ == "__main__":
    main()
