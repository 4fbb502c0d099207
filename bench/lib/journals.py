"""Writing into the journal of a bot of a running system, as the bot would."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients", "python"))
from steward import Journal  # noqa: E402


def journal_of(system, bot):
    """The journal of the bot's newest run."""
    runs = os.path.join(system.state, "bots", bot, "runs")
    newest = max(run for run in os.listdir(runs) if os.path.exists(os.path.join(runs, run, "journal")))
    return Journal(os.path.join(runs, newest, "journal"))


def place(journal, ref):
    """Journals that the exchange took the order `ref`."""
    if not journal.order_placed(ref, market_type="WIN"):
        sys.exit(f"{journal.path} cannot be written: {journal.last_error}")
