import { contacts } from './demo/contacts.js';
import { invoices } from './demo/invoices.js';
import { payments } from './demo/payments.js';
import { persons } from './demo/persons.js';
import { populationOf } from './demo/population.js';
import { tickets } from './demo/tickets.js';
import { defineGenerator } from './generator.js';

/** A subscription business whose customers live in four systems: the first data a newcomer sees. */
export const demo = defineGenerator({
  name: 'demo',
  summary: 'A subscription business in four systems: CRM, billing, support and ERP, with everyday dirt',
  customers: 2000,
  data: (plan) => {
    const population = populationOf(plan);
    return { files: [contacts(population), payments(population), tickets(population), invoices(population)], truth: [persons(population)] };
  },
});
