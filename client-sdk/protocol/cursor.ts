/**
 * A place in a stream: opaque, signed by the server. A client stores it and sends it back; it never reads, compares or
 * builds one. Two cursors of one place may differ as texts.
 */
export type Cursor = string & { readonly __cursor: unique symbol };
