/** A server on a free port of this machine. */
export interface Listening {
  readonly url: string;
  /** Ends it at once, open connections included. */
  readonly close: () => Promise<void>;
}
