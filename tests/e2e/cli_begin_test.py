"""The commands that need nothing running: init, check, completion, synthesize, and how the command line says no."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from steward_e2e import main, program


class Begin(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="steward-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def steward(self, *words, expect=0):
        done = subprocess.run([program("steward"), *words], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def write(self, text, name="steward.toml"):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_what_init_writes_is_right(self):
        self.assertIn("steward.toml is written", self.steward("init").stdout)
        self.assertIn("is right: 1 bot", self.steward("check").stdout)

    def test_init_does_not_overwrite(self):
        self.write("# mine\n")
        self.assertIn("exists and is left as it is", self.steward("init", expect=1).stderr)
        with open(os.path.join(self.folder, "steward.toml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "# mine\n")

    def test_check_lists_every_mistake_with_its_line(self):
        self.write('[steward]\ntimezoen = "UTC"\n[[bot]]\nname = "a"\ncommand = ["true"]\nrestart_delay = 10\n')
        lines = self.steward("check", expect=1).stderr.splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertIn('steward.toml:2: [steward] has no key "timezoen"; did you mean "timezone"?', lines[0])
        self.assertIn('steward.toml:6: restart_delay must be a duration in quotes, such as "10s", found the integer 10', lines[1])
        self.assertIn("2 mistakes in", lines[2])

    def test_check_speaks_json(self):
        self.write('[steward]\nstate = 5\n[[bot]]\nname = "a"\ncommand = ["true"]\n')
        answer = json.loads(self.steward("check", "--json", expect=1).stdout)
        self.assertFalse(answer["ok"])
        self.assertEqual([(p["line"], p["severity"]) for p in answer["problems"]], [(2, "error")])

    def test_a_program_that_is_missing_is_a_warning(self):
        self.write('[[bot]]\nname = "a"\ncommand = ["no-such-program-x"]\n')
        self.assertIn(":3: warning: the program no-such-program-x of a was not found", self.steward("check").stderr)

    def test_a_missing_configuration_says_how_to_get_one(self):
        self.assertIn("`steward init nowhere.toml` writes one", self.steward("check", "--config", "nowhere.toml", expect=1).stderr)

    def test_up_refuses_a_configuration_that_is_not_right(self):
        self.write('[steward]\nstate = "state"\n[[bot]]\nname = "a"\ncommand = ["true"]\nrestrat = "never"\n')
        self.assertIn(':6: [[bot]] a has no key "restrat"; did you mean "restart"?', self.steward("up", expect=1).stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "state")), "nothing was made")

    def test_a_command_line_that_is_not_understood_exits_with_2(self):
        for words, sentence in [(("stauts",), 'did you mean "status"?'), (("status", "--bogus"), "--bogus"),
                                (("stop",), "NAME is required"), ((), "Usage: steward")]:
            done = self.steward(*words, expect=2)
            self.assertIn(sentence, done.stderr + done.stdout)

    def test_nothing_running_exits_with_3(self):
        for words in [("status",), ("start", "a"), ("stop", "a"), ("halt",), ("resume",), ("stop-all",), ("reload",), ("shutdown",)]:
            self.assertIn("nothing runs on the state folder", self.steward(*words, "--state", "none", expect=3).stderr)

    def test_every_command_has_help(self):
        listed = self.steward("--help").stdout
        for command in ["up", "reload", "status", "logs", "start", "halt", "trade", "synthesize", "init", "check", "completion"]:
            self.assertIn(f"  {command} ", listed)
            self.assertIn(f"steward {command}", self.steward(command, "--help").stdout)

    def test_bash_completes_commands_flags_and_bots(self):
        self.write('[[bot]]\nname = "racing"\ncommand = ["true"]\n[[bot]]\nname = "drifter"\ncommand = ["true"]\n')
        script = self.steward("completion", "bash").stdout
        path = f'{os.path.dirname(program("steward"))}:{os.environ["PATH"]}'

        def completions(*words):
            done = subprocess.run(
                ["bash", "-c", script + f'COMP_WORDS=(steward {" ".join(words)}); COMP_CWORD={len(words)}; _steward\n'
                 'printf "%s\\n" "${COMPREPLY[@]}"'], cwd=self.folder, capture_output=True, text=True, timeout=60, check=True,
                env={**os.environ, "PATH": path})
            return done.stdout.split()

        self.assertEqual(completions("rest"), ["restart", "restore"])
        self.assertEqual(sorted(completions("stop", "''")), ["drifter", "racing"])
        self.assertIn("--json", completions("status", "--"))
        self.assertEqual(completions("completion", "f"), ["fish"])
        self.assertEqual(sorted(completions("backup", "l")), ["lifecycle", "list"])

    def test_completion_scripts_parse(self):
        for shell in ["zsh", "fish"]:
            script = self.steward("completion", shell).stdout
            self.assertIn("completion names", script)
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=60)

    def test_synthesize_writes_the_same_bytes_for_a_seed(self):
        first = self.steward("synthesize", "7").stdout
        self.assertEqual(first, self.steward("synthesize", "7").stdout)
        self.assertNotEqual(first, self.steward("synthesize", "8").stdout)
        self.assertTrue(all(json.loads(line)["op"] == "mcm" for line in first.splitlines()))

    def test_version(self):
        self.assertRegex(self.steward("version").stdout, r"^steward \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    main()
