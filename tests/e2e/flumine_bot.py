"""A flumine bot as its user would write it, with the two lines that bring it under Steward. It dumps flumine's own truth.

    flumine_bot.py simulate MODE TRUTH PACE RECORDING…    a simulation; PACE: seconds to rest after each book
    flumine_bot.py paper MODE TRUTH THEN RECORDING        paper trading, fed by a recording as if it were the stream;
                                                          THEN (silent, heartbeats): what the stream does afterwards"""

import json
import logging
import os
import sys
import time

import betfairlightweight
from flumine import Flumine, FlumineSimulation, clients
from flumine.markets.middleware import Middleware
from flumine.streams.marketstream import MarketStream
from flumine_strategies import MODES


class Rest(Middleware):
    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, market):
        time.sleep(self.seconds)


class PlacedLog(logging.Handler):
    """flumine's own log of placed orders, a line each, that survives kill -9."""

    def __init__(self, path):
        super().__init__()
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def emit(self, record):
        if record.msg == "Order %s: %s" and record.args[0] in ("Place", "Replace") and record.args[1] == "SUCCESS":
            os.write(self.file, f"{record.order_id}\n".encode())


class Recorded(MarketStream):
    """The exchange's stream, played from a file at full speed."""

    recording, then = "", ""
    stream_running = True

    def run(self):
        self._listener.register_stream(self.stream_id, "marketSubscription")
        self._output_thread.start()
        with open(self.recording, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for line in lines[:-20]:  # the market is still open afterwards
            message = {**json.loads(line), "id": self.stream_id, "clk": "AAA", "pt": int(time.time() * 1000)}
            for change in message.get("mc", ()):
                change.setdefault("marketDefinition", {}) or change.pop("marketDefinition")
            self._listener.on_data(json.dumps(message))
            time.sleep(0.005)
        while self.then == "heartbeats":
            self._listener.on_data(json.dumps({"op": "mcm", "ct": "HEARTBEAT", "id": self.stream_id, "clk": "AAA",
                                               "pt": int(time.time() * 1000)}))
            time.sleep(0.1)


class NoBetfair(betfairlightweight.APIClient):
    """Paper trading needs no account here."""

    session_expired = False

    def __init__(self):
        super().__init__("user", "password", "key")
        self.login = self.logout = lambda: None


def write_truth(path, framework):
    orders = [{"ref": order.customer_order_ref, "bet_id": order.bet_id, "market_id": market.market_id,
               "size_matched": order.size_matched, "average_price_matched": order.average_price_matched,
               "profit": order.profit, "simulated": bool(order.simulated)}
              for market in framework.markets for order in market.blotter]
    cleared = [market.cleared(client) for market in framework.markets for client in framework.clients]
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"orders": orders, "cleared": cleared}, file)
    os.rename(path + ".new", path)


def strategy(mode, **fields):
    return MODES[mode](name=mode, max_order_exposure=1000, max_live_trade_count=1 if mode == "it_replace" else 1000,
                       max_selection_exposure=105 if mode.startswith("it_") else 1000, **fields)


def simulation(mode, pace, recordings):
    framework = FlumineSimulation(client=clients.SimulatedClient())
    framework.add_strategy(strategy(mode, market_filter={"markets": recordings}))
    if float(pace):
        framework.add_market_middleware(Rest(float(pace)))
    return framework


def paper(mode, then, recordings):
    Recorded.recording, Recorded.then = recordings[0], then
    client = clients.BetfairClient(NoBetfair(), paper_trade=True)
    client.update_account_details = lambda: None
    client._min_bet_size = 1
    framework = Flumine(client=client)
    framework._add_default_workers = lambda: None  # they would ask Betfair
    framework.add_strategy(strategy(mode, market_filter={}, stream_class=Recorded))
    return framework


def main():
    kind, mode, truth, option, *recordings = sys.argv[1:]
    logging.getLogger("flumine.execution.baseexecution").setLevel(logging.INFO)
    logging.getLogger("flumine.execution.baseexecution").addHandler(PlacedLog(truth + ".placed"))
    framework = (simulation if kind == "simulate" else paper)(mode, option, recordings)

    import steward.flumine
    steward.flumine.install(framework, **({"stale_seconds": 2} if kind == "paper" else {}))

    framework.run()
    write_truth(truth, framework)


if __name__ == "__main__":
    main()
