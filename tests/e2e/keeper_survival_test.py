"""The keeper killed, replaced in place, out of disk, out of descriptors, with 200 bots, as PID 1: bots go on."""
# ctest: TIMEOUT 600
import gzip
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from keeper_harness import FOREVER, KEEPER, SECOND, Keeper, alive, notify_bot, sh, wait_for

ROOT = os.geteuid() == 0
TALK = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.02; done"


class Survival(unittest.TestCase):
    def keeper(self, bots, **options):
        keeper = Keeper(bots)
        self.addCleanup(keeper.close)
        return keeper.start(**options)

    def test_killed_keeper_is_followed_by_one_that_adopts_all(self):
        k = self.keeper([sh("agent", FOREVER, role="agent"), sh("a", TALK), notify_bot(
            "b", "notify('READY=1\\nWATCHDOG=1')\nwhile True:\n  time.sleep(0.1)\n  try: notify('WATCHDOG=1')\n  except OSError: pass",
            watchdog=2 * SECOND), sh("dies", FOREVER)])
        for name in ("agent", "a", "b", "dies"):
            k.wait_state(name, "ready")
        before = k.status()
        k.kill()
        os.kill(int(before["dies"]["pid"]), signal.SIGKILL)
        wait_for(lambda: not alive(int(before["dies"]["pid"])), "the death")
        k.start()
        after = k.status()
        for name in ("agent", "a", "b"):
            self.assertEqual(after[name]["pid"], before[name]["pid"])
            self.assertEqual(after[name]["state"], "ready")
            self.assertEqual(len(k.events("bot.exited", bot=name)), 0)
        self.assertEqual(k.events("keeper.started")[-1]["how"], "adopted")
        self.assertTrue(k.events("bot.started", bot="a", adopted=True, pid=int(before["a"]["pid"])))
        [exited] = k.wait_event("bot.exited", bot="dies")
        self.assertTrue(exited["unknown"])
        k.wait_new_pid("dies", int(before["dies"]["pid"]))
        self.assertEqual(k.bot("dies")["restarts"], "1")
        # Output flows on into the same log.
        seen = k.log_text("a").count("line")
        wait_for(lambda: k.log_text("a").count("line") > seen + 5, "more output")

    def test_end_of_an_adopted_bot_is_known_where_the_kernel_tells(self):
        k = self.keeper([sh("a", "trap 'exit 7' TERM; " + FOREVER)])
        pid = int(k.wait_state("a", "ready")["pid"])
        k.kill()
        k.start()
        os.kill(pid, signal.SIGTERM)
        [exited] = k.wait_event("bot.exited", bot="a")
        release = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2])
        if release >= (6, 15):
            self.assertEqual(exited.get("exit_code"), 7)
        else:
            self.assertTrue(exited["unknown"])
        k.wait_new_pid("a", pid)

    def test_upgrade_by_exec_no_bot_notices_and_no_end_is_lost(self):
        counter = ("i=0; trap 'exit 9' TERM; while :; do i=$((i+1)); echo line $i; sleep 0.01; done")
        k = self.keeper([sh("a", counter), sh("b", FOREVER)])
        k.wait_state("b", "ready")
        before = k.status()
        copy = tempfile.mkdtemp() + "/steward-keeper"
        self.addCleanup(shutil.rmtree, os.path.dirname(copy))
        shutil.copy(KEEPER, copy)
        for round_ in range(3):
            k.ask("upgrade", copy)
            wait_for(lambda: len(k.events("keeper.started", how="upgraded")) == round_ + 1, "the upgrade")
            wait_for(k.answers, "the new image to answer")
        after = k.status()
        self.assertEqual((after["a"]["pid"], after["b"]["pid"]), (before["a"]["pid"], before["b"]["pid"]))
        self.assertEqual(int(after["keeper"]["pid"]), k.process.pid)
        os.kill(int(after["a"]["pid"]), signal.SIGTERM)  # still our child: its end is known on any kernel
        [exited] = k.wait_event("bot.exited", bot="a")
        self.assertEqual(exited["exit_code"], 9)
        lines = [int(l.rsplit(" ", 1)[1]) for l in k.log_text("a", before["a"]["run"]).splitlines()]
        self.assertEqual(lines, list(range(1, len(lines) + 1)))  # not one line lost or doubled

    def test_output_is_stamped_rotated_compressed_and_bounded(self):
        k = self.keeper([sh("a", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line number $i; done; printf end; " + FOREVER,
                            log_max=100_000, log_files=3)])
        folder = k.run_folder("a")
        wait_for(lambda: k.log_text("a").endswith("end"), "the last word")
        zipped = lambda: sorted(folder.glob("out.log.*"))
        wait_for(lambda: len(zipped()) == 3 and all(p.suffix == ".gz" for p in zipped()), "three compressed files")
        text = "".join(gzip.open(p, "rt").read() for p in zipped()) + k.log_text("a")
        self.assertRegex(text.splitlines()[0], r"^2\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ line number \d+$")
        numbers = [int(l.split()[-1]) for l in text.splitlines()[:-1]]
        self.assertEqual(numbers, list(range(numbers[0], 20001)))

    @unittest.skipUnless(ROOT, "only root can mount a small tmpfs")
    def test_full_disk_blocks_no_bot_and_is_told_and_recovered_from(self):
        state = tempfile.mkdtemp(prefix="sk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", state], check=True)
        k = Keeper([sh("a", "while :; do echo 0123456789012345678901234567890123456789; sleep 0.001; done"),
                    sh("b", FOREVER)], state=state)
        self.addCleanup(shutil.rmtree, state, True)
        self.addCleanup(subprocess.run, ["umount", "-l", state], check=True)
        self.addCleanup(k.close)
        k.start()
        before = k.wait_state("a", "ready")["pid"]
        filler = os.path.join(state, "filler")
        with open(filler, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass
        wait_for(lambda: k.bot("a")["pid"] == before and int(k.status()["keeper"]["journal_lines_lost"]) == 0
                 and k.status()["keeper"]["trouble"] != "", "the keeper's trouble in its status")
        self.assertEqual(k.bot("b")["state"], "ready")
        os.unlink(filler)
        [told, *_] = k.wait_event("bot.output", bot="a")
        self.assertGreater(told["lines_dropped"], 0)
        wait_for(lambda: k.events("keeper.trouble", what="disk", over=True), "the end of the trouble")
        self.assertEqual(k.bot("a")["pid"], before)
        size = len(k.log_text("a"))
        wait_for(lambda: len(k.log_text("a")) > size, "output to flow again")

    def test_two_hundred_bots(self):
        k = self.keeper([{"bot": "b%03d" % i, "arg": ["sleep", "1000"], "restart_delay": 0, "budget": (1000, SECOND)}
                         for i in range(200)])
        states = lambda: [b for n, b in k.status().items() if n != "keeper" and b["state"] == "ready"]
        wait_for(lambda: len(states()) == 200, "200 ready bots", 90)
        before = {n: b["pid"] for n, b in k.status().items() if n != "keeper"}
        k.kill()
        k.start()
        self.assertEqual({n: b["pid"] for n, b in k.status().items() if n != "keeper"}, before)
        for pid in before.values():
            os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: len(k.events("bot.exited")) == 200, "200 deaths", 90)
        wait_for(lambda: len(states()) == 200, "200 ready bots again", 90)
        self.assertEqual(sum(int(b["restarts"]) for b in k.status().values() if "restarts" in b), 200)
        k.ask("shutdown")
        self.assertEqual(k.process.wait(60), 0)
        self.assertEqual(k.processes(), [])

    def test_out_of_descriptors_is_told_and_mended_by_itself(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        k = self.keeper([sh("b%02d" % i, FOREVER, restart_delay=SECOND // 10, restart_delay_max=SECOND // 5)
                         for i in range(8)], preexec_fn=few)
        wait_for(lambda: k.events("keeper.trouble", what="descriptors"), "the trouble to be told")
        for name in wait_for(lambda: [n for n, b in k.status().items() if b["state"] == "ready" and n != "keeper"], "some bot"):
            k.ask("stop", name)
        wait_for(lambda: k.events("keeper.trouble", what="descriptors", over=True), "the trouble to be over")

    def test_more_connections_than_it_takes_do_not_lock_anyone_out(self):
        k = self.keeper([sh("a", FOREVER)])
        idle = []
        for _ in range(100):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.connect(str(k.state / "keeper.sock"))  # blocks while the backlog is full
            s.sendall(b"pin")
            self.addCleanup(s.close)
            idle.append(s)
        wait_for(k.answers, "an answer beside 100 idle connections")
        flood = idle[-1]
        flood.settimeout(10)
        try:
            for _ in range(200):
                flood.sendall(b"x" * 4096)
        except OSError:
            pass  # dropped, as it should be
        wait_for(k.answers, "an answer beside the flood")

    def test_answers_not_read_do_not_stall_the_keeper(self):
        k = self.keeper([sh("a", FOREVER)])
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(s.close)
        s.connect(str(k.state / "keeper.sock"))
        s.settimeout(0.2)
        try:
            for _ in range(20000):
                s.sendall(b"status\n" * 100)
        except OSError:
            pass
        self.assertEqual(k.ask("ping"), [])
        old = k.wait_state("a", "ready")["pid"]
        os.kill(int(old), signal.SIGKILL)
        k.wait_new_pid("a", int(old))

    @unittest.skipUnless(ROOT, "only root can hide the control groups")
    def test_without_control_groups_descendants_are_still_cleared_away_and_the_lack_is_told(self):
        stray = "(setsid sh -c 'trap \"\" TERM HUP; echo stray=$$; exec sleep 7777' &) ; "
        k = Keeper([sh("a", stray + FOREVER)],
                   prefix=["unshare", "-m", "sh", "-c", 'umount -l /sys/fs/cgroup && exec "$@"', "sh"])
        self.addCleanup(k.close)
        k.start()
        old = int(k.wait_state("a", "ready")["pid"])
        strays = lambda: [int(t.split()[0]) for t in k.log_text("a").split("stray=")[1:]]
        [first] = wait_for(strays, "the stray to speak")
        self.assertIn("no control groups", k.events("keeper.trouble", what="cgroup")[0]["text"])
        os.kill(old, signal.SIGKILL)
        k.wait_new_pid("a", old)
        self.assertFalse(alive(first))
        [exited] = k.events("bot.exited", bot="a")
        self.assertGreaterEqual(exited["strays"], 1)
        [second] = wait_for(strays, "the next stray to speak")
        main = k.pid("a")
        k.kill()  # what escaped from a dead keeper's tree is found by the run that its environment names
        os.kill(main, signal.SIGKILL)
        wait_for(lambda: not alive(main), "the death")
        k.start()
        wait_for(lambda: not alive(second), "the stray's end")
        k.wait_state("a", "ready")

    @unittest.skipUnless(ROOT, "only root can hide the control groups")
    def test_after_a_reboot_nobody_is_killed_who_has_the_number_of_a_bot_from_before(self):
        k = Keeper([sh("a", FOREVER)], prefix=["unshare", "-m", "sh", "-c", 'umount -l /sys/fs/cgroup && exec "$@"', "sh"])
        self.addCleanup(k.close)
        k.start()
        bot = k.wait_state("a", "ready")
        k.kill()
        os.kill(int(bot["pid"]), signal.SIGKILL)
        wait_for(lambda: not alive(int(bot["pid"])), "the death")
        other = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        record = k.state / "bots/a/runs" / bot["run"] / "record"
        text = record.read_text().replace(f"pid {int(bot['pid']):010d}", f"pid {other.pid:010d}")
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        record.write_text(text.replace(boot, boot[::-1]))
        k.start()
        k.wait_new_pid("a", int(bot["pid"]))
        k.wait_state("a", "ready")
        self.assertIsNone(other.poll())

    @unittest.skipUnless(ROOT, "only root can make a pid namespace")
    def test_as_pid_1_it_reaps_everything_and_stops_in_order(self):
        k = Keeper([sh("a", "(sleep 0.1 & ) ; " + FOREVER), sh("b", FOREVER, after="a")],
                   prefix=["unshare", "-pf", "--mount-proc", "--kill-child"])
        self.addCleanup(k.close)
        k.start()
        k.wait_state("b", "ready")
        self.assertEqual(k.status()["keeper"]["pid"], "1")
        inner = subprocess.run(["pgrep", "-P", str(k.process.pid)], capture_output=True, text=True).stdout.split()[0]
        ns = lambda pid: os.readlink("/proc/%s/ns/pid" % pid)
        def zombies():
            found = []
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    if ns(pid) == ns(inner) and open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[0] == "Z":
                        found.append(pid)
                except OSError:
                    pass
            return found
        wait_for(lambda: not zombies(), "every orphan to be reaped")
        os.kill(int(inner), signal.SIGTERM)
        self.assertEqual(k.process.wait(30), 0)
        self.assertEqual([e["bot"] for e in k.events("bot.exited")], ["b", "a"])

    @unittest.skipUnless(ROOT, "only root can make a pid namespace")
    def test_run_that_was_named_and_never_begun_harms_nobody_and_loses_no_count(self):
        k = self.keeper([sh("a", FOREVER)])
        pid = int(k.wait_state("a", "ready")["pid"])
        os.kill(pid, signal.SIGKILL)
        k.wait_new_pid("a", pid)
        wait_for((k.state / "bots/a/spare/record").exists, "the next run's folder")
        blank = (k.state / "bots/a/spare/record").read_bytes()
        k.stop()
        # What a keeper leaves that is killed between naming the run's folder and writing its record.
        folder = k.state / "bots/a/runs/7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
        folder.mkdir()
        (folder / "record").write_bytes(blank)
        # In a pid namespace whoever's session began outside has session 0, as daemons of a host may have.
        k.prefix = ["unshare", "-pf", "--mount-proc", "--kill-child", "sh", "-c", 'sleep 1000 & exec "$@"', "sh"]
        k.start()
        k.wait_state("a", "ready")
        keeper = subprocess.check_output(["pgrep", "-P", str(k.process.pid)], text=True).split()[0]
        self.assertTrue(subprocess.run(["pgrep", "-P", keeper, "-x", "sleep"], capture_output=True).stdout)
        self.assertFalse(folder.exists())
        self.assertEqual(k.bot("a")["restarts"], "2")

    def test_state_folder_that_cannot_be_written_is_one_sentence(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        with open(folder + "/file", "w"):
            pass
        for state, words in ((folder + "/file/state", "cannot be used"), (folder + "/" + "x" * 100, "too long"),
                             (folder + "/empty", "plan")):
            done = subprocess.run([KEEPER, "--state", state], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
            self.assertIn(words, done.stderr)

    def test_service_manager_hears_ready_watchdog_and_stopping(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(folder + "/notify")
        manager.settimeout(30)
        k = self.keeper([sh("a", "echo notify=$NOTIFY_SOCKET; " + FOREVER)],
                        env={**os.environ, "NOTIFY_SOCKET": folder + "/notify", "WATCHDOG_USEC": "1000000"})
        self.assertIn("READY=1", manager.recv(4096).decode())
        self.assertEqual(manager.recv(4096).strip(), b"WATCHDOG=1")
        self.assertEqual(manager.recv(4096).strip(), b"WATCHDOG=1")
        text = wait_for(lambda: "notify=" in k.log_text("a") and k.log_text("a"), "the bot's words")
        self.assertNotIn(folder, text)  # the bot talks to us, not to our manager
        k.process.send_signal(signal.SIGTERM)
        while manager.recv(4096).strip() != b"STOPPING=1":
            pass
        self.assertEqual(k.process.wait(30), 0)

    def test_sighup_reloads(self):
        k = self.keeper([sh("a", FOREVER)])
        k.wait_state("a", "ready")
        k.write_plan([sh("a", FOREVER), sh("b", FOREVER)])
        k.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "b" in k.status(), "the new bot")

    def test_memory_limit_kills_and_says_out_of_memory(self):
        if not ROOT:
            self.skipTest("needs a memory controller that we may use")
        k = self.keeper([{"bot": "a", "arg": [sys.executable, "-c", "x = bytearray(300 << 20)\nwhile True: pass"],
                          "memory_max": 64 << 20, "restart": "never"}])
        [exited] = k.wait_event("bot.exited", bot="a")
        self.assertTrue(exited["oom"] or exited.get("exit_code") == 1, exited)


if __name__ == "__main__":
    unittest.main()
