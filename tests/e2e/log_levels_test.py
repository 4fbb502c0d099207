"""A bot that only logs, as flumine does with python-json-logger: its lines are counted by level, each once, while its
log is rotated, the agent and the bot are killed; the last error is shown."""

import unittest

from steward_e2e import System, kill, main, python_bot, wait

LINES = 3000
BOT = f"""
import json, logging
class JsonFormatter(logging.Formatter):
    def format(self, record):
        return json.dumps({{"asctime": self.formatTime(record), "levelname": record.levelname, "message": record.getMessage()}})
handler = logging.StreamHandler()
handler.setFormatter(JsonFormatter())
logging.basicConfig(level=logging.DEBUG, handlers=[handler])
logger = logging.getLogger("flumine")
for i in range({LINES}):
    if i % 10 == 0:
        logger.error("INSUFFICIENT_FUNDS %d \\"quoted\\"", i)
    elif i % 10 < 3:
        logger.warning("levelname: ERROR in a message %d", i)
    else:
        logger.info("order update %d", i)
    if i % 50 == 0:
        print("not a log line", flush=True)
        time.sleep(0.02)
logger.critical("all is said")
time.sleep(3600)
"""
EACH_RUN = {"debug": 0, "info": LINES * 7 // 10, "warning": LINES * 2 // 10, "error": LINES // 10, "critical": 1, "other": LINES // 50}


class LogLevels(unittest.TestCase):
    def counts(self, system):
        """The counters, checked to grow only; {} while the agent is away."""
        metrics = system.metrics()
        now = {level: int(value) for level in EACH_RUN
               if (value := metrics.get(("steward_bot_log_lines_total", (("bot", "flumine"), ("level", level))))) is not None}
        for level, value in now.items():
            self.assertGreaterEqual(value, self.seen.get(level, 0), f"{level} fell")
        self.seen.update(now)
        return now

    def wait_for(self, system, runs):
        expected = {level: count * runs for level, count in EACH_RUN.items()}
        wait(lambda: self.counts(system) == expected, 60, lambda: f"{expected}, seen {self.seen}")

    def kill_agent(self, system):
        pid = wait(system.agent_pid, 30, "an agent")
        kill(pid)
        wait(lambda: system.agent_pid() not in (None, pid), 30, "another agent")

    def test_every_line_counts_once_whatever_dies(self):
        self.seen = {}
        bot = python_bot("flumine", BOT, log={"max": "16KiB", "files": 1000})
        with System(bot) as system:
            system.up()
            for part in (1, 3, 6):
                wait(lambda part=part: self.counts(system).get("error", 0) >= part * 30, 60, lambda: f"errors, seen {self.seen}")
                self.kill_agent(system)
            self.wait_for(system, 1)
            kill(system.bot("flumine")["pid"])
            wait(lambda: self.counts(system).get("error", 0) > EACH_RUN["error"], 60, lambda: f"the second run, seen {self.seen}")
            self.kill_agent(system)
            self.wait_for(system, 2)
            self.assertEqual(system.metric("steward_bot_log_files_skipped_total", bot="flumine"), 0)
            log = system.bot("flumine")["log"]
            self.assertEqual((log["errors"], log["last_error"]), (2 * LINES // 10 + 2, "all is said"))
            shown = next(bot for bot in system.get_json("/api/v1/bots")["bots"] if bot["name"] == "flumine")["log"]
            self.assertEqual({level: shown[level] for level in EACH_RUN}, {level: 2 * count for level, count in EACH_RUN.items()})
            self.assertRegex(shown["last_error_at"], r"^\d{4}-\d\d-\d\dT")


if __name__ == "__main__":
    main()
