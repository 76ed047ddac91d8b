import type { AttributeKind } from '../kinds.js';
import { fullName } from './name.js';

/** Somebody who is asked for at a company, compared as names of people are: another may answer tomorrow, and one may answer for several companies. */
export const contact: AttributeKind = { ...withoutNaming(fullName), name: 'contact', aliases: [], shared: true };

function withoutNaming({ naming: _, ...kind }: AttributeKind): AttributeKind {
  return kind;
}
