import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** One of a few values: sex, country, state, kind. */
export const category: AttributeKind = {
  name: 'category',
  aliases: [
    'category',
    'gender',
    'sex',
    'country',
    'state',
    'region',
    'county',
    'type',
    'kind',
    'class',
    'language',
    'currency',
    'status',
    'segment',
    'genre',
    'cuisine',
    'nationality',
    'citizenship',
    'citizen',
    'state_code',
    'country_code',
    'province',
    'industry',
    'legal_form',
    'race',
    'ethnicity',
    'marital_status',
  ],
  features: (value) => ({ norm: dense(value) }),
  levels: [{ name: 'equal', share: 0.92, when: (l, r) => equal(l('norm'), r('norm')) }],
  keys: [{ name: 'category', agrees: 0.92, alone: false, of: (side) => side('norm') }],
  rarity: 1,
  distinctive: false,
  shared: true,
  correlated: true,
};
