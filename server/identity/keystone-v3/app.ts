/** `/identity`: as much of Keystone's v3 API as unmodified clients need to log in and to manage accounts. */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Recorder } from '../../audit/recorder.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { audited } from './audited.ts';
import { authRoutes } from './auth/auth.ts';
import { callerKnown, type KeystoneDeps, type KeystoneEnv } from './context.ts';
import { faultOf } from './faults.ts';
import { knownPaths } from './paths.ts';
import { applicationCredentialRoutes } from './resources/application-credentials.ts';
import { assignmentRoutes } from './resources/assignments.ts';
import { domainRoutes } from './resources/domains.ts';
import { grantRoutes } from './resources/grants.ts';
import { projectRoutes } from './resources/projects.ts';
import { roleRoutes } from './resources/roles.ts';
import { serviceRoutes } from './resources/services.ts';
import { ownPasswordRoutes, userRoutes } from './resources/users.ts';
import { versionRoutes } from './versions.ts';

export interface KeystoneOptions extends Omit<KeystoneDeps, 'record'> {
  readonly logger: Pick<Logger, 'error'>;
  /** Records what administrators do; without it nothing is recorded. */
  readonly record?: Recorder;
}

/** Mount it at `/`; all its paths begin with `/identity`. */
export function createKeystoneApp({ logger, record = async () => {}, ...rest }: KeystoneOptions): Hono {
  const deps = { ...rest, record };
  const app = new Hono({ strict: false });
  app.onError((error, c) => faultOf(c, error, `${deps.baseUrl(c.req.raw)}/identity`, logger));
  app.use('/identity/*', async (c, next) => {
    c.header('X-OpenStack-Request-Id', `req-${randomUUID()}`);
    await next();
    c.header('Vary', 'X-Auth-Token');
  });
  app.use(
    '/identity/*',
    knownPaths(() => app.routes, deps.baseUrl),
  );
  app.route('/', versionRoutes(deps));
  app.route('/identity/v3/auth', authRoutes(deps));
  app.route('/identity/v3', ownPasswordRoutes(deps));

  const v3 = new Hono<KeystoneEnv>();
  v3.use(callerKnown(deps));
  v3.use(audited(deps));
  for (const routes of [
    domainRoutes,
    projectRoutes,
    userRoutes,
    roleRoutes,
    grantRoutes,
    assignmentRoutes,
    applicationCredentialRoutes,
    serviceRoutes,
  ]) {
    v3.route('/', routes(deps));
  }
  app.route('/identity/v3', v3);
  app.all('/identity/*', () => {
    throw new DomainError('not_found', 'The resource could not be found.');
  });
  return app;
}
