/**
 * Short digests of the settings that should be the same on every node: no node sees another's values, and names say
 * which differ.
 */
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

/** Names of the settings that differ. A name that only one side has belongs to another version, and is ignored. */
export function differing(a: SettingDigests = {}, b: SettingDigests = {}): string[] {
  return Object.keys(a).filter((name) => name in b && a[name] !== b[name]);
}

/**
 * Logs that another node has different settings, so that clients get other answers there: once, and again when that
 * changes.
 */
export class SettingsWatch {
  /** By node: the names logged last. */
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
