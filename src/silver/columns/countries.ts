import { foldedName } from './fold.js';

/** Names that people write and that no list of official names has, by country. */
const variants: Readonly<Record<string, readonly string[]>> = {
  AE: ['UAE', 'Emirates'],
  CD: ['DR Congo', 'DRC', 'Congo Kinshasa', 'Zaire'],
  CG: ['Congo Brazzaville', 'Republic of Congo'],
  CN: ['PR China', 'PRC', 'Mainland China'],
  CZ: ['Czech', 'ČR'],
  DE: ['BRD', 'Bundesrepublik Deutschland', 'Federal Republic of Germany', 'FRG'],
  ES: ['Kingdom of Spain'],
  FR: ['République française'],
  GB: [
    'UK',
    'U.K.',
    'G.B.',
    'Britain',
    'England',
    'Scotland',
    'Wales',
    'Northern Ireland',
    'United Kingdom of Great Britain and Northern Ireland',
  ],
  GR: ['EL', 'Hellas', 'Hellenic Republic'],
  IE: ['Eire', 'Republic of Ireland'],
  KP: ['DPRK', 'North Korea'],
  KR: ['ROK', 'South Korea', 'S. Korea'],
  MK: ['Macedonia', 'FYROM'],
  MM: ['Burma'],
  NL: ['Holland'],
  RU: ['Russia', 'Russian Federation'],
  SA: ['KSA', 'Kingdom of Saudi Arabia'],
  SZ: ['Swaziland'],
  TR: ['Türkiye', 'Turkiye'],
  TW: ['Taiwan'],
  US: ['United States', 'America', 'U.S. of America', 'the States'],
  VN: ['Vietnam', 'Viet Nam'],
};

/** Finds a country's alpha-2 code by a code or a name of it; null where it is none, or that of several countries. */
export type CountryFinder = (text: string) => string | null;

let finder: Promise<CountryFinder> | null = null;

/** The finder of countries, made when it is first asked for: names in some seventy languages are a lot to read. */
export function countryFinder(): Promise<CountryFinder> {
  finder ??= makeFinder();
  return finder;
}

async function makeFinder(): Promise<CountryFinder> {
  const { default: countries } = await import('i18n-iso-countries');
  const names = new Map<string, string | null>();
  const add = (name: string, code: string): void => {
    const key = foldedName(name);
    if (key === '') return;
    // A name that two countries have in different languages says neither.
    const known = names.get(key);
    names.set(key, known === undefined || known === code ? code : null);
  };
  for (const language of countries.getSupportedLanguages()) {
    for (const [code, list] of Object.entries(countries.getNames(language, { select: 'all' }))) for (const name of list) add(name, code);
  }
  for (const [code, list] of Object.entries(variants)) for (const name of list) names.set(foldedName(name), code);
  for (const [alpha3, alpha2] of Object.entries(countries.getAlpha3Codes())) {
    names.set(alpha3.toLowerCase(), alpha2);
    names.set(alpha2.toLowerCase(), alpha2);
  }
  for (const [numeric, alpha2] of Object.entries(countries.getNumericCodes())) names.set(numeric, alpha2);
  return (text) => {
    const key = foldedName(text);
    if (/^\d{1,3}$/.test(key)) return names.get(key.padStart(3, '0')) ?? null;
    return names.get(key) ?? names.get(key.replace(/^the /, '')) ?? null;
  };
}
