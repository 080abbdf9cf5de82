/** Sent in `hello`, so that an operator can see which client speaks. Held equal to package.json by a test. */
export const CLIENT_VERSION = '0.1.0';
