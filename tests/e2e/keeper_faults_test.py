"""A few seeds of the keeper's fault campaign; ./dev soak runs many."""
import sys

from keeper_faults import run_campaign

sys.exit(1 if run_campaign(seeds=3) else 0)
