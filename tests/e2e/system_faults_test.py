"""Two seeds of the campaign over the whole system; ./dev soak runs many."""
# ctest: TIMEOUT 600

import sys

from system_faults import run_campaign

sys.exit(1 if run_campaign(seeds=2) else 0)
