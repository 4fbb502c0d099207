"""Start, restart, stop, order, readiness, watchdog, gate: the binary as its users drive it."""
import os
import signal
import subprocess
import unittest

from keeper_harness import FOREVER, KEEPER, SECOND, Keeper, alive, notify_bot, sh, wait_for


class Life(unittest.TestCase):
    def keeper(self, bots, **options):
        keeper = Keeper(bots)
        self.addCleanup(keeper.close)
        return keeper.start(**options)

    def test_killed_bot_is_started_again_and_its_death_told(self):
        k = self.keeper([sh("a", FOREVER)])
        old = k.wait_state("a", "ready")
        os.kill(int(old["pid"]), signal.SIGKILL)
        k.wait_new_pid("a", int(old["pid"]))
        [exited] = k.wait_event("bot.exited", bot="a")
        self.assertEqual((exited["run"], exited["signal"], exited["oom"]), (old["run"], 9, False))
        self.assertEqual(k.bot("a")["restarts"], "1")
        self.assertEqual([e["restarts"] for e in k.events("bot.started")], [0, 1])

    def test_double_fork_and_setsid_do_not_escape(self):
        stray = "(setsid sh -c 'trap \"\" TERM HUP; echo stray=$$; exec sleep 7777' &) ; "
        k = self.keeper([sh("a", stray + FOREVER)])
        k.wait_state("a", "ready")
        pid = int(wait_for(lambda: k.log_text("a").split("stray=")[1:], "the stray to speak")[0].split()[0])
        self.assertTrue(alive(pid))
        k.ask("stop", "a")
        k.wait_state("a", "stopped")
        self.assertFalse(alive(pid))
        [exited] = k.events("bot.exited", bot="a")
        self.assertGreaterEqual(exited["strays"], 1)
        k.ask("start", "a")  # the group in which cgroup.kill was used must not kill what is born into it next
        k.wait_state("a", "ready")
        self.assertEqual(len(k.events("bot.exited", bot="a")), 1)

    def test_stop_asks_then_kills_after_stop_timeout(self):
        k = self.keeper([sh("a", "trap '' TERM; echo up; " + FOREVER, stop_timeout=SECOND // 5),
                         sh("b", "trap 'echo bye; exit 0' TERM; echo up; " + FOREVER)])
        for name in "ab":
            wait_for(lambda: "up" in k.log_text(name), name + " to be up")
        run = k.bot("b")["run"]
        k.ask("stop", "a")
        k.ask("stop", "b")
        k.wait_state("a", "stopped")
        k.wait_state("b", "stopped")
        self.assertEqual(k.events("bot.exited", bot="a")[0]["signal"], 9)
        self.assertEqual(k.events("bot.exited", bot="b")[0]["exit_code"], 0)
        self.assertIn("bye", k.log_text("b", run))

    def test_stopped_stays_stopped_through_a_new_keeper_until_start(self):
        k = self.keeper([sh("a", FOREVER)])
        k.wait_state("a", "ready")
        k.ask("stop", "a")
        k.wait_state("a", "stopped")
        self.assertEqual(k.stop(), 0)
        k.start()
        self.assertEqual(k.bot("a")["state"], "stopped")
        k.ask("start", "a")
        k.wait_state("a", "ready")

    def test_after_starts_in_order_and_shutdown_stops_in_reverse_agent_last(self):
        bye = "trap 'exit 0' TERM; " + FOREVER
        k = self.keeper([sh("c", bye, after="b"), sh("b", bye, after="a"), sh("a", bye),
                         sh("agent", bye, role="agent")])
        k.wait_state("c", "ready")
        started = [e["bot"] for e in k.events("bot.started")]
        self.assertEqual(started[0], "agent")
        self.assertEqual([b for b in started if b != "agent"], ["a", "b", "c"])
        self.assertEqual(k.stop(), 0)
        self.assertEqual([e["bot"] for e in k.events("bot.exited")], ["c", "b", "a", "agent"])
        self.assertFalse((k.state / "keeper.sock").exists())

    def test_stop_all_spares_the_agent(self):
        k = self.keeper([sh("agent", FOREVER, role="agent"), sh("a", FOREVER), sh("b", FOREVER, after="a")])
        k.wait_state("b", "ready")
        agent = k.pid("agent")
        k.ask("stop-all")
        k.wait_state("a", "stopped")
        self.assertEqual([e["bot"] for e in k.events("bot.exited")], ["b", "a"])
        self.assertEqual(k.pid("agent"), agent)
        with self.assertRaisesRegex(RuntimeError, "agent"):
            k.ask("stop", "agent")

    def test_restart_setting_never_and_on_failure(self):
        k = self.keeper([sh("n", "exit 3", restart="never"), sh("f0", "exit 0", restart="on-failure"),
                         sh("f1", "exit 1", restart="on-failure")])
        k.wait_state("n", "stopped")
        k.wait_state("f0", "stopped")
        wait_for(lambda: len(k.events("bot.exited", bot="f1")) >= 3, "three failures")
        self.assertEqual(len(k.events("bot.exited", bot="n")), 1)
        self.assertEqual(len(k.events("bot.exited", bot="f0")), 1)
        self.assertIn("exited with code 3", k.bot("n")["reason"])

    def test_spent_budget_is_struggling_and_still_tried(self):
        k = self.keeper([sh("a", "exit 1", budget=(2, 600 * SECOND), restart_delay_max=SECOND // 2)])
        k.wait_state("a", "struggling")
        count = len(k.events("bot.exited"))
        wait_for(lambda: len(k.events("bot.exited")) > count + 1, "further tries")

    def test_program_that_is_not_there_backs_off_and_says_why(self):
        k = self.keeper([{"bot": "a", "arg": ["no-such-program"]}, sh("b", "true", working_dir="/no/such/folder")])
        self.assertIn("no-such-program: exec: No such file", k.wait_state("a", "backing-off")["reason"])
        self.assertIn("/no/such/folder", k.wait_state("b", "backing-off")["reason"])
        self.assertEqual(k.events("bot.started"), [])

    def test_ready_word_is_awaited_and_start_timeout_restarts(self):
        k = self.keeper([notify_bot("late", "time.sleep(1000)", start_timeout=SECOND),
                         notify_bot("good", "notify('STATUS=warm\\nREADY=1')\ntime.sleep(1000)", start_timeout=20 * SECOND),
                         sh("next", FOREVER, after="good")])
        self.assertEqual(k.wait_state("good", "ready")["status"], "warm")
        k.wait_state("next", "ready")
        [exited, *_] = k.wait_event("bot.exited", bot="late")
        self.assertIn("did not say READY=1 within 1 s", exited["reason"])
        self.assertEqual(k.events("bot.ready", bot="late"), [])

    def test_missed_watchdog_aborts_and_restarts(self):
        pat = "notify('READY=1\\nWATCHDOG=1')\nprint('up', flush=True)\ntime.sleep(1000)"
        k = self.keeper([notify_bot("a", pat, watchdog=SECOND)])
        [exited, *_] = k.wait_event("bot.exited", bot="a")
        self.assertEqual(exited["signal"], signal.SIGABRT)
        self.assertIn("missed its watchdog of 1 s", exited["reason"])
        self.assertIs(exited["watchdog"], True)
        self.assertTrue(k.events("bot.state", bot="a", state="unready"))
        wait_for(lambda: len(k.events("bot.started", bot="a")) >= 2, "the next start")

    def test_watchdog_is_not_armed_before_the_first_pat(self):
        k = self.keeper([notify_bot("a", "notify('READY=1')\ntime.sleep(1000)", watchdog=SECOND // 10),
                         notify_bot("b", "notify('WATCHDOG=1')\ntime.sleep(1000)", watchdog=SECOND)])
        k.wait_event("bot.exited", bot="b")
        self.assertEqual(k.events("bot.exited", bot="a"), [])

    def test_frozen_agent_is_replaced_and_bots_do_not_notice(self):
        pat = "notify('READY=1')\nwhile True:\n  notify('WATCHDOG=1'); time.sleep(0.1)"
        k = self.keeper([notify_bot("agent", pat, role="agent", watchdog=SECOND), sh("a", FOREVER)])
        bot = k.wait_state("a", "ready")["pid"]
        agent = int(k.wait_state("agent", "ready")["pid"])
        os.kill(agent, signal.SIGSTOP)
        k.wait_new_pid("agent", agent)
        self.assertFalse(alive(agent))
        self.assertEqual(k.bot("a")["pid"], bot)
        self.assertEqual(k.events("bot.exited", bot="a"), [])

    def test_closed_gate_holds_a_bot_that_does_not_read_it(self):
        k = self.keeper([sh("plain", FOREVER), sh("reader", FOREVER, gate=1)])
        k.wait_state("plain", "ready")
        reader = k.wait_state("reader", "ready")["pid"]
        k.ask("halt", "*", "ann", "too much loss")
        self.assertEqual((k.state / "bots/reader/gate").read_text(), "closed 2 too much loss\n")
        k.wait_state("plain", "held")
        self.assertEqual(k.bot("reader")["pid"], reader)
        self.assertEqual(k.stop(), 0)
        k.start()
        self.assertEqual(k.bot("plain")["state"], "held")
        k.ask("resume", "plain", "ann")
        self.assertEqual((k.state / "bots/plain/gate").read_text(), "open 3\n")
        k.wait_state("plain", "ready")
        self.assertEqual(k.events("gate", bot="plain", by="ann")[-1]["open"], True)

    def test_corrupt_or_vanished_gate_is_closed(self):
        k = self.keeper([sh("a", FOREVER), sh("b", FOREVER)])
        k.wait_state("b", "ready")
        k.stop()
        (k.state / "bots/a/gate").write_text("open maybe\n")
        (k.state / "bots/b/gate").unlink()
        k.start()
        self.assertEqual(k.bot("a")["state"], "held")
        self.assertEqual(k.bot("b")["state"], "held")
        k.ask("resume", "*", "ann")
        k.wait_state("a", "ready")
        self.assertGreater(int(k.bot("a")["epoch"]), 1_000_000_000)  # an epoch that was lost still only grows

    def test_reload_stages_changes_starts_new_and_removes_old(self):
        k = self.keeper([sh("stays", FOREVER), sh("changes", FOREVER), sh("goes", FOREVER)])
        for name in ("stays", "changes", "goes"):
            k.wait_state(name, "ready")
        before = k.status()
        k.write_plan([sh("stays", FOREVER), sh("changes", "echo new; " + FOREVER), sh("comes", FOREVER)])
        k.ask("reload")
        k.wait_state("comes", "ready")
        wait_for(lambda: "goes" not in k.status(), "the removal")
        self.assertEqual(k.bot("stays")["pid"], before["stays"]["pid"])
        self.assertEqual((k.bot("changes")["pid"], k.bot("changes")["staged"]), (before["changes"]["pid"], "1"))
        self.assertEqual(len(k.events("bot.removed", bot="goes")), 1)
        k.ask("restart", "changes")
        k.wait_new_pid("changes", int(before["changes"]["pid"]))
        wait_for(lambda: "new" in k.log_text("changes"), "the new definition")
        self.assertEqual(k.bot("changes")["staged"], "0")

    def test_torn_plan_is_refused_and_the_one_in_force_stays(self):
        k = self.keeper([sh("a", FOREVER)])
        pid = k.wait_state("a", "ready")["pid"]
        plan = k.state / "plan"
        plan.write_bytes(plan.read_bytes()[:-30])
        with self.assertRaisesRegex(RuntimeError, "corrupt.*torn"):
            k.ask("reload")
        k.kill()
        k.start()  # even a new keeper goes on with the last good one
        self.assertEqual(k.bot("a")["pid"], pid)

    def test_second_keeper_says_who_holds_the_folder(self):
        k = self.keeper([sh("a", FOREVER)])
        second = subprocess.run([KEEPER, "--state", k.state], capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another keeper (pid %d)" % k.process.pid, second.stderr)
        self.assertEqual(second.stderr.count("\n"), 1)

    def test_environment_is_what_the_contract_names(self):
        secret = "/tmp/%d.env" % os.getpid()
        self.addCleanup(os.unlink, secret)
        with open(secret, "w") as f:
            f.write("# login\nexport TOKEN='s3 cret'\nBOTH=file\n")
        k = self.keeper([sh("a", "env; ls -l /proc/$$/fd | grep -c pipe; " + FOREVER, watchdog=SECOND, env_file=secret,
                            env=[("BOTH", "plan"), ("HOME", "/h")])], env={"PATH": os.environ["PATH"], "LEAK": "no"})
        text = wait_for(lambda: "STEWARD_RUN" in k.log_text("a") and k.log_text("a"), "the environment")
        entries = dict(line.split(" ", 1)[1].split("=", 1) for line in text.splitlines() if "=" in line)
        run = k.run_folder("a").resolve()
        self.assertEqual(entries["TOKEN"], "s3 cret")
        self.assertEqual(entries["BOTH"], "plan")
        self.assertEqual(entries["HOME"], "/h")
        self.assertEqual(entries["STEWARD_JOURNAL"], str(run / "journal"))
        self.assertEqual(entries["STEWARD_GATE"], str(k.state.resolve() / "bots/a/gate"))
        self.assertEqual(entries["WATCHDOG_USEC"], "1000000")
        self.assertEqual(entries["STEWARD_BOT"], "a")
        self.assertNotIn("LEAK", entries)
        self.assertEqual(os.readlink(run / "journal"), "journal.000001.jsonl")

    @unittest.skipUnless(os.geteuid() == 0, "only root can start a bot as another user")
    def test_bot_of_another_user_owns_its_journal_and_nothing_else(self):
        script = ("echo '{\"type\":\"note\",\"text\":\"hi\"}' >> $STEWARD_JOURNAL && echo wrote; id -u; cat $STEWARD_GATE;"
                  "touch $(dirname $STEWARD_JOURNAL)/x || echo denied; " + FOREVER)
        k = Keeper([sh("a", script, uid=65534, gid=65534)])
        self.addCleanup(k.close)
        k.state.chmod(0o755)
        k.start()
        text = wait_for(lambda: "denied" in k.log_text("a") and k.log_text("a"), "the bot's words")
        for word in ("wrote", "65534", "open 1"):
            self.assertIn(word, text)
        journal = (k.run_folder("a") / "journal.000001.jsonl").stat()
        self.assertEqual((journal.st_uid, journal.st_mode & 0o777), (65534, 0o640))

    def test_bad_requests_get_one_clear_error(self):
        k = self.keeper([sh("a", FOREVER)])
        for request, words in ((("start", "zz"), 'not_found: there is no bot "zz"'), (("dance",), "no request"),
                               (("upgrade", "/bin/true"), "did not answer --version")):
            with self.assertRaisesRegex(RuntimeError, words):
                k.ask(*request)
        self.assertEqual(k.ask("ping"), [])


if __name__ == "__main__":
    unittest.main()
