/**
 * `npm run pictures`: makes the pictures of README and docs/dashboard.md from the real product: a recording of
 * `hostbeat demo` on a terminal, and the dashboard in Debian's Chromium, as its own test meets it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { hostbeatEntry, temporaryFolder } from '../../support/process.ts';
import { type RecordedLine, terminalSvg } from './terminal-svg.ts';

const FOLDER = new URL('../../../docs/pictures/', import.meta.url).pathname;
/** Pictures that the dashboard's test takes, and their names here. */
const DASHBOARD = { '4-down': 'dashboard-owner', '6-operator-dark': 'dashboard-operator' };

/** A terminal of its own, by script(1): colours are printed there only. */
async function recordedDemo(): Promise<readonly RecordedLine[]> {
  const began = performance.now();
  const command = `stty cols 132 rows 60; '${process.execPath}' '${hostbeatEntry}' demo`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: RecordedLine[] = [{ at: 0, text: '$ npm run demo' }];
  const ended = once(child, 'close');
  for await (const text of createInterface({ input: child.stdout }))
    lines.push({ at: (performance.now() - began) / 1_000, text });
  const [code] = await ended;
  if (code !== 0) throw new Error(`the demo ended with ${code}`);
  // Nobody waits for a process to start before the first line of a picture.
  const start = (lines[1]?.at ?? 0) - 0.5;
  return lines.map(({ at, text }) => ({ at: Math.max(0, at - start), text }));
}

async function dashboard(): Promise<void> {
  await using pictures = await temporaryFolder();
  const test = new URL('../dashboard.ts', import.meta.url).pathname;
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', test], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, HOSTBEAT_PICTURES: pictures.path },
  });
  if (status !== 0) throw new Error(`the dashboard's test ended with ${status}: npm run test:browser`);
  for (const [from, to] of Object.entries(DASHBOARD))
    await copyFile(`${pictures.path}/${from}.png`, `${FOLDER}${to}.png`);
}

await mkdir(FOLDER, { recursive: true });
const title = 'hostbeat demo: hosts fail and return, and each owner is sent every change of its servers';
await writeFile(`${FOLDER}demo.svg`, terminalSvg(await recordedDemo(), title));
await dashboard();
for (const name of ['demo.svg', ...Object.values(DASHBOARD).map((name) => `${name}.png`)])
  console.log(`docs/pictures/${name}: ${Math.ceil((await stat(FOLDER + name)).size / 1024)} KiB`);
