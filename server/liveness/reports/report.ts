/** Validates reports. Written by hand because it is the hot path; a test checks that it agrees with the schema. */
import { type AgentReport, MAX_REPORTS, type Report } from '../../../client-sdk/protocol/agent.ts';
import { isPrintableName } from '../../domain/names.ts';
import { COMPUTE, type ServiceKey } from '../../domain/service.ts';

const HOST = /^[a-zA-Z0-9._-]{1,255}$/;

/**
 * @param expected the service that usually reports next: if the report is for it, its name needs no second check
 * @returns the report (`expected` itself, if it was that one), or what is wrong with it, in words
 */
export function readReport(value: unknown, expected?: ServiceKey): Report | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'a report must be an object such as {"host":"c1","binary":"nova-compute"}';
  }
  const { host, binary = COMPUTE } = value as { host?: unknown; binary?: unknown };
  const isExpected = expected !== undefined && host === expected.host && binary === expected.binary;
  if (!isExpected) {
    if (typeof host !== 'string') return 'host: must be a string';
    if (!HOST.test(host)) return 'host: must be 1 to 255 letters, digits, "-", "." and "_"';
    if (typeof binary !== 'string' || binary.length < 1 || binary.length > 255) {
      return 'binary: must be a string of 1 to 255 characters';
    }
    if (!isPrintableName(binary)) return 'binary: must not contain control characters';
  }
  for (const key in value) {
    if (key !== 'host' && key !== 'binary')
      return `unknown key "${key.slice(0, 64)}"; known are host, binary`;
  }
  return isExpected ? expected : { host: host as string, binary: binary as string };
}

/** Is it the body of a report request? If not, the schema says what is wrong with it. */
export function isReportsBody(body: unknown): body is { readonly reports: readonly unknown[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  for (const key in body) if (key !== 'reports') return false;
  return isBatch((body as { reports?: unknown }).reports);
}

/** Is it a report frame? If not, it may be another frame or a wrong one: the schema decides. */
export function isReportFrame(frame: unknown): frame is AgentReport {
  if (typeof frame !== 'object' || frame === null) return false;
  const { type, seq, reports } = frame as { type?: unknown; seq?: unknown; reports?: unknown };
  return (
    type === 'report' &&
    (seq === undefined || (Number.isSafeInteger(seq) && (seq as number) >= 0)) &&
    isBatch(reports)
  );
}

function isBatch(reports: unknown): boolean {
  return Array.isArray(reports) && reports.length >= 1 && reports.length <= MAX_REPORTS;
}
