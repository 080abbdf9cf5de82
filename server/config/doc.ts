/** Generates `docs/configuration.md` from the table of settings. */
import { flagOf, secretFileVariable } from './options/option.ts';
import { CLIENT_VARIABLES, OPTIONS, type Option } from './options/table.ts';
import { placeholder } from './values.ts';

/** The whole document, ending with a line break. */
export function configurationDocument(): string {
  const options: readonly Option[] = Object.values(OPTIONS);
  return `# Configuration

<!-- Made by "npm run -s hostbeat -- config doc > docs/configuration.md". Edit server/config/options/table.ts instead. -->

Every setting of \`hostbeat serve\` is a flag and an environment variable; the flag goes first, then the variable,
then the default. A YAML file holds the same (\`serve --config FILE\`, HOSTBEAT_CONFIG; \`hostbeat init\` writes one): a key is the variable's name in lower case without \`HOSTBEAT_\`, and a variable goes before the file. An empty variable counts as not given. What is wrong is reported all
at once, before anything is opened: \`hostbeat config check\` does only that, \`hostbeat config print\` shows what
would be used and where it comes from. Secrets are never printed.

* A duration is a number of seconds, fractions allowed, or a number with its unit: \`500ms\`, \`2s\`, \`1m\`, \`12h\`, \`7d\`.
* A size is a number of bytes, or a number with its unit: \`64KiB\`, \`1MiB\`.
* A list is separated by commas.
* A secret is never a flag's value, where every user of the machine could read it: its flag, and the variable with
  \`_FILE\`, name a file that holds it.
* A service_down_time that is not above the report interval is corrected to two and a half intervals, with a warning
  (as Nova does).

## hostbeat serve

| variable | flag | value | default | |
|---|---|---|---|---|
${options.map(row).join('\n')}

## Commands that talk to a running server

| variable | |
|---|---|
${Object.entries(CLIENT_VARIABLES)
  .map(([name, help]) => `| \`${name}\` | ${help} |`)
  .join('\n')}

Without a token they log in as openstackclient does, from \`OS_AUTH_URL\`, \`OS_USERNAME\` (or \`OS_USER_ID\`),
\`OS_PASSWORD\`, \`OS_PROJECT_NAME\` (or \`OS_PROJECT_ID\`), \`OS_USER_DOMAIN_NAME\`, \`OS_PROJECT_DOMAIN_NAME\`, or with
\`OS_APPLICATION_CREDENTIAL_ID\` and \`OS_APPLICATION_CREDENTIAL_SECRET\`. \`OS_TOKEN\` is taken as a token.
`;
}

function row(option: Option): string {
  const variables =
    option.type === 'secret' ? `\`${option.env}\`, \`${secretFileVariable(option)}\`` : `\`${option.env}\``;
  const value = placeholder(option).replaceAll('|', ' \\| ');
  const shown = option.default === undefined || option.default === '' ? '' : `\`${option.default}\``;
  return `| ${variables} | \`${flagOf(option)}\` | ${value} | ${shown} | ${option.help}${bound(option)} |`;
}

function bound(option: Option): string {
  if (option.min === undefined) return '';
  return ` At least ${option.min}${option.type === 'seconds' ? ' s' : ''}.`;
}
