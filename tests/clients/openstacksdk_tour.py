"""openstacksdk, unmodified: discovery, an owner's host_status, an operator's services. Prints one JSON document."""

import json
import sys

import openstack


def connect(url, user, project):
    return openstack.connect(
        auth_url=f"{url}/identity/v3",
        username=user,
        password=f"{user}pw",
        project_name=project,
        user_domain_id="default",
        project_domain_id="default",
        compute_default_microversion="2.100",
    )


url = sys.argv[1]
alice = connect(url, "alice", "demo")
admin = connect(url, "admin", "admin")


def statuses():
    return {server.name: server.host_status for server in alice.compute.servers()}


found = {"before": statuses()}
service = next(iter(admin.compute.services(host="cmp-01", binary="nova-compute")))
admin.compute.update_service_forced_down(service, "cmp-01", "nova-compute", True)
found["forced_down"] = statuses()["srv-01"]
admin.compute.update_service_forced_down(service, "cmp-01", "nova-compute", False)
found["lifted"] = statuses()["srv-01"]
admin.compute.disable_service(service, "cmp-01", "nova-compute", disabled_reason="new memory")
found["disabled"] = statuses()["srv-01"]
admin.compute.enable_service(service, "cmp-01", "nova-compute")

shown = alice.compute.find_server("srv-03")
found["shown"] = [shown.name, alice.compute.get_server(shown.id).host_status]
found["foreign"] = alice.compute.find_server("8fceeadc-614b-40ad-aa30-8f5c6c62bb33") is None
found["flavors"] = len(list(alice.compute.flavors()))
found["zones"] = [zone.name for zone in alice.compute.availability_zones()]
found["hypervisors"] = len(list(admin.compute.hypervisors(details=True)))

server = next(server for server in alice.compute.servers() if server.name == "srv-01")
alice.compute.stop_server(server)
found["stopped"] = alice.compute.get_server(server.id).status
alice.compute.start_server(server)
admin.compute.reset_server_state(server.id, "error")
found["reset"] = alice.compute.get_server(server.id).status
admin.compute.reset_server_state(server.id, "active")
print(json.dumps(found))
