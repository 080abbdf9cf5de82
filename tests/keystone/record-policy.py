"""Asks oslo.policy, with Nova's own rule definitions, who may do what under many policy files; writes the answers.

    /usr/bin/python3 tests/keystone/record-policy.py NOVA_SOURCE > tests/vectors/nova-policy.jsonl

NOVA_SOURCE is a checkout of Nova (only nova/policies is read). Needs python3-oslo.policy. New defaults and scopes are
enforced, as Nova does by default.
"""

import itertools
import json
import logging
import os
import re
import sys
import tempfile
import warnings

sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from oslo_config import cfg  # noqa: E402
from oslo_policy import policy  # noqa: E402

from nova import policies  # noqa: E402

SERVED = os.path.join(os.path.dirname(__file__), "../../server/identity/policy/served.ts")
HOST_STATUS = "os_compute_api:servers:show:host_status"
# Ours is wider by design: restored here, so that both sides begin alike.
NOVAS = {HOST_STATUS: "rule:context_is_admin"}


@policy.register("is_admin")
class IsAdmin(policy.Check):
    def __call__(self, target, creds, enforcer):
        return creds["is_admin"] == (self.match.lower() == "true")


def someone(roles, **over):
    return {
        "user_id": "u1", "user_domain_id": "default", "project_id": "p1", "project_domain_id": "default",
        "domain_id": None, "system_scope": None, "is_admin_project": True, "roles": roles,
        "service_user_id": None, "service_user_domain_id": None, "service_project_id": None,
        "service_project_domain_id": None, "service_roles": [], **over,
    }


PEOPLE = {
    "admin": someone(["admin", "manager", "member", "reader"], user_id="ua", project_id="pa"),
    "manager": someone(["manager", "member", "reader"], user_id="um"),
    "member": someone(["member", "reader"]),
    "reader": someone(["reader"], user_id="u2"),
    "service": someone(["service"], user_id="us", project_id="ps"),
    "stranger": someone(["member", "reader"], user_id="u9", project_id="p9"),
    "operator": someone(["operator"], user_id="uo", user_domain_id="d2", project_domain_id="d3", is_admin_project=False),
    "relayed": someone(["member", "reader"], service_user_id="us", service_user_domain_id="default",
                       service_project_id="ps", service_project_domain_id="default", service_roles=["service"]),
}
TARGET = {"project_id": "p1", "user_id": "u1"}


def served():
    """Nova's rules that hostbeat asks, with the keys of the target that they know."""
    source = open(SERVED).read()
    for keys, names in re.findall(r"knowing\((\w+), \[(.*?)\]\)", source, re.S):
        known = {"NOTHING": [], "PROJECT": ["project_id"], "PROJECT_AND_USER": ["project_id", "user_id"]}[keys]
        for name in re.findall(r"'([^']+)'", names):
            yield name, known


def answers(file, rules, folder):
    path = os.path.join(folder, "policy.yaml")
    with open(path, "w") as out:
        out.write("# YAML\n" + json.dumps({**NOVAS, **file}))
    conf = cfg.ConfigOpts()
    conf([], project="nova", default_config_files=[])
    enforcer = policy.Enforcer(conf, policy_file=path)
    conf.set_override("policy_dirs", [], group="oslo_policy")
    conf.set_override("enforce_scope", True, group="oslo_policy")
    conf.set_override("enforce_new_defaults", True, group="oslo_policy")
    enforcer.suppress_default_change_warnings = enforcer.suppress_deprecation_warnings = True
    enforcer.register_defaults(policies.list_rules())
    enforcer.load_rules()
    allowed = {name: [] for name, _ in rules}
    for who, creds in PEOPLE.items():
        own = {"project_id": creds["project_id"], "user_id": creds["user_id"]}
        creds = dict(creds, is_admin=False)
        creds["is_admin"] = bool(enforcer.enforce("context_is_admin", own, dict(creds)))
        for name, known in rules:
            target = {key: TARGET[key] for key in known}
            if enforcer.enforce(name, target, dict(creds)):
                allowed[name].append(who)
    return allowed


