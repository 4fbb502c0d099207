#!/usr/bin/env python3
"""A paper bot: backs one runner whose price walks at random, and journals all of it. No account, no money."""

import os
import random
import signal
import time

from steward import gate, journal, notify

PAPER = {"simulated": True, "market_type": "WIN"}


def trade_market(market_id, running):
    price, bets = random.uniform(2.5, 6.0), []
    journal.market_opened(market_id, market_type="WIN", market_name="5f Hcap", venue="Randomfield")
    for turn in range(40):
        notify.watchdog()
        if not running():
            return
        price = max(1.01, price * random.uniform(0.97, 1.03))
        if turn % 10 == 5 and gate.is_open():
            bets.append(back(market_id, f"{os.getpid()}-{market_id}-{turn}", round(price, 2)))
        won = sum((p - 1) * 2.0 for _, p in bets)
        journal.position(market_id, 101, if_win=round(won, 2), if_lose=-2.0 * len(bets), simulated=True)
        worth = sum(2.0 * (p / price - 1) for _, p in bets)
        journal.pnl(market_id, unrealized=round(worth, 2), currency="GBP", simulated=True)
        journal.stream(age_ns=0, markets=1)
        time.sleep(0.25)
    settle(market_id, bets, winner=random.random() < 1 / price)


def back(market_id, ref, price):
    with journal.placing(ref, market_id, 101, "BACK", price, 2.0, **PAPER) as order:
        time.sleep(random.uniform(0.001, 0.05))  # the exchange's answer
        order.placed(bet_id=ref, **PAPER)
    journal.order_matched(ref, size_matched=2.0, average_price_matched=price, size_remaining=0)
    return ref, price


def settle(market_id, bets, winner):
    profits = [round((price - 1) * 2.0, 2) if winner else -2.0 for _, price in bets]
    for (ref, _), profit in zip(bets, profits):
        journal.order_settled(ref, profit)
    realized = sum(profits)
    journal.pnl(market_id, realized=round(realized, 2), unrealized=0, commission=round(max(realized, 0) * 0.05, 2),
                currency="GBP", simulated=True)
    journal.market_closed(market_id)


def main():
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    notify.ready()
    while not stopped:
        notify.status("paper trading on Randomfield")
        trade_market(f"9.{time.time_ns() // 1_000_000}", running=lambda: not stopped)
    notify.stopping()


if __name__ == "__main__":
    main()
