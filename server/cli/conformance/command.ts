import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from '../support/terminal.ts';
import type { ConformanceFlags } from './run.ts';

export function declareConformance(parent: Command, terminal: Terminal): void {
  const group = parent
    .command('conformance')
    .summary('test a client against the protocol')
    .description(
      'Test a client, in any language, against the stream protocol: play scenarios against it and judge what it does.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ hostbeat conformance serve -- ./my-client`,
    );
  group
    .command('serve')
    .summary('play every scenario against a client')
    .description(
      'Run a scripted server for each scenario of client-sdk/conformance, start the client against it, and judge what it sends and what it decides.',
    )
    .argument('<command...>', 'the client: it prints its decisions as JSON lines')
    .option('--only <WORD...>', 'scenarios whose name contains one of these words')
    .addOption(
      new Option('--transport <NAME...>', 'scenarios of these transports').choices([
        'websocket',
        'events',
        'poll',
      ]),
    )
    .addOption(
      new Option('--patience <MS>', 'how long each step may take').default(5_000).argParser((text) => {
        const ms = Number(text);
        if (!(ms >= 100 && ms <= 60_000))
          throw new InvalidArgumentError('give milliseconds from 100 to 60000.');
        return ms;
      }),
    )
    .option('--json', 'a JSON object a line')
    .addHelpText(
      'after',
      `
The client gets HOSTBEAT_URL, HOSTBEAT_TRANSPORT, HOSTBEAT_TOKENS, HOSTBEAT_TOKEN_IN, HOSTBEAT_TOKEN_TIMEOUT_MS and
HOSTBEAT_CURSOR; client-sdk/conformance/README.md says what it prints. Ends with 0 if every scenario passed.

Examples:
  $ hostbeat conformance serve -- node client-sdk/conformance/sdk-client.mjs
  $ hostbeat conformance serve --only snapshot reset -- ./my-client`,
    )
    .action(async (command: string[], flags: ConformanceFlags) => {
      const { serveConformance } = await import('./run.ts');
      await serveConformance(command, flags, terminal);
    });
}
