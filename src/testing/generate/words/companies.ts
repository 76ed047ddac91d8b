import { keyed, permutation } from '../random.js';
import { type Country, countries } from './places.js';

/** A company: its registered name, its mail domain (reserved, so that no mail can ever arrive) and its seat. */
export interface Company {
  readonly name: string;
  readonly domain: string;
  readonly country: Country;
  readonly city: string;
}

const stems =
  'Northgate, Kestrel, Bluewater, Alder, Copperfield, Meridian, Silverline, Fernhill, Harbour, Lumen, Quarry, Redwood, Stellar, Tideway, Umbra, Verdant, Westbrook, Yarrow, Zephyr, Aurora, Basalt, Cinder, Delta, Ember, Foxglove, Granite, Heron, Ironbridge, Juniper, Keystone, Larkspur, Monarch, Nimbus, Oakfield, Pinecrest, Quill, Riverside, Saffron, Terrace, Vantage'.split(
    ', ',
  );
const trades =
  'Logistics, Analytics, Studios, Foods, Dental, Robotics, Textiles, Energy, Media, Consulting, Interiors, Optics, Brewing, Legal, Travel, Security, Printing, Pharma, Motors, Learning, Systems, Gardens, Partners, Labs, Shipping'.split(
    ', ',
  );

/** The companies of one seed by number, from 0. Each has a domain of its own; names recur only after a thousand. */
export function companiesOf(seed: number): (index: number) => Company {
  const combinations = stems.length * trades.length;
  const order = permutation(seed, 'company name', combinations);
  const facts = keyed(seed, 'company');
  return (index) => {
    const random = facts(index);
    const country = random.weighted(countries);
    const combination = order(index % combinations);
    const stem = stems[combination % stems.length] ?? '';
    const trade = trades[Math.floor(combination / stems.length)] ?? '';
    const round = Math.floor(index / combinations);
    return {
      name: `${stem} ${trade} ${random.pick(country.legalForms)}`,
      domain: `${stem}-${trade}${round === 0 ? '' : `-${round + 1}`}.example`.toLowerCase(),
      country,
      city: random.pick(country.cities),
    };
  };
}
