import { bank } from './bank.js';
import { billing } from './billing.js';
import { crm360 } from './crm360.js';
import { demo } from './demo.js';
import type { Generator } from './generator.js';
import { people } from './records.js';
import { retail } from './retail.js';
import { utility } from './utility.js';

export type { GeneratedFile } from './data.js';
export { dirtKinds } from './dirt.js';
export type { GenerateOptions, Generator } from './generator.js';

/** Every generator, the one for newcomers first. */
export const generators: readonly Generator[] = [demo, billing, retail, utility, bank, crm360, people];
