/** The programs of `client-sdk/examples`, as somebody runs them who has copied them beside the installed package. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printable } from '../../../client-sdk/examples/printable.ts';
import { login } from '../../support/http.ts';
import { within } from '../../support/within.ts';
import { change, event, snapshot, state, synced } from '../support/frames.ts';
import { Lines } from '../support/lines.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { PASSWORD, Site } from '../support/site.ts';
import { bin, Stranger } from '../support/stranger.ts';

const test = suite('examples');

let stranger: Stranger;
let site: Site;

test.before(async () => {
  stranger = await Stranger.open();
  await cp(join(stranger.installed, 'examples'), join(stranger.path, 'examples'), { recursive: true });
  site = await Site.open();
});
test.after(async () => {
  await site[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});

interface Program extends AsyncDisposable {
  /** All that it says, errors included. */
  readonly lines: Lines;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** The owner's variables, as OpenStack's tools read them. */
const owner = () => ({
  HOSTBEAT_URL: site.url,
  OS_AUTH_URL: `${site.url}/identity/v3`,
  OS_USERNAME: 'owner',
  OS_PASSWORD: PASSWORD,
  OS_PROJECT_NAME: 'p1',
});

function start(args: readonly string[], env: Record<string, string>): Program {
  const cwd = join(stranger.path, 'examples');
  const child = spawn(bin('node'), args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  const lines = new Lines();
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', lines.add);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    lines,
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A command that says that it ran, for which server, and ends with this code. */
const command = (code: number) => [
  bin('node'),
  '-e',
  `console.log('promoted', process.env.HOSTBEAT_SERVER_NAME, process.env.HOSTBEAT_STATUS); process.exit(${code})`,
];
const hook = (server: string, code = 0, more: readonly string[] = []) =>
  ['postgres-failover.ts', '--primary', server, ...more, '--', ...command(code)] as const;
const promotions = ({ lines }: Program) => lines.all.filter((line) => line.startsWith('promoted'));
/** What the hook says with its name before it. */
const said = ({ lines }: Program, text: string) => lines.heard(`postgres-failover: ${text}`);
const ending = ({ ended, lines }: Program) => within(`the end of ${JSON.stringify(lines.all)}`, ended);

test('they compile for users who copy them', async () => {
  await stranger.lend('@types');
  const all = await readdir(join(stranger.path, 'examples'), { recursive: true });
  const files = all.filter((file) => file.endsWith('.ts')).map((file) => join('examples', file));
  assert.ok(files.length >= 4);
  const module = { module: 'NodeNext', moduleResolution: 'NodeNext', allowImportingTsExtensions: true };
  const lib = ['ES2024', 'ESNext.Disposable'];
  const rules = { ...module, lib, types: ['node'], erasableSyntaxOnly: true };
  assert.is(await stranger.compile(files, rules), '');
});

test('the failover hook promotes once, when its primary is down and silent only', async () => {
  await using program = start(hook(site.server), owner());
  await said(program, 'watching web, which is UP');
  await site.switch({ status: 'disabled' });
  await said(program, 'web is MAINTENANCE');
  await site.switch({ status: 'enabled' });
  await said(program, 'web is UP');
  await site.switch({ forced_down: true });
  await said(program, 'web is DOWN');
  assert.equal(promotions(program), []);
  await site.fence();
  assert.is(await ending(program), 0);
  assert.equal(promotions(program), ['promoted web DOWN']);
});

test('one started when the primary is down promotes at once, and ends as its command', async () => {
  await using program = start(hook(site.server, 3), owner());
  assert.is(await ending(program), 3);
  assert.equal(promotions(program), ['promoted web DOWN']);
});

test('an unknown primary and a missing command are errors, and not waited for', async () => {
  await using wrong = start(hook('nobody'), owner());
  assert.is(await ending(wrong), 1);
  assert.ok(wrong.lines.all.some((line) => line.includes('the project has no server nobody')));
  await using missing = start(
    ['postgres-failover.ts', '--primary', site.server, '--', '/no/such/command'],
    owner(),
  );
  assert.is(await ending(missing), 1);
  await site.heal();
});

/** The hook against a server in the hand of the test, with its primary in this state. */
async function scripted(
  server: ScriptedServer,
  more: readonly string[],
  primary: object,
): Promise<{ readonly program: Program; readonly tell: (seq: number, item: object) => void }> {
  const program = start(hook('s1', 0, more), { HOSTBEAT_URL: server.url, OS_TOKEN: 't' });
  const peer = await within('the hook', server.peer());
  await peer.greet();
  peer.send(snapshot([{ ...state('s1'), ...primary }]), synced(0));
  return { program, tell: (seq, item) => peer.send(event(seq, [item])) };
}

test('a primary that is declared down and still reports is not replaced', async () => {
  await using server = await ScriptedServer.open();
  const facts = { forced_down: true, disabled: false, live: true };
  const heard = { ...state('s1', 'DOWN'), facts, heard_while_forced_down: true } as const;
  const { program, tell } = await scripted(server, [], heard);
  await using _program = program;
  await said(program, 'watching s1, which is DOWN');
  const note = { ...change('s1', 'DOWN', 'DOWN'), kind: 'annotation', facts, heard_while_forced_down: true };
  tell(1, note);
  await said(program, 's1 is declared down, but its host is still heard: fence it');
  assert.equal(promotions(program), []);
  tell(2, { ...note, facts: { ...facts, live: false } });
  assert.is(await ending(program), 0);
  assert.equal(promotions(program), ['promoted s1 DOWN']);
});

test('they survive any name that a server may have', async () => {
  await using server = await ScriptedServer.open();
  for (const name of ['a\0b', 'x\ny', 'p;q', '\u001b[2Jz', '\u202egnp']) {
    const { program, tell } = await scripted(server, [], { name });
    await using _program = program;
    const shown = printable(name);
    await said(program, `watching ${shown}, which is UP`);
    tell(1, { ...change('s1', 'DOWN'), name });
    assert.is(await ending(program), 0);
    assert.equal(promotions(program), [`promoted ${shown} DOWN`]);
  }
});

test('no name of a server becomes a command of HAProxy', async () => {
  const path = join(stranger.path, 'names.sock');
  const commands = new Lines();
  const haproxy = createServer({ allowHalfOpen: true }, (connection) => {
    // The program is killed at the end of a test, perhaps before it has read the answer.
    connection.on('error', () => undefined);
    connection.setEncoding('utf8').once('data', (text: string) => {
      commands.add(text);
      connection.end('\n');
    });
  });
  await new Promise<void>((listening) => haproxy.listen(path, listening));
  try {
    await using server = await ScriptedServer.open();
    const env = { HOSTBEAT_URL: server.url, OS_TOKEN: 't' };
    await using _program = start(['haproxy.ts', '--socket', path, '--backend', 'app'], env);
    const peer = await within('the informer', server.peer());
    await peer.greet();
    const names = [
      'x; shutdown sessions server app/y',
      'a\nset server app/y state maint',
      'b c',
      '',
      'é',
      'ok',
    ];
    peer.send(snapshot(names.map((name, n) => ({ ...state(`s${n}`), name }))), synced(0));
    await commands.heard('set server app/ok state ready\n');
    assert.equal(commands.all, ['set server app/ok state ready\n']);
  } finally {
    haproxy.close();
  }
});

test('the failover hook is rehearsed by a drill only if it counts them', async () => {
  await site.heal();
  await using plain = start(hook(site.server), owner());
  await using program = start(hook(site.server, 0, ['--drills']), owner());
  for (const each of [plain, program]) await said(each, 'watching web, which is UP');
  await site.drill('UNKNOWN');
  await said(program, 'web is UNKNOWN, in a drill');
  await site.drill('DOWN');
  assert.is(await ending(program), 0);
  assert.equal(promotions(program), ['promoted web DOWN']);
  await site.drill(undefined);
  // What comes behind the drill was the next that it saw.
  await site.switch({ status: 'disabled' });
  await said(plain, 'web is MAINTENANCE');
  await site.switch({ status: 'enabled' });
  await said(plain, 'web is UP');
  assert.equal(promotions(plain), []);
  assert.not.ok(plain.lines.all.some((line) => /DOWN|UNKNOWN|drill/.test(line)));
});

test('silence promotes only where it is asked for, and only if it lasts', async () => {
  await using server = await ScriptedServer.open();
  const { program, tell } = await scripted(server, ['--unknown-after', '0.2'], {});
  await using _program = program;
  await said(program, 'watching s1, which is UP');
  tell(1, change('s1', 'UNKNOWN'));
  assert.is(await ending(program), 0);
  assert.equal(promotions(program), ['promoted s1 UNKNOWN']);
});

test('the hook ends on SIGTERM, and promotes nothing', async () => {
  await using program = start(hook(site.server), owner());
  await said(program, 'watching web, which is UP');
  program.child.kill('SIGTERM');
  assert.is(await ending(program), 0);
  assert.equal(promotions(program), []);
});

test('the informer of HAProxy is rehearsed by a drill', async () => {
  const path = join(stranger.path, 'drill.sock');
  const commands = new Lines();
  const haproxy = createServer({ allowHalfOpen: true }, (connection) => {
    // The program is killed at the end of a test, perhaps before it has read the answer.
    connection.on('error', () => undefined);
    connection.setEncoding('utf8').once('data', (text: string) => {
      commands.add(text.trim());
      connection.end('\n');
    });
  });
  await new Promise<void>((listening) => haproxy.listen(path, listening));
  try {
    await using _program = start(['haproxy.ts', '--socket', path, '--backend', 'app', '--drills'], owner());
    await commands.heard('set server app/web state ready');
    await site.drill('DOWN');
    await commands.heard('set server app/web state maint');
    commands.all.length = 0;
    await site.drill(undefined);
    await commands.heard('set server app/web state ready');
  } finally {
    haproxy.close();
  }
});

test('the informer keeps HAProxy’s servers up to date, and retries until it has', async () => {
  const path = join(stranger.path, 'haproxy.sock');
  const commands = new Lines();
  let broken = true;
  const haproxy = createServer({ allowHalfOpen: true }, (connection) => {
    // The program is killed at the end of a test, perhaps before it has read the answer.
    connection.on('error', () => undefined);
    connection.setEncoding('utf8').once('data', (text: string) => {
      commands.add(broken ? 'refused' : text.trim());
      connection.end(broken ? 'Permission denied\n' : '\n');
      broken = false;
    });
  });
  await new Promise<void>((listening) => haproxy.listen(path, listening));
  try {
    await using program = start(['haproxy.ts', '--socket', path, '--backend', 'app'], owner());
    await commands.heard('set server app/web state ready');
    await site.switch({ status: 'disabled' });
    await commands.heard('set server app/web state drain');
    await site.switch({ forced_down: true });
    await commands.heard('set server app/web state maint');
    const admin = await login(site.url, 'admin', PASSWORD, 'admin');
    assert.equal(commands.all.slice(0, 2), ['refused', 'set server app/web state ready']);
    commands.all.length = 0;
    await site.switch({ forced_down: false, status: 'enabled' });
    await commands.heard('set server app/web state ready');
    assert.is((await admin.request('DELETE', `/v1/instances/${site.server}`)).status, 204);
    await commands.heard('set server app/web state maint');
    program.child.kill('SIGTERM');
    assert.is(await ending(program), 0);
  } finally {
    haproxy.close();
  }
});

test.run();
