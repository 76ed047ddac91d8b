import { OnefoldError } from '../../base/errors.js';
import { failureOf } from '../http/failure.js';

/** What was asked for: a DocType, of a child table also that of its documents. */
interface Subject {
  readonly doctype: string;
  readonly parent?: string | undefined;
}

/** Does something, and where the site refuses it says what to mend there. */
export async function told<T>(subject: Subject, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const failure = failureOf(thrown);
    const hint = failure?.kind === 'status' ? hintFor(failure.status, subject) : null;
    if (!(thrown instanceof OnefoldError) || hint === null) throw thrown;
    throw new OnefoldError(thrown.code, `${subject.doctype}: ${thrown.message}`, { hint, cause: thrown.cause });
  }
}

function hintFor(status: number, { doctype, parent }: Subject): string | null {
  if (status === 401) return 'the site does not take the key: generate one on the page of the user, and look whether the user is enabled';
  if (status === 403 && parent !== undefined)
    return `is ${doctype} a child table of ${parent}? It is read by the right to read ${parent}, which a role of the user must have`;
  if (status === 403) return `give a role of the user the right to read ${doctype}, in the Role Permissions Manager of the site`;
  if (status === 404) return `is ${doctype} spelled as on the site, is its app installed there, and is the address that of the site?`;
  if (status === 417 || status === 500)
    return `has ${doctype} all fields that \`fields\` and \`filters\` name, and is it no Single? The log of errors of the site tells more`;
  return null;
}
