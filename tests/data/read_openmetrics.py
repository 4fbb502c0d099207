"""Reads OpenMetrics from stdin with the official Python client's strict parser; exits non-zero when it refuses."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
by_name = {family.name: family for family in families}
assert by_name["orders_placed"].type == "counter", by_name["orders_placed"]
assert by_name["order_placement_duration_seconds"].type == "histogram"
assert by_name["steward_build"].type == "info"
assert sum(len(family.samples) for family in families) > 50
