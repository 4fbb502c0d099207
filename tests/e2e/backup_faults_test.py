"""A few seeds of the campaign over backups; ./dev soak runs many."""

import sys

from backup_faults import run_campaign

sys.exit(1 if run_campaign(seeds=6) else 0)
