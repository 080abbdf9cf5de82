import { Hono } from 'hono';
import { StaticAnswer } from '../socket/static-answer.ts';
import { type Bundle, bundlePage } from './bundle.ts';

/** `/dashboard`: a page that everybody may load; what it shows is asked for with the token of who logs in there. */
export function createDashboard(bundle: () => Promise<Bundle> = bundlePage): Hono {
  const app = new Hono();
  let page: Promise<StaticAnswer> | undefined;
  app.get('/dashboard', async (c) => {
    // Made when somebody first asks: most deployments on an edge site never do.
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
