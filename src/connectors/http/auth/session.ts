import { z } from 'zod';
import { OnefoldError } from '../../../base/errors.js';
import { secretRef } from '../../../config/secrets.js';
import { at, shapeOf } from '../json.js';
import type { Answer } from '../message.js';
import { authKind, headerName, putHeader } from './contract.js';
import { tokenCache } from './token.js';

const given = z.union([z.string(), secretRef]);

/** A login: a request is sent first, and what its answer gives (a token in the body or in a header, or a cookie) goes with all others. */
export const session = authKind({
  name: 'session',
  options: z.strictObject({
    kind: z.literal('session'),
    login: z.strictObject({
      url: z.string().min(1).describe('Relative to the address of the source, or absolute'),
      method: z.enum(['POST', 'GET']).default('POST'),
      headers: z.record(headerName, given).default({}),
      body: z.record(z.string(), given).default({}).describe('Fields of the login'),
      format: z.enum(['json', 'form']).default('json'),
    }),
    take: z
      .union([
        z.strictObject({ path: z.string().min(1).describe('Where the token is in the body') }),
        z.strictObject({ header: headerName }),
        z.strictObject({ cookie: z.string().min(1).describe('Name of the cookie') }),
      ])
      .describe('Where the login gives its token'),
    header: headerName.default('Authorization').describe('Header that carries the token; a cookie goes as a cookie'),
    prefix: z.string().default('Bearer '),
    lifetime_s: z.number().positive().optional().describe('Log in again after so many seconds, not only when refused'),
  }),
  open: ({ login, take, header, prefix, lifetime_s }, { world, remember, send }) => {
    const values = async (record: Readonly<Record<string, z.output<typeof given>>>): Promise<Readonly<Record<string, string>>> => {
      const pairs = Object.entries(record).map(
        async ([name, value]) => [name, typeof value === 'string' ? value : await world.secret(value)] as const,
      );
      return Object.fromEntries(await Promise.all(pairs));
    };
    const logIn = async () => {
      const body = await values(login.body);
      const answer = await send({
        method: login.method,
        url: login.url,
        headers: await values(login.headers),
        ...(login.method === 'GET' ? {} : { body: login.format === 'json' ? { json: body } : { form: body } }),
        idempotent: true,
        expect: 'path' in take ? 'json' : 'text',
      });
      const expiresAt = lifetime_s === undefined ? null : world.now().getTime() + lifetime_s * 1000;
      const value = taken(answer, take);
      remember(value);
      return { value, expiresAt };
    };
    const tokens = tokenCache(logIn, world, 0);
    return {
      sign: async ({ headers }) => {
        const token = await tokens.get();
        if ('cookie' in take) putHeader(headers, 'cookie', `${take.cookie}=${token.value}`);
        else putHeader(headers, header, `${prefix}${token.value}`);
        return { refused: () => tokens.drop(token) };
      },
    };
  },
});

/** @throws OnefoldError `SOURCE_BROKEN` */
function taken(answer: Answer, take: { readonly path: string } | { readonly header: string } | { readonly cookie: string }): string {
  const [value, place] =
    'path' in take
      ? [at(answer.json, take.path), `\`${take.path}\` (it is ${shapeOf(answer.json)})`]
      : 'header' in take
        ? [answer.headers.get(take.header), `the header \`${take.header}\``]
        : [cookieIn(answer.headers, take.cookie), `the cookie \`${take.cookie}\``];
  if (typeof value === 'string' && value !== '') return value;
  throw new OnefoldError('SOURCE_BROKEN', `the login succeeded, but its answer has no token at ${place}`, {
    hint: 'look at `take` of this source',
  });
}

function cookieIn(headers: Headers, name: string): string | undefined {
  for (const cookie of headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';');
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
