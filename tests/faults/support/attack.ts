/** Many requests at once, again and again for a while, by an account that is entitled to each of them. */
import { request } from 'node:http';

export interface AttackOptions {
  readonly url: string;
  readonly token: string;
  readonly paths: readonly string[];
  readonly parallel: number;
  readonly ms: number;
  /** Hang up this long after each request. */
  readonly leaveAfter?: number;
}

export interface AttackSummary {
  /** Answers by status; 0 for those that were left or broken off. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Refusals without a time to come back. */
  readonly withoutRetryAfter: number;
}

export async function attack(options: AttackOptions): Promise<AttackSummary> {
  const { paths, parallel, ms } = options;
  const statuses = new Map<number, number>();
  let withoutRetryAfter = 0;
  const end = performance.now() + ms;
  const one = async (n: number) => {
    for (let asked = n; performance.now() < end; asked++) {
      const { status, retryAfter } = await ask(paths[asked % paths.length] as string, options);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status >= 429 && retryAfter === undefined) withoutRetryAfter += 1;
      if (status === 0 || status >= 429) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, n) => one(n)));
  return { statuses, withoutRetryAfter };
}

function ask(path: string, { url, token, leaveAfter }: AttackOptions) {
  return new Promise<{ status: number; retryAfter: string | undefined }>((resolve) => {
    const headers = { 'x-auth-token': token, 'openstack-api-version': 'compute 2.95' };
    const asked = request(`${url}${path}`, { headers, agent: false }, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.resume().on('error', () => undefined);
      answer.on('close', () => resolve({ status, retryAfter: answer.headers['retry-after'] }));
    });
    const leave = () => asked.destroy();
    if (leaveAfter !== undefined) asked.setTimeout(leaveAfter, leave);
    const leaving = leaveAfter === undefined ? undefined : setTimeout(leave, leaveAfter);
    asked.on('error', () => resolve({ status: 0, retryAfter: undefined }));
    asked.on('close', () => clearTimeout(leaving));
    asked.end();
  });
}
