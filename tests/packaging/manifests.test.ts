import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { createProgram } from '../../server/cli/program.ts';
import { OPTIONS } from '../../server/config/options/table.ts';
import { testTerminal } from '../cli/output/terminal.ts';

/** What ships for Compose and Kubernetes names things of ours: settings, flags, the port, endpoints, files. */
const DEPLOY = resolve(import.meta.dirname, '../../docs/deploy');
const PORT = Number(OPTIONS.listen.default.split(':')[1]);
const ENDPOINTS = ['/healthz', '/readyz'];
/** Variables that commands read beside the table. */
const OF_COMMANDS = ['HOSTBEAT_URL', 'HOSTBEAT_CONFIG'];

const variables = new Set([
  ...OF_COMMANDS,
  ...Object.values(OPTIONS).flatMap(({ env, type }) => (type === 'secret' ? [env, `${env}_FILE`] : [env])),
]);

// biome-ignore lint/suspicious/noExplicitAny: documents of others' forms
type Document = any;

const test = suite('manifests');

/** The command and every flag of a container's arguments exist. */
function knownArguments(args: readonly string[]): void {
  const [name = '', ...rest] = args;
  const command = createProgram(testTerminal()).commands.find((known) => known.name() === name);
  assert.ok(command, name);
  const flags = command.options.map(({ long }) => long);
  for (const flag of rest.filter((word) => word.startsWith('--'))) assert.ok(flags.includes(flag), flag);
}

function knownVariables(names: readonly string[]): void {
  for (const name of names.filter((name) => name.startsWith('HOSTBEAT_')))
    assert.ok(variables.has(name), `${name} is no setting`);
}

test('the compose file names settings, flags, secrets and volumes that exist', async () => {
  const compose: Document = parse(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'));
  for (const [name, service] of Object.entries<Document>(compose.services)) {
    knownVariables(Object.keys(service.environment ?? {}));
    knownArguments(service.command ?? ['serve']);
    for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: ${secret}`);
    for (const volume of service.volumes ?? [])
      assert.ok(volume.split(':')[0] in compose.volumes, `${name}: ${volume}`);
    for (const port of service.ports ?? []) assert.match(port, new RegExp(`:${PORT}:${PORT}$`));
    const words = [...Object.values<string>(service.environment ?? {}), ...(service.command ?? [])];
    for (const word of words.filter((word) => word.startsWith('/run/secrets/')))
      assert.ok(service.secrets.includes(word.replace('/run/secrets/', '')), `${name}: ${word}`);
  }
  const { hostname, port } = new URL(compose.services.agent.environment.HOSTBEAT_URL);
  assert.ok(hostname in compose.services);
  assert.is(Number(port), PORT);
});

test('the Kubernetes manifest names settings, flags, ports and volumes that exist', async () => {
  const text = await readFile(join(DEPLOY, 'kubernetes.yaml'), 'utf8');
  const documents: Document[] = parseAllDocuments(text).map((document) => {
    assert.equal(document.errors, []);
    return document.toJS();
  });
  const kinds = documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.equal(kinds, ['StatefulSet hostbeat', 'Service hostbeat', 'DaemonSet hostbeat-agent']);
  const [server, service, agent] = documents;
  for (const { spec } of [server, agent]) {
    assert.equal(spec.template.metadata.labels, spec.selector.matchLabels);
    const claims = (spec.volumeClaimTemplates ?? []).map((claim: Document) => claim.metadata.name);
    const volumes = [...claims, ...spec.template.spec.volumes.map((volume: Document) => volume.name)];
    for (const container of spec.template.spec.containers) {
      knownVariables(container.env.map((variable: Document) => variable.name));
      knownArguments(container.args);
      for (const { name } of container.volumeMounts) assert.ok(volumes.includes(name), name);
      const ports = (container.ports ?? []).map((port: Document) => port.name);
      for (const probe of ['livenessProbe', 'startupProbe', 'readinessProbe']) {
        const asked = container[probe]?.httpGet;
        if (asked === undefined) continue;
        assert.ok(ENDPOINTS.includes(asked.path), asked.path);
        assert.ok(ports.includes(asked.port), probe);
      }
      for (const { value } of container.env.filter((variable: Document) => variable.name.endsWith('_FILE')))
        assert.ok(
          container.volumeMounts.some((mount: Document) => value.startsWith(mount.mountPath)),
          value,
        );
    }
  }
  assert.is(server.spec.replicas, 1, 'one process a database');
  assert.equal(service.spec.selector, server.spec.selector.matchLabels);
  assert.is(service.spec.ports[0].port, PORT);
  assert.is(server.spec.template.spec.containers[0].ports[0].containerPort, PORT);
  const { value } = agent.spec.template.spec.containers[0].env[0];
  assert.is(value, `http://${service.metadata.name}:${PORT}`);
});

test('the image that the Kubernetes manifest names is of this version', async () => {
  const text = await readFile(join(DEPLOY, 'kubernetes.yaml'), 'utf8');
  const { version } = JSON.parse(
    await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
  ) as { version: string };
  for (const [, tag] of text.matchAll(/image: hostbeat:(\S+)/g)) assert.is(tag, version);
});

test.run();
