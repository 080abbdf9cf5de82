/** Puts the questions to a Keystone, real or embedded, and gives its answers without what must differ. */
import * as assert from 'uvu/assert';
import { jsonOf } from '../../../support/http.ts';
import { QUESTIONS, type Question, type Who } from './questions.ts';

/** Where to ask, with `/v3`, and how. Besides its administrator there is nobody yet. */
export interface Side {
  readonly url: string;
  readonly adminPassword: string;
  fetch(request: Request): Response | Promise<Response>;
}

/** As far as it must be the same everywhere. */
export interface Answer {
  readonly status: number;
  /** Those of the API that it bears, whatever their values. */
  readonly headers: readonly string[];
  readonly body?: unknown;
}

interface Seat extends Side {
  readonly tokens: Readonly<Record<Who, string>>;
  /** What `{name}` stands for here. */
  readonly ids: Map<string, string>;
}

const HEADERS = ['vary', 'www-authenticate', 'x-openstack-request-id', 'x-subject-token'];
const DOMAIN = { id: 'default' };

/** One answer a question, in their order. */
export async function answersOf(side: Side): Promise<readonly Answer[]> {
  const seat = await settle(side);
  const answers: Answer[] = [];
  for (const question of QUESTIONS) answers.push(await answer(seat, question));
  return answers;
}

/** The same few people everywhere, made by the same requests. */
async function settle(side: Side): Promise<Seat> {
  const ids = new Map<string, string>();
  const admin = await tokenOf(side, 'admin', side.adminPassword, onProject('admin'));
  const make = async (many: string, one: string, fields: Record<string, unknown>) => {
    const { status, json } = await send(
      side,
      'POST',
      `/${many}`,
      { 'x-auth-token': admin },
      { [one]: fields },
    );
    assert.is(status, 201, `${many}: ${JSON.stringify(json)}`);
    ids.set(String(fields.name), json[one].id);
  };
  const { json } = await send(side, 'GET', '/roles', { 'x-auth-token': admin });
  for (const { id, name } of json.roles) ids.set(name, id);
  for (const name of ['service', 'manager']) if (!ids.has(name)) await make('roles', 'role', { name });
  for (const name of ['demo', 'other']) await make('projects', 'project', { name });
  for (const name of ['alice', 'bob', 'nova', 'auditor'])
    await make('users', 'user', { name, password: `${name}pw` });
  const grant = async (path: string) => {
    const { status } = await send(side, 'PUT', filled(path, ids), { 'x-auth-token': admin });
    assert.is(status, 204, path);
  };
  await grant('/projects/{demo}/users/{alice}/roles/{member}');
  await grant('/projects/{other}/users/{bob}/roles/{member}');
  await grant('/projects/{other}/users/{nova}/roles/{service}');
  await grant('/system/users/{auditor}/roles/{reader}');
  const logIn = (name: string, scope?: unknown) => tokenOf(side, name, `${name}pw`, scope);
  const tokens = {
    admin,
    alice: await logIn('alice', onProject('demo')),
    bob: await logIn('bob', onProject('other')),
    service: await logIn('nova', onProject('other')),
    auditor: await logIn('auditor', { system: { all: true } }),
    unscoped: await logIn('alice'),
    nobody: '',
  };
  return { ...side, ids, tokens };
}

async function answer(seat: Seat, { by, ask, body, subject, keep, loosely }: Question): Promise<Answer> {
  const [method = '', path = ''] = filled(ask, seat.ids).split(' ');
  const token = seat.tokens[by];
  const sent = {
    ...(token === '' ? {} : { 'x-auth-token': token }),
    ...(subject === undefined
      ? {}
      : { 'x-subject-token': subject === 'nonsense' ? subject : seat.tokens[subject] }),
  };
  const filledBody = body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body), seat.ids));
  const { status, headers, json } = await send(seat, method, path, sent, filledBody);
  if (keep !== undefined && status === 201) seat.ids.set(keep, (Object.values(json)[0] as { id: string }).id);
  const borne = HEADERS.filter((name) => headers.has(name));
  if (status >= 400) {
    const { code, title } = json?.error ?? {};
    return { status, headers: borne, ...(json === undefined ? {} : { body: { error: { code, title } } }) };
  }
  return {
    status,
    headers: borne,
    ...(loosely !== undefined || json === undefined ? {} : { body: plain(json, seat) }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client does, without types
type Json = any;

async function send(
  { url, fetch }: Side,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ status: number; headers: Headers; json: Json }> {
  const response = await fetch(
    new Request(url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, headers: response.headers, json: jsonOf(await response.text()) };
}

/** Without ids, addresses, moments and secrets, keys and items in order. */
function plain(value: unknown, seat: Seat): unknown {
  if (typeof value === 'string') {
    const named = [...seat.ids].reduce(
      (text, [name, id]) => text.replaceAll(id, `{${name}}`),
      value.replaceAll(seat.url, ''),
    );
    return named
      .replace(/^20(?!35)\d\d-\d\d-\d\dT[\d:.]+/, (moment) => moment.replace(/\d/g, '9'))
      .replace(/\b[0-9a-f]{32}\b/, '{id}');
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, seat)).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !['audit_ids', 'secret'].includes(key));
  return Object.fromEntries(entries.sort(byText).map(([key, item]) => [key, plain(item, seat)]));
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

function filled(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (all, name) => ids.get(name) ?? all);
}

function onProject(name: string) {
  return { project: { name, domain: DOMAIN } };
}

async function tokenOf(side: Side, name: string, password: string, scope: unknown): Promise<string> {
  const identity = { methods: ['password'], password: { user: { name, domain: DOMAIN, password } } };
  const auth = { identity, ...(scope === undefined ? {} : { scope }) };
  const { status, headers, json } = await send(side, 'POST', '/auth/tokens', {}, { auth });
  assert.is(status, 201, `login of ${name}: ${JSON.stringify(json)}`);
  return headers.get('x-subject-token') ?? '';
}
