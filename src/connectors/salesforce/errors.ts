import { OnefoldError } from '../../base/errors.js';
import { failureOf } from '../http/failure.js';

/** What the service's own codes mean, for whoever has to do something about it. Its sentences may quote values, and are not told. */
const known: Readonly<Record<string, readonly [code: OnefoldError['code'], what: string, hint: string]>> = {
  INVALID_TYPE: [
    'SOURCE_REFUSED',
    'there is no such object, or this user may not read it',
    'look at its API name, and give the user the right to read it',
  ],
  NOT_FOUND: [
    'SOURCE_REFUSED',
    'there is no such object, or this user may not read it',
    'look at its API name, and give the user the right to read it',
  ],
  INVALID_FIELD: [
    'SOURCE_BROKEN',
    'it names a field that is not there, or that this user may not see',
    'look at its API name and at the field-level security of the user',
  ],
  MALFORMED_QUERY: ['SOURCE_BROKEN', 'its SOQL has a mistake', 'look at `where` or `soql`'],
  QUERY_TIMEOUT: [
    'SOURCE_BROKEN',
    'Salesforce did not finish the query in time',
    'ask for fewer records by `where`, or name an indexed field in it',
  ],
  INVALID_QUERY_LOCATOR: [
    'SOURCE_BROKEN',
    'Salesforce has forgotten the place in the middle where it stood',
    'build again: it is read from its start',
  ],
  REQUEST_LIMIT_EXCEEDED: [
    'SOURCE_LIMITED',
    'the organisation has used up its calls of the API, or has too many under way',
    'build later: reading goes on where it stopped. `onefold doctor` says how many calls are left',
  ],
  API_DISABLED_FOR_ORG: ['SOURCE_REFUSED', 'this user may not use the API', 'give the user the permission API Enabled'],
  API_CURRENTLY_DISABLED: ['SOURCE_REFUSED', 'the API is switched off for this organisation', 'ask its administrator'],
  INSUFFICIENT_ACCESS: ['SOURCE_REFUSED', 'this user may not do that', 'look at the permissions of the user'],
  UNABLE_TO_LOCK_ROW: ['SOURCE_UNREACHABLE', 'a row stayed locked', 'build again'],
};

/** An error of a request in the words of Salesforce, where its code is known; any other as it is. */
export function inItsWords(thrown: unknown, name: string): unknown {
  const failure = failureOf(thrown);
  const found = failure?.kind === 'status' && failure.code !== null ? known[failure.code] : undefined;
  if (failure?.kind !== 'status' || found === undefined || !(thrown instanceof OnefoldError)) return thrown;
  const [code, what, hint] = found;
  return new OnefoldError(code, `${name} could not be read: ${what} (${failure.code})`, { hint, cause: thrown.cause });
}

/** Whether an error has this code of the service behind it. */
export function hasCode(thrown: unknown, code: string): boolean {
  const failure = failureOf(thrown);
  return failure?.kind === 'status' && failure.code === code;
}
