import { Hono } from 'hono';
import { StaticAnswer } from '../socket/static-answer.ts';
import { type Bundle, bundlePage } from './bundle.ts';

/** `/dashboard`: a public page. It reads data with the token of the user who logs in there. */
export function createDashboard(bundle: () => Promise<Bundle> = bundlePage): Hono {
  const app = new Hono();
  let page: Promise<StaticAnswer> | undefined;
  app.get('/dashboard', async (c) => {
    // Built at the first request: on an edge site, most deployments never get one.
    page ??= bundle().then(pageOf);
    page.catch(() => {
      page = undefined;
    });
    return (await page).to(c.req.raw);
  });
  return app;
}

function pageOf({ html, contentSecurityPolicy }: Bundle): StaticAnswer {
  return new StaticAnswer(html, 'text/html; charset=UTF-8', {
    'Content-Security-Policy': contentSecurityPolicy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
  });
}
