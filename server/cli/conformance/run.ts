/** `hostbeat conformance serve`: plays every scenario against a program, a few at once. */
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { printable } from '../support/text.ts';
import { judge, type ScenarioVerdict } from './judge.ts';
import { loadScenarios, type Scenario } from './scenario.ts';
import { programSubject, type Subject } from './subject.ts';

export interface ConformanceFlags {
  readonly only?: readonly string[];
  readonly transport?: readonly string[];
  readonly json?: boolean;
  readonly patience: number;
}

const AT_ONCE = 4;

/** @throws CliError if one fails */
export async function serveConformance(
  command: readonly string[],
  flags: ConformanceFlags,
  terminal: Terminal,
): Promise<void> {
  const scenarios = loadScenarios(flags.only).filter(
    ({ transport }) => flags.transport?.includes(transport) ?? true,
  );
  if (scenarios.length === 0) throw new CliError(EXIT.usage, 'no scenario has such a name or transport.');
  const subject = programSubject(command, (text) => terminal.err(`client: ${printable(text)}\n`));
  const verdicts = await judgeAll(scenarios, subject, flags.patience, (verdict) => {
    const line = `${verdict.passed ? 'ok    ' : 'FAILED'} ${verdict.name}  ${printable(verdict.why)}`;
    terminal.out(flags.json === true ? json(verdict) : `${line.trimEnd()}\n`);
  });
  const failed = verdicts.filter(({ passed }) => !passed).length;
  if (failed > 0) throw new CliError(EXIT.failed, `${failed} of ${verdicts.length} scenarios failed.`);
}

export async function judgeAll(
  scenarios: readonly Scenario[],
  subject: Subject,
  patience: number,
  onVerdict: (verdict: ScenarioVerdict) => void = () => undefined,
  atOnce = AT_ONCE,
): Promise<readonly ScenarioVerdict[]> {
  const left = [...scenarios];
  const verdicts: ScenarioVerdict[] = [];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const verdict = await judge(next, subject, patience);
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return verdicts;
}
