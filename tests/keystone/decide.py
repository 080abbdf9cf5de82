"""Decides with oslo.policy: [{"rules", "credentials", "target"}] on standard input, the answers to rule "asked" on the output."""

import json
import sys

from oslo_policy import policy


class Enforcer:
    def __init__(self, rules):
        self.rules = policy.Rules.from_dict(rules)


answers = []
for case in json.load(sys.stdin):
    enforcer = Enforcer(case["rules"])
    answers.append(bool(enforcer.rules["asked"](case["target"], case["credentials"], enforcer)))
json.dump(answers, sys.stdout)
