/** `/identity` where an external service keeps the users: says where that service is. */
import { Hono } from 'hono';

export function createNotHereApp(where: string): Hono {
  const app = new Hono({ strict: false });
  for (const path of ['/identity', '/identity/*']) {
    app.all(path, (c) => {
      const message = `There is no identity service here: users log in at ${where}.`;
      return c.json({ error: { code: 404, message, title: 'Not Found' } }, 404);
    });
  }
  return app;
}
