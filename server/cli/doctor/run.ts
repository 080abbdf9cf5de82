/** `hostbeat doctor`: runs the checks one after another and prints their findings. */
import { type ConnectionFlags, sayServer, serverOf, tokensFor } from '../connection/connection.ts';
import type { CredentialTokens } from '../connection/credentials.ts';
import { firstThatAnswers } from '../connection/endpoints.ts';
import { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { printable } from '../support/text.ts';
import { CHECKS } from './checks.ts';
import type { Finding } from './finding.ts';

const MARK: Record<Finding['verdict'], string> = {
  ok: 'ok   ',
  note: 'note ',
  wrong: 'WRONG',
  skipped: 'skip ',
};

const WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));

interface NamedFinding extends Finding {
  readonly check: string;
}

/** @throws CliError `failed` if a check found something wrong */
export async function runDoctor(
  flags: ConnectionFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const server = serverOf(flags, terminal.env);
  const url = await firstThatAnswers(server.urls, terminal);
  sayServer({ urls: [url], from: server.from }, terminal);
  const tokens = tokensOf(flags, server.urls, terminal);
  const context = { url, tokens, open: new HttpClient(url), http: new HttpClient(url, tokens) };
  const findings: NamedFinding[] = [];
  for (const { name, needs, run } of CHECKS) {
    const missing = needs.find((need) => findings.find(({ check }) => check === need)?.verdict !== 'ok');
    const finding: Finding =
      missing === undefined
        ? await run(context).catch((error: Error) => ({ verdict: 'wrong', words: error.message }))
        : { verdict: 'skipped', words: `needs "${missing}"` };
    findings.push({ check: name, ...finding });
    if (flags.json !== true)
      terminal.out(`${MARK[finding.verdict]}  ${name.padEnd(WIDTH)}  ${printable(finding.words)}\n`);
  }
  if (flags.json === true) terminal.out(json({ url, findings }, 2));
  if (findings.some(({ verdict }) => verdict === 'wrong')) throw new CliError(EXIT.failed, '');
}

/** Without credentials, checks that need none still run. */
function tokensOf(
  flags: ConnectionFlags,
  urls: readonly string[],
  terminal: Terminal,
): CredentialTokens | undefined {
  try {
    return tokensFor(flags, terminal.env, urls);
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.config) return undefined;
    throw error;
  }
}
