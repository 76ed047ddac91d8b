/** What is asked of a service, and what it answers. */

export type Body =
  | { readonly json: unknown }
  | { readonly form: Readonly<Record<string, string>> }
  | { readonly text: string; readonly type: string };

export type QueryValue = string | number | boolean | undefined;

export interface RequestSpec {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to the base, or absolute; another origin than the base's gets no credentials. */
  readonly url: string;
  /** Added to the query that the address has; undefined leaves a parameter out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** The request may be repeated although it is no GET or HEAD: a search, a login. */
  readonly idempotent?: boolean;
  readonly expect?: 'json' | 'text';
  /** Statuses, besides those of success, that are an answer and no failure. */
  readonly accept?: readonly number[];
  /** The caller can ask for less: what might pass with less is tried twice and not to the end. */
  readonly lighter?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when text was asked for, or when an accepted failure has a body that is no JSON. */
  readonly json: unknown;
  readonly text: string;
  /** Where the answer came from, after redirects; without credentials. */
  readonly url: string;
}
