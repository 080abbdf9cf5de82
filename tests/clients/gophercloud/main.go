// gophercloud, unmodified: an owner reads host_status with a struct of its own, an operator sees, switches and forces
// down services. Prints one JSON document.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/hypervisors"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/services"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/servers"
)

// HostStatus is what gophercloud's own Server leaves out. It fills each embedded struct by itself.
type HostStatus struct {
	HostStatus string `json:"host_status"`
}

type watched struct {
	servers.Server
	HostStatus
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compute(url, user, project string) *gophercloud.ServiceClient {
	provider, err := openstack.AuthenticatedClient(gophercloud.AuthOptions{
		IdentityEndpoint: url + "/identity/v3",
		Username:         user,
		Password:         user + "pw",
		DomainID:         "default",
		TenantName:       project,
	})
	must(err)
	client, err := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	must(err)
	return client
}

func statuses(client *gophercloud.ServiceClient) map[string]string {
	client.Microversion = "2.16"
	pages, err := servers.List(client, servers.ListOpts{Limit: 3}).AllPages()
	must(err)
	var list []watched
	must(servers.ExtractServersInto(pages, &list))
	found := map[string]string{}
	for _, server := range list {
		found[server.Name] = server.HostStatus.HostStatus
	}
	return found
}

func main() {
	url := os.Args[1]
	alice, admin := compute(url, "alice", "demo"), compute(url, "admin", "admin")
	found := map[string]interface{}{"before": statuses(alice)}

	admin.Microversion = "2.53"
	pages, err := services.List(admin, services.ListOpts{Host: "cmp-01", Binary: "nova-compute"}).AllPages()
	must(err)
	list, err := services.ExtractServices(pages)
	must(err)
	found["services"] = len(list)

	_, err = services.Update(admin, list[0].ID, services.UpdateOpts{ForcedDown: true}).Extract()
	must(err)
	found["forced_down"] = statuses(alice)["srv-01"]
	_, err = services.Update(admin, list[0].ID, services.UpdateOpts{Status: services.ServiceDisabled}).Extract()
	must(err)
	found["disabled"] = statuses(alice)["srv-01"]

	admin.Microversion = "2.87"
	pages, err = hypervisors.List(admin).AllPages()
	must(err)
	all, err := hypervisors.ExtractHypervisors(pages)
	must(err)
	found["hypervisors"] = len(all)

	must(json.NewEncoder(os.Stdout).Encode(found))
}
