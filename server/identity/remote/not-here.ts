/** `/identity` where another service keeps the users: it says where. */
import { Hono } from 'hono';

export function createElsewhereApp(where: string): Hono {
  const app = new Hono({ strict: false });
  for (const path of ['/identity', '/identity/*']) {
    app.all(path, (c) => {
      const message = `There is no identity service here: users are known to ${where}.`;
      return c.json({ error: { code: 404, message, title: 'Not Found' } }, 404);
    });
  }
  return app;
}
