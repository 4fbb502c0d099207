"""The commands against a running Steward. None of them needs the agent: what it does not answer, the keeper does."""

import json
import os
import select
import signal
import subprocess
import sys
import unittest

from steward_e2e import System, bot, main, program, wait

SAYS_HELLO = [sys.executable, "-u", "-c",
              "import signal, sys, time\n"
              "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
              "print('hello')\nwhile True: time.sleep(60)"]


def running(bots, **options):
    """A System whose keeper answers, whether its agent does or not."""
    system = System(bots, **options)
    system.up(ready=False)
    wait(lambda: system.process.poll() is not None or system.run("status", expect=None).returncode == 0, 60, "the keeper to answer")
    return system


class Steer(unittest.TestCase):
    def test_stop_and_start_say_when_it_is_true(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            system.wait_state("racing", "ready")
            self.assertRegex(system.run("stop", "racing").stdout, r"^racing stopped: .*exit.* 0.* after \d+\.\d s\n$")
            self.assertEqual(system.bot("racing")["state"], "stopped")
            self.assertEqual(system.run("stop", "racing").stdout, "racing was stopped already\n")
            self.assertRegex(system.run("start", "racing").stdout, r"^racing is ready \(pid \d+\) after \d+\.\d s\n$")
            self.assertRegex(system.run("start", "racing").stdout, r"^racing runs already \(pid \d+\)\n$")

    def test_restart_makes_another_run(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            before = system.wait_state("racing", "ready")["pid"]
            self.assertRegex(system.run("restart", "racing").stdout, r"^racing is ready \(pid \d+\)")
            self.assertNotEqual(system.bot("racing")["pid"], before)

    def test_a_start_that_fails_says_why_and_exits_with_1(self):
        with running(bot("broken", ["false"], restart_delay="1m")) as system:
            wait(lambda: system.bot("broken")["state"] == "backing-off", 30, "the first end")
            self.assertRegex(system.run("restart", "broken", expect=1).stderr, r"broken did not become ready: .*exit.* 1")

    def test_an_unknown_bot_names_the_nearest(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            self.assertIn('there is no bot "racin"; did you mean "racing"?', system.run("stop", "racin", expect=1).stderr)

    def test_halt_and_resume_move_the_gate(self):
        with running(bot("racing", SAYS_HELLO, gate=True) + bot("drifter", SAYS_HELLO)) as system:
            system.wait_state("racing", "ready")
            system.wait_state("drifter", "ready")
            gate = os.path.join(system.state, "bots", "racing", "gate")
            self.assertEqual(system.run("halt", "--reason", "odd prices").stdout, "every gate is closed: no new orders\n")
            with open(gate, encoding="utf-8") as file:
                self.assertRegex(file.read(), r"^closed \d+ .*odd prices")
            system.wait_state("drifter", "held")
            self.assertEqual(system.bot("racing")["state"], "ready", "it reads its gate, so it goes on")
            self.assertEqual(system.run("resume").stdout, "every gate is open\n")
            with open(gate, encoding="utf-8") as file:
                self.assertRegex(file.read(), r"^open \d+")
            system.wait_state("drifter", "ready")

    def test_logs_show_the_end_and_follow_through_a_restart(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            system.wait_state("racing", "ready")
            wait(lambda: "hello" in system.run("logs", "racing").stdout, 30, "the first line")
            self.assertRegex(system.run("logs", "racing").stdout, r"^\d{4}-\d\d-\d\dT[\d:.]+Z hello\n$")
            self.assertEqual(system.run("logs", "racing", "--since", "2099-01-01").stdout, "")
            follower = subprocess.Popen([program("steward"), "logs", "-f", "-n", "1", "racing", "--config", system.config],
                                        stdout=subprocess.PIPE)
            try:
                self.assertRegex(self.output_of(follower, "hello"), r"^\S+Z hello\n$")
                system.run("restart", "racing")
                self.assertRegex(self.output_of(follower, "hello"), r"^\S+Z bye\n\S+Z hello\n$")
            finally:
                follower.kill()
                follower.communicate()

    def output_of(self, process, until):
        """What the process wrote so far, once `until` is in it."""
        text = ""
        while until not in text:
            self.assertTrue(select.select([process.stdout], [], [], 30)[0], f"{until!r} within 30 s after {text!r}")
            part = os.read(process.stdout.fileno(), 4096).decode()
            self.assertTrue(part, f"the end before {until!r}: {text!r}")
            text += part
        return text

    def test_status_is_a_table_in_a_pipe_without_colours(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            system.wait_state("racing", "ready")
            text = system.run("status").stdout
            self.assertRegex(text, r"BOT +STATE +UPTIME +RESTARTS +LAST EXIT +MEMORY +CPU +ORDERS +P&L TODAY +JOURNAL")
            self.assertRegex(text, r"racing +ready ")
            self.assertNotIn("\x1b", text)

    def test_a_second_up_says_who_has_the_folder(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            pid = system.process.pid
            self.assertIn(f"is kept already by the keeper with pid {pid}", system.run("up", expect=1).stderr)

    def test_reload_stages_adds_removes_and_refuses(self):
        with running(bot("racing", SAYS_HELLO) + bot("old", SAYS_HELLO)) as system:
            pid = system.wait_state("racing", "ready")["pid"]
            system.write_config(bot("racing", SAYS_HELLO, stop_timeout="5s") + bot("new", SAYS_HELLO))
            answer = json.loads(system.run("reload", "--json").stdout)
            self.assertEqual((answer["added"], answer["removed"], answer["changed"]), (["new"], ["old"], ["racing"]))
            system.wait_state("new", "ready")
            staged = wait(lambda: (now := system.bot("racing")) and now["staged"] and now, 30, "racing to be staged")
            self.assertEqual(staged["pid"], pid)
            system.write_config("[[bot]]\nname = 5\n")
            self.assertIn("name must be a text in quotes", system.run("reload", expect=1).stderr)
            self.assertEqual(system.bot("racing")["pid"], pid, "a file that is not right changes nothing")

    def test_reload_now_restarts_what_changed(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            pid = system.wait_state("racing", "ready")["pid"]
            system.write_config(bot("racing", SAYS_HELLO, stop_timeout="5s"))
            self.assertIn("restarted: racing", system.run("reload", "--now").stdout)
            wait(lambda: (now := system.bot("racing")) and now["state"] == "ready" and now["pid"] != pid, 30, "the new run")

    def test_stop_all_and_shutdown(self):
        with running(bot("racing", SAYS_HELLO) + bot("drifter", SAYS_HELLO, after=["racing"])) as system:
            system.wait_state("drifter", "ready")
            self.assertRegex(system.run("stop-all").stdout, r"^all 2 bots are stopped after ")
            self.assertEqual(system.run("shutdown").stdout, "everything is stopped\n")
            self.assertEqual(system.process.wait(30), 0)
            system.run("status", expect=3)

    def test_a_frozen_agent_does_not_keep_anyone_from_stopping_a_bot(self):
        with running(bot("racing", SAYS_HELLO)) as system:
            system.wait_state("racing", "ready")
            agent = system.agent_pid()
            if agent:
                os.kill(agent, signal.SIGSTOP)
            done = system.run("stop", "racing")
            self.assertIn("racing stopped", done.stdout)
            self.assertIn("the agent does not answer; done by the keeper", done.stderr)
            self.assertIn("the agent does not answer", system.run("status").stdout)


if __name__ == "__main__":
    main()
