/** Sent in `hello`, so that operators see the client's version. A test compares it with package.json. */
export const CLIENT_VERSION = '0.1.0';
