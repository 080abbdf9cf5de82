/**
 * Removes secrets from log lines. Every line passes here last, so no other code has to remember it. It hides the
 * secrets of the settings wherever they occur, every field named like a secret, and text that looks like a credential.
 */
const HIDDEN = '[hidden]';

/** Names of fields and headers, in any spelling: `adminPassword`, `x-auth-token`, `signing_key`. */
const NAMES = /pass(word|wd|phrase)|secret|token|authorization|cookie|credential|ticket|signing.?key/i;

const PROOFS: readonly (readonly [RegExp, string])[] = [
  // Our own secrets have a prefix: see server/identity/tokens/secrets.ts.
  [/\bhb[tackw]_[\w-]{16,}/g, HIDDEN],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\bgAAAA[\w=-]{16,}/g, HIDDEN],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/(\/\/)[^\s/?#@"]*:[^\s/?#@"]*@/g, `$1${HIDDEN}@`],
];

/** A shorter text occurs everywhere, and is not a safe secret. */
const SHORTEST = 4;

/** @param secrets values that must never appear; read for each line, so that a renewed one can be added */
export function redaction(secrets: readonly (string | undefined)[] = []): (line: string) => string {
  const clean = (text: string): string => {
    let cleaned = text;
    for (const secret of secrets)
      if (secret !== undefined && secret.length >= SHORTEST) cleaned = cleaned.replaceAll(secret, HIDDEN);
    for (const [proof, instead] of PROOFS) cleaned = cleaned.replace(proof, instead);
    return cleaned;
  };
  const hide = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return NAMES.test(name) ? HIDDEN : clean(value);
    if (Array.isArray(value)) return value.map((one) => hide(one, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [clean(key), hide(one, NAMES.test(name) ? name : key)]),
    );
  };
  return (line) => `${JSON.stringify(hide(JSON.parse(line), ''))}\n`;
}
