import type { DirtKind } from '../dirt.js';
import { padded } from '../notation.js';
import { keyed } from '../random.js';

/** A branch: what the sheet of branches says, and how else people spell its name. */
export interface Branch {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly spellings: readonly { readonly text: string; readonly kind: DirtKind }[];
}

const areas =
  'Riverside,Old Town,Station,Harbour,University,Market,Garden,Hilltop,Lakeside,Canal,Castle,Cathedral,Docklands,Meadow,Mill,Museum,Orchard,Palace,Quarry,Racecourse,Seafront,Stadium,Theatre,Valley,Windmill'.split(
    ',',
  );
const kinds =
  'Main,Plaza,Corner,Square,Point,Gate,Centre,Court,Terrace,Bridge,Row,Walk,Yard,Cross,Parade,Arcade,Green,Wharf,Hall,Tower'.split(',');
const regions = ['Central', 'North', 'East', 'South', 'West'] as const;
const perBranch = 10_000;

/** The branches of a bank of so many customers: 10, and one for every 10,000 customers up to 500. */
export function branchesOf(seed: number, customers: number): readonly Branch[] {
  const facts = keyed(seed, 'bank branch');
  const count = Math.min(areas.length * kinds.length, Math.max(10, Math.ceil(customers / perBranch)));
  return Array.from({ length: count }, (_, index) => {
    const area = areas[index % areas.length] ?? '';
    const kind = kinds[(index + Math.floor(index / areas.length)) % kinds.length] ?? '';
    return {
      id: `BR${padded(index + 1, 3)}`,
      name: `${area} ${kind}`,
      region: regions[(index + facts(index).int(0, 1)) % regions.length] ?? 'Central',
      spellings: spellingsOf(area, kind),
    };
  });
}

/** `Riverside Main` as `riverside main`, `RS Main Branch`, `Riverside Main Br.`, `Main, Riverside` and with letters lost. */
function spellingsOf(area: string, kind: string): Branch['spellings'] {
  const name = `${area} ${kind}`;
  return [
    { text: name.toLowerCase(), kind: 'case' },
    { text: name.toUpperCase(), kind: 'case' },
    { text: ` ${name}`, kind: 'case' },
    { text: `${initials(area)} ${kind} Branch`, kind: 'format' },
    { text: `${name} Br.`, kind: 'format' },
    { text: `${name} Branch`, kind: 'format' },
    { text: `${kind}, ${area}`, kind: 'format' },
    { text: `${area.slice(0, 3)}${area.slice(4)} ${kind}`, kind: 'typo' },
  ];
}

/** `RS` of Riverside, `OT` of Old Town: two capitals, of the parts that the word has. */
function initials(area: string): string {
  const [first = '', second] = area.split(' ');
  const middle = second ?? first.slice(Math.ceil(first.length / 2));
  return (first.charAt(0) + middle.charAt(0)).toUpperCase();
}
