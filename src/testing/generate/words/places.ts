import type { CurrencySign } from '../notation.js';
import type { CultureName } from './people.js';

/** A country with what follows from living there. `dial` has no leading plus. */
export interface Country {
  readonly name: string;
  readonly code: string;
  readonly dial: string;
  readonly currency: 'EUR' | 'USD' | 'GBP';
  readonly sign: CurrencySign;
  readonly cities: readonly string[];
  readonly cultures: readonly CultureName[];
  readonly legalForms: readonly string[];
}

const euro = { currency: 'EUR', sign: '€' } as const;
const dollar = { currency: 'USD', sign: '$' } as const;
const pound = { currency: 'GBP', sign: '£' } as const;

/** Countries with their weight among customers. */
export const countries: readonly (readonly [Country, number])[] = [
  [
    country(
      'Germany',
      'DE',
      '49',
      euro,
      'Berlin, München, Köln, Hamburg, Leipzig, Düsseldorf, Nürnberg',
      ['german', 'turkish'],
      'GmbH, AG, KG',
    ),
    16,
  ],
  [
    country(
      'United Kingdom',
      'GB',
      '44',
      pound,
      'London, Manchester, Leeds, Bristol, Edinburgh, Cardiff, Sheffield',
      ['english', 'indian', 'african'],
      'Ltd, PLC',
    ),
    15,
  ],
  [
    country(
      'United States',
      'US',
      '1',
      dollar,
      'Austin, Chicago, Portland, Denver, Atlanta, Boston, Sacramento, St. Louis',
      ['english', 'iberian', 'eastAsian'],
      'Inc., LLC, Corp.',
    ),
    18,
  ],
  [
    country(
      'France',
      'FR',
      '33',
      euro,
      "Paris, Lyon, Marseille, Nîmes, Orléans, Saint-Étienne, Villeneuve-d'Ascq",
      ['french', 'arabic'],
      'SARL, SAS',
    ),
    11,
  ],
  [country('Spain', 'ES', '34', euro, 'Madrid, Barcelona, Málaga, A Coruña, Cádiz, Valencia', ['iberian'], 'S.L., S.A.'), 8],
  [country('Italy', 'IT', '39', euro, "Milano, Roma, Torino, Bologna, Forlì, L'Aquila", ['italian'], 'S.r.l., S.p.A.'), 7],
  [
    country(
      'Netherlands',
      'NL',
      '31',
      euro,
      "Amsterdam, Rotterdam, Utrecht, 's-Hertogenbosch, Groningen",
      ['nordic', 'arabic'],
      'B.V., N.V.',
    ),
    5,
  ],
  [country('Portugal', 'PT', '351', euro, 'Lisboa, Porto, Évora, Setúbal', ['iberian'], 'Lda.'), 3],
  [country('Poland', 'PL', '48', euro, 'Warszawa, Kraków, Łódź, Wrocław, Gdańsk', ['slavic'], 'Sp. z o.o.'), 4],
  [country('Sweden', 'SE', '46', euro, 'Stockholm, Göteborg, Malmö, Umeå', ['nordic'], 'AB'), 3],
  [country('Greece', 'GR', '30', euro, 'Athens, Thessaloniki, Patras', ['greekScript'], 'A.E.'), 2],
  [country('Ukraine', 'UA', '380', dollar, 'Kyiv, Lviv, Odesa', ['cyrillicScript', 'slavic'], 'TOV'), 1],
  [country('Japan', 'JP', '81', dollar, 'Tokyo, Osaka, Kyoto, Sapporo', ['hanScript', 'eastAsian'], 'K.K.'), 2],
  [country('United Arab Emirates', 'AE', '971', dollar, 'Dubai, Abu Dhabi, Sharjah', ['arabicScript', 'arabic', 'indian'], 'FZ-LLC'), 2],
  [country('Canada', 'CA', '1', dollar, 'Toronto, Montréal, Vancouver, Québec', ['english', 'french', 'eastAsian'], 'Inc., Ltd.'), 3],
];

function country(
  name: string,
  code: string,
  dial: string,
  money: Pick<Country, 'currency' | 'sign'>,
  cities: string,
  cultures: readonly CultureName[],
  legalForms: string,
): Country {
  return { name, code, dial, ...money, cities: cities.split(', '), cultures, legalForms: legalForms.split(', ') };
}
