/**
 * `POST /v1/reports`: heartbeats of agents that use plain HTTP, one or many at once. One function without middleware: a
 * report costs little, and a chain of middleware would cost more than the report.
 */
import type { z } from 'zod';
import { MAX_REPORTS, ReportsBody } from '../../client-sdk/protocol/agent.ts';
import { checked } from '../documents/validate.ts';
import { DomainError } from '../domain/errors.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import { type AuthenticatedOptions, identify } from '../identity/middleware.ts';
import { mayReportAtAll } from '../liveness/agents/session.ts';
import type { Liveness } from '../liveness/liveness.ts';
import { KnownBatches } from '../liveness/reports/known-batches.ts';
import { isReportsBody } from '../liveness/reports/report.ts';
import type { ReportAnswer } from '../liveness/reports/report-answer.ts';
import { type PlainAnswer, type PlainRequest, plainJson } from '../plain-http.ts';
import type { Logger } from '../telemetry/logger.ts';
import { parseJson, readText } from './request/body.ts';
import { errorAnswer, TooLarge } from './request/errors.ts';

export interface ReportsContext extends Omit<AuthenticatedOptions, 'api' | 'watchKeys'> {
  readonly liveness: Pick<Liveness, 'accept' | 'admit' | 'connect' | 'config'>;
  readonly authenticator: Pick<Authenticator, 'authenticate' | 'challenge'>;
  readonly logger: Logger;
}

/** Enough bytes for MAX_REPORTS reports with the longest names allowed. */
const MAX_BODY = 8 * 1024 * 1024;

export function createReports(context: ReportsContext): (request: PlainRequest) => Promise<PlainAnswer> {
  const { liveness, authenticator, logger, clientAddress } = context;
  const filter: AuthenticatedOptions = { ...context, api: 'v1' };
  return async (request) => {
    try {
      const identity = await identify(request, authenticator, filter);
      if ('status' in identity) {
        const { status, headers, body } = identity;
        return plainJson(status, body, headers);
      }
      if (!mayReportAtAll(identity)) {
        throw new DomainError(
          'forbidden',
          'Reporting needs the role "service" or "admin", or an agent token',
        );
      }
      const { reports, goodbye } = bodyOf(await readText(request, MAX_BODY));
      const wait = liveness.admit(identity, reports.length);
      if (wait > 0)
        throw new DomainError('too_many', 'reports: more than the token’s hosts need', {
          retryAfterMs: wait,
        });
      const address = clientAddress?.(request);
      const { members } =
        goodbye === undefined
          ? await liveness.accept(reports, identity, address)
          : await leave(liveness, { reports, goodbye }, identity, address);
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: `{${members}}` };
    } catch (error) {
      return errorAnswer(error, request.method, new URL(request.url).pathname, logger);
    }
  };
}

interface Body {
  readonly reports: readonly unknown[];
  readonly goodbye?: z.infer<typeof ReportsBody>['goodbye'];
}

interface LastReports extends Body {
  readonly goodbye: NonNullable<Body['goodbye']>;
}

/** Leaves time for another agent that posts for the same services: it reports once an interval. */
const LEAST_INTERVALS = 1.5;

/** The last reports of an agent that leaves: treated as a connection that says goodbye right after its report. */
async function leave(
  { connect, config }: Pick<Liveness, 'connect' | 'config'>,
  { reports, goodbye }: LastReports,
  identity: Identity,
  address: string | undefined,
): Promise<ReportAnswer> {
  const connection = connect(identity, () => undefined, address);
  try {
    const answer = await connection.report(reports);
    const asked = goodbye.reason === 'shutdown' ? 0 : (goodbye.ttl_ms ?? config.serviceDownTime);
    connection.goodbye(Math.max(asked, LEAST_INTERVALS * config.reportInterval));
    return answer;
  } finally {
    connection.lost('goodbye');
  }
}

const batches = new KnownBatches<Body>();

/** @throws TooLarge; DomainError `invalid` */
function bodyOf(text: string): Body {
  const known = batches.get(text);
  if (known !== undefined) return known;
  const body = parseJson(text);
  // Nearly all reports are valid, and this check costs almost nothing; only an invalid one goes through the schema, for
  // its error.
  if (isReportsBody(body)) {
    batches.keep(text, body);
    return body;
  }
  const { reports } = (body ?? {}) as { reports?: unknown };
  if (Array.isArray(reports) && reports.length > MAX_REPORTS) {
    throw new TooLarge(`reports: at most ${MAX_REPORTS} at once; send the rest in another request`);
  }
  return checked(ReportsBody, body);
}
