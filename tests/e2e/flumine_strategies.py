"""Plain flumine strategies that know nothing of Steward, for flumine_bot.py."""

from flumine.order.order import OrderStatus
from flumine.order.ordertype import LimitOnCloseOrder, LimitOrder
from flumine.order.trade import Trade
from flumine.strategy.strategy import BaseStrategy

STAKE = 2.00


class Once(BaseStrategy):
    """Backs each active runner once, at a price that a subclass picks."""

    def check_market_book(self, market, market_book):
        return market_book.status == "OPEN" and not market_book.inplay

    def process_market_book(self, market, market_book):
        for runner in market_book.runners:
            known = market.blotter.strategy_selection_orders(self, runner.selection_id, runner.handicap)
            price = self.price(runner)
            if runner.status == "ACTIVE" and price and not known:
                self.place(market, runner, "BACK", self.order_type(price))

    def place(self, market, runner, side, order_type):
        trade = Trade(market.market_id, runner.selection_id, runner.handicap, self)
        market.place_order(trade.create_order(side=side, order_type=order_type))

    def order_type(self, price):
        return LimitOrder(price=price, size=STAKE)


def best(offers):
    return offers[0]["price"] if offers else None


class BackAtLay(Once):
    def price(self, runner):
        return best(runner.ex.available_to_lay)


class BackAtBack(Once):
    def price(self, runner):
        return best(runner.ex.available_to_back)


class StartingPrice(BackAtBack):
    def order_type(self, price):
        return LimitOnCloseOrder(liability=10.0, price=price)


class Replace(Once):
    """Backs at 1000, and replaces at 1.01 what was not matched."""

    def price(self, runner):
        return 1000

    def process_orders(self, market, orders):
        for order in orders:
            if order.status == OrderStatus.EXECUTABLE and order.size_matched == 0 and order.order_type.price != 1.01:
                market.replace_order(order, 1.01)


class InPlayLay(Once):
    """Lays runners below 2 in play on each book, and cancels what has waited 2 s."""

    def check_market_book(self, market, market_book):
        return market_book.status == "OPEN" and market_book.inplay

    def process_market_book(self, market, market_book):
        for runner in market_book.runners:
            price = best(runner.ex.available_to_lay)
            if runner.status == "ACTIVE" and price and runner.last_price_traded and runner.last_price_traded < 2:
                self.place(market, runner, "LAY", self.order_type(price))

    def process_orders(self, market, orders):
        for order in orders:
            if order.status == OrderStatus.EXECUTABLE and order.elapsed_seconds and order.elapsed_seconds > 2:
                market.cancel_order(order)


MODES = {"back_at_lay": BackAtLay, "back_at_back": BackAtBack, "it_loc": StartingPrice, "it_replace": Replace,
         "it_inplay_lay": InPlayLay}
