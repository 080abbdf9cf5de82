/** Secrets and authorities that come from files: reloaded when their files change. */
import type { SecretSource, SecretsInForce } from '../../config/config.ts';
import { authoritiesFile, renewAuthorities } from '../../runtime/authorities.ts';
import type { Renewals } from './renewals.ts';

export interface SecretsParts {
  readonly inForce: SecretsInForce;
  readonly source: SecretSource | undefined;
  /** Makes the log hide a secret from now on. */
  readonly hide: (secret: string) => void;
  /** Called after a secret was renewed. */
  readonly renewed: () => void;
}

export function followSecrets({ inForce, source, hide, renewed }: SecretsParts, renewals: Renewals): void {
  if (source === undefined || source.files.length === 0) return;
  renewals.add({
    name: 'secrets',
    files: source.files,
    readsFirst: true,
    async renew() {
      const { receivers, ...next } = await source.read();
      // A receiver that was removed from the file is refused from now on.
      const isOtherReceivers = JSON.stringify(receivers) !== JSON.stringify(inForce.receivers);
      if (isOtherReceivers) {
        for (const { token } of receivers) hide(token);
        inForce.receivers = receivers;
      }
      const names = (Object.keys(next) as (keyof typeof next)[]).filter(
        (name) => next[name] !== inForce[name],
      );
      // A secret that was removed from the settings stays in force: the parts that use it were checked at the start.
      const fresh = names.filter((name) => next[name] !== undefined);
      if (fresh.length === 0) return isOtherReceivers;
      for (const name of fresh) {
        hide(next[name] ?? '');
        inForce[name] = next[name];
      }
      renewed();
      return true;
    },
  });
}

export function followAuthorities(renewals: Renewals): void {
  const file = authoritiesFile();
  if (file === undefined) return;
  renewals.add({
    name: 'authorities',
    files: [file],
    readsFirst: true,
    renew: () => renewAuthorities(file),
  });
}
