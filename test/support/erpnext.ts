import { afterAll, beforeAll, expect } from 'vitest';
import { erpnext } from '../../src/connectors/erpnext/connector.js';
import type { Erpnext, ErpnextOptions } from '../../src/testing/index.js';
import { startErpnext } from '../../src/testing/index.js';
import type { Follower } from './follow.js';
import { follow, followers } from './follow.js';
import { closeServers, stopping } from './http.js';
import { removeFolders } from './project.js';

/** The key that sites take, by the variables that hold it. */
export const secrets = { ERP_KEY: 'a-key-nobody-may-see', ERP_SECRET: 'a-secret-nobody-may-see' };
/** Readies a test file for sites, followers and projects, and ends them with it. */
export function erpnextTests(): void {
  closeServers();
  followers();
  afterAll(removeFolders);
  beforeAll(() => {
    Object.assign(process.env, secrets);
  });
}

/** So many customers, every other one of each of two territories. */
export const customers = (n: number) =>
  Array.from({ length: n }, (_, i) => ({
    name: `Customer ${i + 1}`,
    territory: i % 2 === 0 ? 'North' : 'South',
    email_id: `c${i}@x.example`,
  }));

export type Stream = Readonly<Record<string, unknown>>;

/** A site that ends with the tests of the file; 55 customers if nothing else is said. */
export async function start(options: Partial<ErpnextOptions> = {}): Promise<Erpnext> {
  const { ERP_KEY: key, ERP_SECRET: secret } = secrets;
  return stopping(await startErpnext({ doctypes: { Customer: customers(55) }, key, secret, ...options }));
}

/** The source, as a project file says it. */
export const sourceOf = (site: Erpnext) => ({ url: site.url, key: { env: 'ERP_KEY' }, secret: { env: 'ERP_SECRET' }, attempts: 1 });

/** A reader of one stream, customers in pages of ten if nothing else is said. */
export function reader(site: Erpnext, stream: Stream = {}): Follower {
  return follow(erpnext, { source: sourceOf(site), stream: { doctype: 'Customer', page_size: 10, ...stream } }, secrets);
}

/** What the site holds of a DocType, as one list. */
export async function truth(site: Erpnext, doctype = 'Customer'): Promise<Map<string, unknown>> {
  const url = `${site.url}/api/resource/${doctype}?fields=["*"]&limit_page_length=0`;
  const response = await fetch(url, { headers: { authorization: `token ${secrets.ERP_KEY}:${secrets.ERP_SECRET}` } });
  const { data } = JSON.parse(await response.text());
  return new Map(data.map((row: { name: string }) => [row.name, row]));
}

/** Expects that what stands is what the site holds, field by field; ends all faults. */
export async function expectSame(follower: Follower, site: Erpnext): Promise<void> {
  site.fail([]);
  expect(new Map([...follower.standing].sort())).toEqual(new Map([...(await truth(site))].sort()));
}

/** The lists of a DocType that were asked for. */
export const lists = (site: Erpnext, doctype = 'Customer') =>
  site.requests.filter(({ path }) => path === `/api/resource/${encodeURIComponent(doctype)}`);
