/** What should be the same on every node, as short digests: nobody sees the values, and a name says where they differ. */
import { hash } from 'node:crypto';
import type { Logger } from '../telemetry/logger.ts';

export type SettingDigests = Readonly<Record<string, string>>;

const CHARACTERS = 8;

export function digestsOf(settings: Readonly<Record<string, unknown>>): SettingDigests {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      hash('sha256', JSON.stringify(value) ?? '', 'base64url').slice(0, CHARACTERS),
    ]),
  );
}

/** Names of what differs. What one of them does not name it may not know: it is of another version. */
export function differing(a: SettingDigests = {}, b: SettingDigests = {}): string[] {
  return Object.keys(a).filter((name) => name in b && a[name] !== b[name]);
}

/** Clients get other answers at a node with other settings: that is said once, and once more when it changes. */
export class SettingsWatch {
  /** By node: what was last said. */
  readonly #said = new Map<number, string>();

  compare(
    { from: node, settings: theirs }: { readonly from: number; readonly settings?: SettingDigests },
    ours: SettingDigests | undefined,
    logger: Pick<Logger, 'info' | 'warn'>,
  ): void {
    const names = differing(ours, theirs).join(', ');
    if (names === (this.#said.get(node) ?? '')) return;
    this.#said.set(node, names);
    if (names === '') logger.info({ node }, 'the settings of another node are as ours again');
    else logger.warn({ node, settings: names }, `settings of another node differ from ours: ${names}`);
  }
}
