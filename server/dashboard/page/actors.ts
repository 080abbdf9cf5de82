/** Names of actors: the stream has only their ids. */

interface Names {
  readonly users?: readonly { readonly id: string; readonly name: string }[];
  readonly agent_tokens?: readonly { readonly id: string; readonly label: string }[];
}

/**
 * Writes an actor's name into an element: at once where it is known, else after the server's answer; the id until then.
 */
export type ShowActor = (element: HTMLElement, id: string) => void;

/**
 * Reads the lists of users and of agents' tokens when an id is not in them. A user or token that no longer exists keeps
 * its id.
 */
export function actorsOf(url: string, token: string): ShowActor {
  const names = new Map<string, string>();
  /** The look-up in progress. */
  let looking: Promise<void> | undefined;
  const list = async (path: string): Promise<Names> => {
    const answer = await fetch(url + path, { headers: { 'X-Auth-Token': token }, redirect: 'error' });
    return answer.ok ? await answer.json() : {};
  };
  const look = async () => {
    const [{ users = [] }, { agent_tokens: tokens = [] }] = await Promise.all([
      list('/identity/v3/users'),
      list('/v1/agent-tokens'),
    ]);
    for (const { id, name } of users) names.set(id, name);
    for (const { id, label } of tokens) names.set(id, `agent ${label}`);
  };
  return (element, id) => {
    element.title = id;
    element.textContent = names.get(id) ?? id;
    if (names.has(id)) return;
    names.set(id, id);
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
    void looking.then(() => {
      element.textContent = names.get(id) ?? id;
    });
  };
}
