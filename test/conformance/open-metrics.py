"""Parses OpenMetrics text from standard input as strictly as the reference parser does, and prints it as JSON."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = {
    family.name: {
        "type": family.type,
        "unit": family.unit,
        "samples": [[name, labels, value] for name, labels, value, *_ in family.samples],
    }
    for family in text_string_to_metric_families(sys.stdin.read())
}
json.dump(families, sys.stdout)
