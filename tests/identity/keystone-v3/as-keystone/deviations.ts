/** Where the embedded identity does not answer as Keystone does, and why. These lists only get shorter. */

/** Differences in every answer, and what makes both equal. */
const EVERYWHERE: readonly (readonly [why: string, same: (answer: string) => string])[] = [
  ['a PATCH tells what it keeps a second time', (text) => text.replace(/"extra":\{[^}]*\},/g, '')],
  [
    'what was never said, or is empty, is left out or empty',
    (text) => text.replace(/"(description|email)":(null|""),/g, ''),
  ],
  [
    'what nobody chose is false here',
    (text) => text.replaceAll('"unrestricted":null', '"unrestricted":false'),
  ],
  [
    "Keystone's links to application credentials lead nowhere",
    (text) =>
      text.replaceAll('"self":"/users/{alice}/application_credentials/', '"self":"/application_credentials/'),
  ],
];

export function comparable(answer: unknown): string {
  return EVERYWHERE.reduce((text, [, same]) => same(text), JSON.stringify(answer));
}

const GUESSED = 'a client that guesses learns nothing of what exists';
const BEFORE = 'it is refused before it is looked up, as Keystone does with projects and users';
const IMPLIED =
  'a credential with a role has what the role implies, as its user has; Keystone leaves that out';
const NOTHING = 'an unserved path does not exist, for any client and method';
const login = (credential: string) =>
  `nobody POST /auth/tokens?nocatalog {"auth":{"identity":{"methods":["application_credential"],"application_credential":${credential}}}}`;

/** By question. */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  [login('{"id":"x","secret":"s"}')]: GUESSED,
  [login('{"id":"x"}')]: GUESSED,
  'alice GET /roles/nowhere': BEFORE,
  'alice GET /endpoints/nowhere': BEFORE,
  'admin PATCH /projects/{new} {"project":{"name":"demo"}}': 'Keystone fails here, with 500',
  [login('{"id":"{bot}","secret":"s"}')]: IMPLIED,
  [login('{"id":"{ruled}","secret":"s"}')]: IMPLIED,
  [login('{"name":"bot","user":{"name":"alice","domain":{"id":"default"}},"secret":"s"}')]: IMPLIED,
  'admin GET /nothing': NOTHING,
  'nobody GET /nothing': NOTHING,
  'admin PUT /projects {}': NOTHING,
  'admin DELETE /auth/projects': NOTHING,
  'admin GET /users/{alice}/password': NOTHING,
};
