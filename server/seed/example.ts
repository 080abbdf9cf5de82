/** What `hostbeat seed --example` prints. Lines that begin with // are comments, which a seed may hold. */
export const SEED_EXAMPLE = `// A small cloud for "hostbeat seed". Lines that begin with // are comments.
// Every field: docs/reference/seed.md
{
  // Owners. Without "id" an id is generated.
  "projects": [{ "id": "5a0f2d0c6b0e4d5f9a2b7c1d8e3f4a60", "name": "demo" }],

  // Who logs in. A role is of a project, by its name or its id.
  "users": [
    { "name": "alice", "password": "change-me", "roles": [{ "project": "demo", "role": "member" }] }
  ],

  // Hosts, by the service that reports for them. One that has never reported is "never heard".
  "services": [
    { "host": "compute-1", "binary": "nova-compute", "zone": "nova" },
    { "host": "compute-2", "live": false }
  ],

  // Servers (VMs): their owners, and the hosts that they run on.
  "instances": [
    {
      "id": "6a1f0e2c-8d4b-4f7a-9c3e-2b5d7f9a1c3e",
      "name": "db-primary",
      "project_id": "5a0f2d0c6b0e4d5f9a2b7c1d8e3f4a60",
      "host": "compute-1"
    }
  ]
}
`;
