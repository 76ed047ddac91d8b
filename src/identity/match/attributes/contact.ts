import type { AttributeKind } from '../kinds.js';
import { fullName } from './name.js';

const { naming: _, ...compared } = fullName;

/** Somebody who is asked for at a company, compared as names of people are: another may answer tomorrow, and one may answer for several companies. */
export const contact: AttributeKind = { ...compared, name: 'contact', aliases: [], shared: true };
