import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/values.ts';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { hostName } from '../support/host-name.ts';
import type { Terminal } from '../support/terminal.ts';
import { type CheckSpec, parseCheck } from './checks/check-spec.ts';
import type { AgentFlags } from './run.ts';

export function declareAgent(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('agent')
    .summary('report that a host is alive, until stopped')
    .description(
      'Report that a host is alive until stopped, whatever errors occur. Prints a line when its state changes: reporting, lost, refused, rejected, fenced.',
    )
    .option(
      '--host <NAME>',
      'host to report for; repeat it for several (default: the name of this machine)',
      names,
    )
    .option(
      '--binary <NAME>',
      'service to report for on each host; repeat it for several (default: nova-compute)',
      binaries,
    );
  addConnection(command)
    .addOption(
      new Option(
        '--transport <WAY>',
        'socket: one WebSocket, a broken connection is noticed at once; http: a POST per report',
      )
        .choices(['socket', 'http'])
        .default('socket'),
    )
    .option('--interval <DURATION>', 'how often to report (default: what the server asks for)', duration)
    .option(
      '--restart-ttl <DURATION>',
      'on SIGTERM ask the server to wait this long, instead of counting the host as silent at once',
      duration,
    )
    .option(
      '--on-fenced <COMMAND>',
      'shell command to run when an operator declares a service down (forced_down), with HOSTBEAT_HOST and HOSTBEAT_BINARY set',
    )
    .option(
      '--check <WHAT>',
      'report only while this check passes; repeat it for several: process:NAME, systemd:UNIT, tcp:[HOST:]PORT, command:SHELL COMMAND',
      checks,
    )
    .option('--once', 'report once and end')
    .addHelpText(
      'after',
      `
Given several servers (--url), the agent reports to one; if that does not answer, to the next, within the report interval.

Signals: SIGTERM and SIGINT say goodbye and end, the host counts as silent at once; SIGHUP says that a restart follows
and that the server should wait for it (30 s, or --restart-ttl). Over http a goodbye counts one and a half
report intervals later, because another agent may report for the same host.
${CREDENTIALS_HELP}
An agent reads HOSTBEAT_AGENT_TOKEN first; "hostbeat token issue --host compute-1" makes one that can do nothing else.

Examples:
  $ HOSTBEAT_AGENT_TOKEN=… hostbeat agent --url https://hostbeat.example.org
  $ hostbeat agent --token-file /etc/hostbeat/token --host compute-1 --on-fenced 'systemctl poweroff'
  $ hostbeat agent --url https://node-1.example.org --url https://node-2.example.org
  $ hostbeat agent --check systemd:libvirtd --check tcp:16509
  $ hostbeat agent --host rack1-a --host rack1-b --binary nova-compute --transport http`,
    )
    .action(async (flags: AgentFlags) => {
      const { runAgent } = await import('./run.ts');
      await runAgent(flags, terminal);
    });
}

function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, hostName(text)];
}

function binaries(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '' || text.length > 255) throw new InvalidArgumentError('A binary is 1 to 255 characters.');
  return [...before, text];
}

function checks(text: string, before: readonly CheckSpec[] = []): readonly CheckSpec[] {
  try {
    return [...before, parseCheck(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 100 || ms > 3_600_000)
    throw new InvalidArgumentError('Write seconds, or a number with ms, s or m, from 100ms to 60m.');
  return ms;
}
