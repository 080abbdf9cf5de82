/** Runs one scenario of `at-rest.ts` in a process of its own on a fresh file. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../tests/support/process.ts';
import type { AtRest, Scenario } from './at-rest.ts';

export async function standing(services: number, scenario: Scenario, seconds: number): Promise<AtRest> {
  await using folder = await temporaryFolder();
  const script = join(import.meta.dirname, 'at-rest.ts');
  const args = [script, `${folder.path}/at-rest.db`, String(services), scenario, String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as AtRest;
}
