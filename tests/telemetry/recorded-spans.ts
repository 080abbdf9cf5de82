/** An OpenTelemetry SDK in miniature, behind its API: keeps the spans, and knows which began inside which. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';

export interface RecordedSpan {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  /** Name of the span it began in, or the id that a caller sent. */
  readonly parent: string | undefined;
  status: unknown;
  ended: boolean;
}

/** Takes every span of this process until it is disposed of. */
export function recordSpans(): { readonly spans: RecordedSpan[]; [Symbol.dispose](): void } {
  const spans: RecordedSpan[] = [];
  const active = new AsyncLocalStorage<Context>();
  const recorded = new WeakMap<object, RecordedSpan>();
  const start = (name: string, options: SpanOptions = {}, parent: Context = context.active()): Span => {
    const outer = trace.getSpan(parent);
    const span: RecordedSpan = {
      name,
      attributes: { ...options.attributes },
      parent: outer && (recorded.get(outer)?.name ?? outer.spanContext().spanId),
      status: undefined,
      ended: false,
    };
    spans.push(span);
    const handle = {
      setAttributes: (more: object) => Object.assign(span.attributes, more),
      setStatus: (status: unknown) => {
        span.status = status;
      },
      end: () => {
        span.ended = true;
      },
    } as unknown as Span;
    recorded.set(handle, span);
    return handle;
  };
  const tracer = {
    startSpan: start,
    startActiveSpan(name: string, options: SpanOptions, parent: Context, work: (span: Span) => unknown) {
      const span = start(name, options, parent);
      return context.with(trace.setSpan(parent, span), () => work(span));
    },
  } as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (inner, work, self, ...given) => active.run(inner, () => work.call(self as never, ...given)),
    bind: (_inner, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ['traceparent'],
    extract(outer, carrier, getter) {
      const [, traceId = '', spanId = ''] = String(getter.get(carrier, 'traceparent') ?? '').split('-');
      return spanId === '' ? outer : trace.setSpanContext(outer, { traceId, spanId, traceFlags: 1 });
    },
  });
  return {
    spans,
    [Symbol.dispose]() {
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}