def files():
    """Old names and new ones in every combination, then attributes, then parents."""
    renamed = {}
    for rule in policies.list_rules():
        old = rule.deprecated_rule
        if old and old.name != rule.name:
            renamed.setdefault(old.name, []).append(rule.name)
    for old, new in renamed.items():
        for check in ["!", "@", "role:operator", "rule:admin_or_owner", "not role:admin"]:
            yield {old: check}
        for name in new:
            for one, other in itertools.permutations(["!", "@", "role:operator"], 2):
                yield {old: one, name: other}
            yield {old: "rule:" + name}
            yield {old: "rule:" + name, name: "role:operator"}
            yield {name: "role:operator"}
    for check in [
        "project_domain_id:default", "not project_domain_id:default", "user_domain_id:d2", "not user_domain_id:d2",
        "is_admin_project:True", "is_admin_project:False", "not is_admin_project:True", "system_scope:all",
        "not system_scope:all", "system_scope:None", "domain_id:None", "domain_id:default", "not domain_id:default",
        "service_roles:service", "not service_roles:service", "service_user_id:us", "service_project_id:None",
        "service_user_domain_id:default", "service_project_domain_id:default", "roles:operator", "not roles:operator",
        "is_admin:True", "is_admin:False", "is_admin:true", "not is_admin:True", "True:True", "'a':a", "\"a\":a", "1:1", "2:1",
        "None:None", "role:operator or (role:reader and not is_admin:True)", "@",
        [["role:reader", "project_id:p1"], "role:operator"], [], "",
    ]:
        yield {"os_compute_api:os-services:list": check, "os_compute_api:servers:detail": check}
    for check in ["project_id:%(project_id)s", "user_id:%(user_id)s", "'p1':%(project_id)s", "rule:admin_or_owner",
                  "rule:project_member_or_admin", "role:operator and project_id:%(project_id)s"]:
        yield {"os_compute_api:servers:detail": check, "os_compute_api:servers:show": check,
               "os_compute_api:os-services:list": check}
    for parent in ["context_is_admin", "admin_api", "admin_or_owner", "project_reader_api", "project_member_api",
                   "project_reader_or_admin", "project_member_or_admin", "service_api", "default"]:
        for check in ["!", "@", "role:operator", "project_id:%(project_id)s"]:
            yield {parent: check}
            yield {parent: check, "os_compute_api:os-services": "rule:admin_api"}
            yield {parent: check, "os_compute_api:servers:show": "rule:gone" if parent == "default" else "rule:" + parent}


def by_people(allowed):
    """Rules by who may do them: a letter each, in the order of PEOPLE."""
    groups = {}
    for name, who in allowed.items():
        groups.setdefault("".join(LETTERS[one] for one in who), []).append(name)
    return groups


LETTERS = {"admin": "a", "manager": "g", "member": "m", "reader": "r", "service": "s", "stranger": "x",
           "operator": "o", "relayed": "y"}
# Whether one is an administrator is decided before any rule is asked, and is part of all answers.
rules = [
    (name, known) for name, known in served()
    if not name.startswith("hostbeat:") and name != "context_is_admin"
]
with tempfile.TemporaryDirectory() as folder:
    base = answers({}, rules, folder)
    people = {LETTERS[name]: creds for name, creds in PEOPLE.items()}
    print(json.dumps({"people": people, "target": TARGET, "begin_with": NOVAS, "allows": by_people(base)}))
    seen = set()
    for file in files():
        key = json.dumps(file)
        if key in seen:
            continue
        seen.add(key)
        try:
            now = answers(file, rules, folder)
        except (RecursionError, TypeError):
            continue  # rules in a circle: oslo.policy does not notice
        changed = {name: who for name, who in now.items() if who != base[name]}
        print(json.dumps({"file": file, "changes": by_people(changed)}, separators=(",", ":")))
