/** The few DOM helpers that the page needs. They set text only: the page never parses a server's text as markup. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export function find<T extends HTMLElement = HTMLElement>(within: ParentNode, selector: string): T {
  return within.querySelector(selector) as T;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  return element;
}

/** A time in the reader's time zone, with the date if it is not today. */
export function timeOf(at: string): HTMLTimeElement {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  const element = make('time', isToday ? then.toLocaleTimeString() : then.toLocaleString());
  element.dateTime = at;
  element.title = at;
  return element;
}

/** Sets the text only if it differs, so that a screen reader does not read the same text twice. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
