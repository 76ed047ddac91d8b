/** A request that PostgREST, PostgreSQL or the gateway before them refuses; the body is the vendor's. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Readonly<Record<string, unknown>>,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(String(body['message']));
  }
}

/** A refusal in the shape of PostgREST, with a code of its own or the SQLSTATE of the database. */
export function refusal(
  status: number,
  code: string,
  message: string,
  more: { readonly details?: string; readonly hint?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Refusal {
  return new Refusal(status, { code, details: more.details ?? null, hint: more.hint ?? null, message }, more.headers);
}
