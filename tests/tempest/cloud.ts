/** The cloud that tempest tests, and tempest's settings for it. */

const OWNERS = 6;
/** As many as workers: each takes one for itself. */
const ADMINS = 2;
const PASSWORD = 'tempestpw';

interface Account {
  readonly name: string;
  readonly projectId: string;
  readonly roles: readonly string[];
}

const accounts: readonly Account[] = [
  ...numbers(OWNERS).map((n) => ({
    name: `tempest-${n}`,
    projectId: `7e${n}`.padEnd(32, '0'),
    roles: ['member', 'reader'],
  })),
  ...numbers(ADMINS).map((n) => ({
    name: `tempest-admin-${n}`,
    projectId: `7ea${n}`.padEnd(32, '0'),
    roles: ['admin'],
  })),
];

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const IMAGES = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

export function seedDocument(): string {
  return JSON.stringify({
    projects: accounts.map(({ name, projectId }) => ({ id: projectId, name })),
    users: accounts.map(({ name, roles }) => ({
      name,
      password: PASSWORD,
      roles: roles.map((role) => ({ project: name, role })),
    })),
    flavors: [
      { id: '1', original_name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
      { id: '2', original_name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
    ],
    services: [
      { host: 'cmp-01' },
      { host: 'cmp-02' },
      { host: 'ctl-01', binary: 'nova-scheduler', zone: 'internal' },
      { host: 'ctl-01', binary: 'nova-conductor', zone: 'internal' },
    ],
  });
}

/** Pre-provisioned credentials, as tempest reads them. */
export function accountsFile(): string {
  return accounts
    .map(({ name, roles }) => {
      const account = { username: name, project_name: name, password: PASSWORD, domain_name: 'Default' };
      return `- ${JSON.stringify(roles.includes('admin') ? { ...account, types: ['admin'], roles: ['admin'] } : account)}\n`;
    })
    .join('');
}

/** Whose accounts the tests use: those that were made for them, or those that they make themselves, as an administrator. */
export type Credentials = 'preprovisioned' | 'dynamic';

/** What there is here and what there is not: no volumes, no networks, no guests to log in to. */
export function tempestConf(url: string, folder: string, credentials: Credentials): string {
  const [admin] = accounts.filter(({ roles }) => roles.includes('admin'));
  const sections: Record<string, Record<string, unknown>> = {
    DEFAULT: { log_file: `${folder}/tempest.log` },
    oslo_concurrency: { lock_path: `${folder}/lock` },
    auth: {
      ...(credentials === 'dynamic'
        ? {
            use_dynamic_credentials: true,
            admin_username: admin?.name,
            admin_project_name: admin?.name,
            admin_password: PASSWORD,
            admin_domain_name: 'Default',
          }
        : { use_dynamic_credentials: false, test_accounts_file: `${folder}/accounts.yaml` }),
      create_isolated_networks: false,
    },
    identity: {
      uri_v3: `${url}/identity/v3`,
      auth_version: 'v3',
      region: 'RegionOne',
      v3_endpoint_type: 'public',
      default_domain_id: 'default',
    },
    'identity-feature-enabled': { api_v2: false, api_v2_admin: false, trust: false, project_tags: false },
    compute: {
      image_ref: IMAGES[0],
      image_ref_alt: IMAGES[1],
      flavor_ref: 1,
      flavor_ref_alt: 2,
      build_interval: 0,
      build_timeout: 5,
      shelved_offload_time: -1,
      min_microversion: '2.1',
      max_microversion: '2.100',
      min_compute_nodes: 2,
      compute_volume_common_az: 'nova:cmp-01',
      certified_image_ref: IMAGES[0],
      certified_image_trusted_certs: 'one,another',
    },
    'compute-feature-enabled': {
      // It is refused, in the right order.
      resize: true,
      console_output: false,
      snapshot: false,
      interface_attach: false,
      vnc_console: false,
      rescue: false,
      config_drive: false,
      metadata_service: false,
      personality: true,
      // What tempest calls so is metadata that can be written.
      xenapi_apis: true,
    },
    validation: { run_validation: false },
    service_available: { nova: true, glance: true, neutron: false, cinder: false, swift: false },
  };
  return Object.entries(sections)
    .map(([name, options]) => {
      const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}
