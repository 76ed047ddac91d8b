import { app } from './bank/app.js';
import { bankOf } from './bank/bank.js';
import { crm } from './bank/crm.js';
import { erp } from './bank/erp.js';
import { branchTruth, sheets } from './bank/sheets.js';
import { customerTruth } from './bank/truth.js';
import { defineGenerator } from './generator.js';

/** A bank whose customers are active, at risk or gone: what they do in four systems follows from that. */
export const bank = defineGenerator({
  name: 'bank',
  summary: 'ERPNext, Salesforce, Supabase and Google Sheets of a bank: 60% active, 25% at risk, 15% churned customers',
  customers: 500,
  data: (plan) => {
    const world = bankOf(plan);
    return { files: [...erp(world), ...crm(world), ...app(world), ...sheets(world)], truth: [customerTruth(world), branchTruth(world)] };
  },
});
