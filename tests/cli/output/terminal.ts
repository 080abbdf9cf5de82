import type { Terminal } from '../../../server/cli/support/terminal.ts';

export interface TestTerminal extends Terminal {
  readonly stdout: string;
  readonly stderr: string;
}

/** A terminal that remembers; nobody looks at it unless the test says so. */
export function testTerminal(
  env: Record<string, string> = {},
  looks: Partial<Pick<Terminal, 'interactive' | 'colours' | 'columns' | 'rows'>> = {},
): TestTerminal {
  let stdout = '';
  let stderr = '';
  return {
    env,
    interactive: false,
    colours: false,
    columns: 100,
    rows: 30,
    ...looks,
    out(text) {
      stdout += text;
    },
    draw(text) {
      stdout += text;
    },
    err(text) {
      stderr += text;
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
  };
}
