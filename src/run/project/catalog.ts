import type { Catalog } from '../../config/spec.js';
import { connectors } from '../../connectors/registry.js';
import { strategies } from '../../gold/survivorship/registry.js';
import { attributeKinds } from '../../identity/match/attributes/registry.js';
import { ruleKinds } from '../../quality/rules/registry.js';
import { columnTypes } from '../../silver/columns/registry.js';

/** Every kind that a project may name, from the registries of the stages. */
export const catalog: Catalog = {
  connectors,
  columnTypes,
  rules: ruleKinds,
  strategies,
  attributeKinds: attributeKinds.map((k) => k.name),
};
