/**
 * A place in a stream: opaque, signed by the server. A client stores it and hands it back; it never reads,
 * compares or builds one. Two cursors of one place need not be the same text.
 */
export type Cursor = string & { readonly __cursor: unique symbol };
