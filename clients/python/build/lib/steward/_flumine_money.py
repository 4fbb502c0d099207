"""Sums over flumine's orders: positions, what they are worth now, who bears a market's commission. No I/O."""

from __future__ import annotations

from typing import Any, Iterable, Optional

def pence(amount: float) -> int:
    return round(amount * 100)


def position(orders: Iterable[Any], each_way_divisor: Optional[float] = None) -> tuple[float, float]:
    """(if_win, if_lose) of one runner's matched bets. Each way, "wins" means first and placed, "loses" neither."""
    win = lose = 0.0
    for order in orders:
        size = order.size_matched
        if not size:
            continue
        line = getattr(order.order_type, "price_ladder_definition", None) == "LINE_RANGE"
        odds = (2.0 if line else order.average_price_matched) - 1
        won, lost = size * odds, -size
        if each_way_divisor:
            won, lost = won + size * odds / each_way_divisor, -2 * size
        sign = 1 if order.side == "BACK" else -1
        win, lose = win + sign * won, lose + sign * lost
    return round(win, 2), round(lose, 2)


def worth(if_win: float, if_lose: float, price: Optional[float]) -> float:
    """What the position comes to when closed at this price; without one, the worse of its two ends."""
    if if_win == if_lose:
        return if_lose
    if not price or price <= 1:
        return min(if_win, if_lose)
    return if_lose + (if_win - if_lose) / price


def closing_price(runner_book: Any, backed: bool) -> Optional[float]:
    """The best price of the side that closes the position, else the last one traded."""
    offers = getattr(runner_book.ex, "available_to_lay" if backed else "available_to_back", None)
    if offers:
        best = offers[0]
        return best["price"] if isinstance(best, dict) else best.price
    return runner_book.last_price_traded


def shares(total: int, profits: dict[Any, int]) -> dict[Any, int]:
    """The market's commission in pence, split in proportion to what each one won; losers pay none."""
    winnings = {who: max(profit, 0) for who, profit in profits.items()}
    won = sum(winnings.values())
    if not won or not total:
        return {who: total if who == next(iter(profits)) else 0 for who in profits}
    split = {who: total * part // won for who, part in winnings.items()}
    biggest = max(winnings, key=lambda who: winnings[who])
    split[biggest] += total - sum(split.values())
    return split
