/** The form of a check on the command line. */
export interface CheckSpec {
  readonly kind: 'process' | 'systemd' | 'tcp' | 'command';
  readonly what: string;
}

const FORM = 'Write process:NAME, systemd:UNIT, tcp:[HOST:]PORT or command:SHELL COMMAND.';

/** @throws Error that says what is wrong with the text */
export function parseCheck(text: string): CheckSpec {
  const match = /^(process|systemd|tcp|command):(.+)$/s.exec(text);
  if (match === null) throw new Error(FORM);
  const spec = { kind: match[1] as CheckSpec['kind'], what: (match[2] as string).trim() };
  if (spec.what === '') throw new Error(FORM);
  if (spec.kind === 'tcp') addressOf(spec.what);
  if (spec.kind === 'systemd' && !/^[\w@:.\\-]+$/.test(spec.what)) {
    throw new Error(`"${spec.what}" is not the name of a systemd unit.`);
  }
  return spec;
}

/** @throws Error */
export function addressOf(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new Error(`"${text}" is neither PORT nor HOST:PORT.`);
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}
