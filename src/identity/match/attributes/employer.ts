import type { AttributeKind } from '../kinds.js';
import { company } from './company.js';

/** The company that somebody belongs to, compared as names of companies are: colleagues have it in common, so it makes nobody one. */
export const employer: AttributeKind = { ...company, name: 'employer', aliases: [], distinctive: false, shared: true, correlated: true };
