/** Asks the server why a row has its status: shows the verdict of `explain`. */
export type Why = (path: string) => Promise<string>;

interface Answer {
  readonly verdict?: { readonly text: string };
  readonly error?: { readonly message: string };
}

export function whyOf(url: string, token: string): Why {
  return async (path) => {
    const answer = await fetch(url + path, { headers: { 'X-Auth-Token': token }, redirect: 'error' });
    const { verdict, error }: Answer = await answer.json();
    return verdict?.text ?? error?.message ?? `the server answered ${answer.status}`;
  };
}
