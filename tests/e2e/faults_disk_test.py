"""A full disk: the bots live on, Steward says so, and when there is room again it recovers."""
# ctest: TIMEOUT 600

import os
import re
import tempfile
import unittest

from steward_e2e import System, fill_disk, main, program, python_bot, small_disk, wait

# Counts its turns outside the full disk, and journals as long as it can.
TURNER = """
notify.ready()
turn = 0
while True:
    turn += 1
    journal.order_intent(f'{os.getpid()}-{turn}', '1.1', 7, 'BACK', 3, 2, simulated=True, market_type='WIN')
    journal.order_placed(f'{os.getpid()}-{turn}', f'b{turn}', latency_ns=1000)
    print('turn', turn)
    with open(os.environ['TURNS'] + '.new', 'w') as file:
        file.write(str(turn))
    os.rename(os.environ['TURNS'] + '.new', os.environ['TURNS'])
    time.sleep(0.02)
"""


class DiskTest(unittest.TestCase):
    @staticmethod
    def says_full(system):
        health = wait(lambda: system.get_json("/health"), 60, "/health")
        return health["status"] == "degraded" and re.search("disk|space", " ".join(health["reasons"]).lower())

    def test_bots_live_on_and_steward_says_so_and_recovers(self):
        program("steward")
        disk = small_disk(self)
        counter = tempfile.NamedTemporaryFile(prefix="steward-e2e-turns-")
        self.addCleanup(counter.close)
        folder = os.path.join(disk, "steward")
        os.makedirs(folder)
        system = System(folder=folder)
        self.addCleanup(system.__exit__, None, None, None)
        system.write_config(python_bot("turner", TURNER, gate=True, environment={"TURNS": counter.name}))
        system.up()
        pid = system.wait_state("turner", "ready")["pid"]
        wait(lambda: system.metric("orders_placed_total", strategy="turner"), 60, "the first orders")

        def turned():
            with open(counter.name, encoding="utf-8") as file:
                return int(file.read() or 0)

        filler = os.path.join(disk, "filler")
        fill_disk(filler)
        before = turned()
        wait(lambda: turned() > before + 100, 60, "the bot to go on turning on a full disk")
        wait(lambda: self.says_full(system), 60, "/health to say that the disk is full")
        self.assertEqual(system.wait_state("turner", "ready")["pid"], pid)
        counted = system.metric("orders_placed_total", strategy="turner")
        os.remove(filler)
        # A torn line it may still name.
        wait(lambda: not self.says_full(system), 60, lambda: f"/health to say so no more: {system.get('/health')[2]}")
        wait(lambda: system.metric("orders_placed_total", strategy="turner") > counted + 50, 60, "new orders counted")
        placed = {event["customer_order_ref"] for event in system.journal("turner") if event["type"] == "order.placed"}
        self.assertEqual(system.wait_state("turner", "ready")["pid"], pid)
        wait(lambda: system.metric("orders_placed_total", strategy="turner") >= len(placed), 60,
             f"all {len(placed)} journalled orders to be counted")


if __name__ == "__main__":
    main()
