#!/usr/bin/python3
"""Runs every rule over the sources and prints its findings; exit status 1 when there are any."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import c_rules  # noqa: E402
import sql_rules  # noqa: E402
import tree_rules  # noqa: E402
from sources import Sources  # noqa: E402


def main():
    sources = Sources(Path(__file__).resolve().parents[2])
    findings = sorted(finding for module in (c_rules, sql_rules, tree_rules) for rule in module.RULES
                      for finding in rule(sources))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
