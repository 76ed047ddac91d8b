import type { ReadContext, Scope } from '../contract.js';
import type { Http, HttpOptions } from './client.js';
import { openHttp } from './client.js';
import { realWorld } from './world.js';

const clients = new WeakMap<Scope, Http>();

/** The client of a source, shared by its streams for the length of a run: one budget, one token. */
export function clientOf(options: () => HttpOptions, context: ReadContext): Http {
  const known = clients.get(context.scope) ?? openHttp(options(), realWorld(context.secret));
  clients.set(context.scope, known);
  return known;
}
