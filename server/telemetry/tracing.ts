/**
 * Traces, for operators who run OpenTelemetry: spans of requests, commits and fan-outs, through its API package.
 * That package sends nothing by itself; an SDK loaded into the process (`NODE_OPTIONS=--import …`) takes the spans
 * and brings the exporter. Off by default, and then it costs nothing.
 */
import { createRequire } from 'node:module';
import type { Attributes, Span, TextMapGetter } from '@opentelemetry/api';

/** A hundred files, loaded only where traces are on. */
const require = createRequire(import.meta.url);
const api = () => require('@opentelemetry/api') as typeof import('@opentelemetry/api');

/** Lets code inside a span add to it. */
export interface Note {
  set(attributes: Attributes): void;
}

type RequestHeaders = Pick<Headers, 'get'> & Partial<Pick<Headers, 'keys'>>;

export interface SpanOptions {
  readonly attributes?: Attributes;
  /** The span of a request. A caller that sends `traceparent` has started the trace. */
  readonly headers?: RequestHeaders;
}

export interface Tracing {
  /** Runs `work` inside a span, which ends when `work` returns, or when the promise it returns settles. */
  span<T>(name: string, options: SpanOptions, work: (note: Note) => T): T;
}

export const noTracing: Tracing = { span: (_name, _options, work) => work(NO_NOTE) };

const NO_NOTE: Note = { set: () => undefined };

export function createTracing(version: string): Tracing {
  const { context, propagation, SpanKind, trace } = api();
  const tracer = trace.getTracer('hostbeat', version);
  return {
    span(name, { attributes = {}, headers }, work) {
      const parent =
        headers === undefined ? context.active() : propagation.extract(context.active(), headers, HEADERS);
      const kind = headers === undefined ? SpanKind.INTERNAL : SpanKind.SERVER;
      return tracer.startActiveSpan(name, { kind, attributes }, parent, (span) => run(span, work));
    },
  };
}

function run<T>(span: Span, work: (note: Note) => T): T {
  try {
    const result = work({ set: (attributes) => void span.setAttributes(attributes) });
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    return result.then(
      (value) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        fail(span, error);
        throw error;
      },
    ) as T;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

/** Only the kind of the error: its message may name another owner's things. */
function fail(span: Span, error: unknown): void {
  span.setStatus({
    code: api().SpanStatusCode.ERROR,
    message: error instanceof Error ? error.name : 'error',
  });
  span.end();
}

const HEADERS: TextMapGetter<RequestHeaders> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...(headers.keys?.() ?? [])],
};
