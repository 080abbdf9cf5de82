/** What requests of our own API are refused before they cost anything, and what an error says. */
import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createDrills } from '../../../server/api/drills.ts';
import { createsMissing } from '../../../server/api/request/create-missing.ts';
import { answerError, errorBody } from '../../../server/api/request/errors.ts';
import { createSeed, type Seeding } from '../../../server/api/seed.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import type { Env } from '../../../server/identity/middleware.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { anAdmin, anIdentity } from '../../support/identity.ts';

const test = suite('requests that are refused early');

function ask(routes: Hono<Env>, path: string, body: BodyInit, identity: Identity) {
  const app = new Hono<Env>()
    .use(async (c, next) => {
      c.set('identity', identity);
      await next();
    })
    .route('/', routes)
    .onError(answerError(noLogger));
  return app.request(path, { method: 'POST', body, duplex: 'half' } as RequestInit);
}

/** @param chunks of one MiB each */
function bodyOf(chunks: number) {
  const read = { chunks: 0 };
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read.chunks === chunks) return controller.close();
        read.chunks += 1;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, read };
}

test('whether somebody may rehearse is decided before the body is read', async () => {
  const drills = {
    demand() {
      throw new DomainError('forbidden', 'no');
    },
  };
  const { body, read } = bodyOf(1);
  const { status } = await ask(createDrills(drills as never), '/drills', body, anIdentity());
  assert.equal([status, read.chunks], [403, 0]);
});

const counting: Seeding = async (body) => {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return { bytes };
};

test('a seed has 64 MiB at most', async () => {
  const seeded = async (mebibytes: number) =>
    (await ask(createSeed(counting), '/seed', bodyOf(mebibytes).body, anAdmin())).status;
  assert.equal([await seeded(64), await seeded(65)], [200, 413]);
});

test('only administrators create what servers name', () => {
  const wish = (create_missing: string | undefined, identity: Identity) => {
    const context = { req: { query: () => create_missing }, var: { identity } };
    try {
      return createsMissing(context as never);
    } catch (error) {
      return (error as DomainError).code;
    }
  };
  const admin = ['true', 'false', undefined, 'yes'].map((given) => wish(given, anAdmin()));
  assert.equal(admin, [true, false, false, 'invalid']);
  const service = anIdentity({ roles: ['service'] });
  assert.equal(
    ['true', 'false', undefined].map((given) => wish(given, service)),
    ['forbidden', false, false],
  );
});

test('details of a failure stay in the log', () => {
  const secret = 'SELECT password FROM users';
  for (const error of [new Error(secret), new DomainError('internal', secret), secret, undefined]) {
    const { code, message } = errorBody(error);
    assert.is(code, 'internal');
    assert.not.match(message, 'SELECT');
  }
  assert.equal(errorBody(new DomainError('invalid', 'name: is empty', { field: 'name' })), {
    code: 'invalid',
    message: 'name: is empty',
    field: 'name',
  });
});

test.run();
