import { Hono } from 'hono';
import { type Bundle, bundlePage } from './bundle.ts';

/** `/dashboard`: a page that everybody may load; what it shows is asked for with the token of who logs in there. */
export function createDashboard(bundle: () => Promise<Bundle> = bundlePage): Hono {
  const app = new Hono();
  let page: Promise<Bundle> | undefined;
  app.get('/dashboard', async (c) => {
    // Made when somebody first asks: most deployments on an edge site never do.
    page ??= bundle();
    page.catch(() => {
      page = undefined;
    });
    const { html, contentSecurityPolicy } = await page;
    return c.html(html, 200, {
      'Content-Security-Policy': contentSecurityPolicy,
      'Cache-Control': 'no-cache',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
  });
  return app;
}
