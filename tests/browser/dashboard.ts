/** The dashboard in a real Chromium, as somebody uses it. */
import '../../server/runtime/supported.mjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PASSWORD, Site } from '../sdk/support/site.ts';
import { Chromium, type Page } from './chromium.ts';

const test = suite('dashboard in Chromium');
/** The folder for pictures of every state. */
const PICTURES = process.env.HOSTBEAT_PICTURES;

let chromium: Chromium;

test.before(async () => {
  chromium = await Chromium.launch();
});
test.after(() => chromium[Symbol.asyncDispose]());

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), await page.screenshot());
}

async function logIn(page: Page, user: string, project: string, password = PASSWORD): Promise<void> {
  await page.evaluate(`(() => {
    const form = document.querySelector('#login');
    const values = ${JSON.stringify({ user, project, password })};
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.requestSubmit();
  })()`);
}

const rows = (text: string) =>
  `document.querySelector('#boards')?.innerText.includes(${JSON.stringify(text)})`;
const textOf = (page: Page, selector: string) =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText`);

test('an owner logs in and sees a fence, its lifting and the loss of the server live', async () => {
  await using site = await Site.open();
  const page = await chromium.page(`${site.url}/dashboard`);
  await picture(page, '1-login');
  await logIn(page, 'owner', 'p1', 'wrong');
  await page.until("document.querySelector('#refused').innerText !== ''");
  await picture(page, '2-refused');
  await logIn(page, 'owner', 'p1');
  await page.until(rows('✓ UP 1'));
  assert.is(await textOf(page, '#who'), 'owner in p1');
  await page.until("document.querySelector('#tracker').innerText === 'Tracker ok'");
  await picture(page, '3-up');
  await site.switch({ forced_down: true });
  await page.until(rows('web: ✓ UP → ✕ DOWN'));
  await page.until(rows('✕ DOWN 1'));
  await page.evaluate("document.querySelector('button.why').click()");
  await page.until(rows('web: Its host was declared down at'));
  await picture(page, '4-down');
  await site.switch({ status: 'disabled' });
  await page.until(rows('⚙ MAINTENANCE 1'));
  await page.until(rows('forced down'));
  await site.kill();
  await page.until("document.querySelector('#connection').innerText === 'Reconnecting'");
  await page.until("document.querySelector('section').className === 'stale'");
  assert.match(await textOf(page, '#notice'), 'out of date');
  await picture(page, '5-lost');
  await site.start();
  await page.until("document.querySelector('#connection').innerText === 'Live'");
  await page.evaluate("document.querySelector('#leave').click()");
  await page.until("!document.querySelector('#login').hidden");
  assert.is(await page.evaluate('document.querySelectorAll("tbody tr").length'), 0);
  assert.equal(page.errors, []);
});

test('an operator sees hosts and zones, in the dark as well', async () => {
  await using site = await Site.open();
  const page = await chromium.page(`${site.url}/dashboard`);
  await page.send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: 'dark' }],
  });
  await logIn(page, 'admin', 'admin');
  await page.until(rows('nova-compute'));
  await site.switch({ forced_down: true });
  await page.until(rows('c1 nova-compute: ✓ UP → ✕ DOWN'));
  await page.until(rows(', by admin'));
  await page.until("document.querySelector('tbody tr').innerText.includes('✕ DOWN')");
  await picture(page, '6-operator-dark');
  await site.switch({ forced_down: false });
  await page.until(rows('(force down lifted)'));
  await site.switch({ forced_down: true });
  await page.evaluate(
    "[...document.querySelectorAll('.counts button')].find((b) => b.innerText.includes('UP')).click()",
  );
  await page.until("document.querySelectorAll('section:first-child tbody tr').length === 0");
  assert.equal(page.errors, []);
});

test('the page may load nothing from elsewhere, and every control has a name', async () => {
  await using site = await Site.open();
  const answer = await fetch(`${site.url}/dashboard`);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.match(policy, "default-src 'none'");
  assert.not.match(policy, 'unsafe');
  assert.not.match(await answer.text(), /(?:src|href)="(?!data:)/);
  const page = await chromium.page(`${site.url}/dashboard`);
  const { nodes } = await page.send<{ nodes: AccessibleNode[] }>('Accessibility.getFullAXTree');
  const controls = nodes.filter(({ role }) => ['textbox', 'button', 'searchbox'].includes(role?.value ?? ''));
  assert.is(controls.length, 5);
  for (const { name } of controls) assert.ok(name?.value);
  assert.is(
    await page.evaluate(`new Promise((done) => {
      document.addEventListener('securitypolicyviolation', () => done('refused'));
      document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.example/x.png' }));
    })`),
    'refused',
  );
});

interface AccessibleNode {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

test.run();
