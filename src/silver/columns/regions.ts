import { foldedName } from './fold.js';

/*
 * First-level regions by country, as ISO 3166-2 codes them: `code name other names`, separated by `|`. Names are in the
 * languages of the country and in English.
 */
const regions: Readonly<Record<string, string>> = {
  US: `AL|Alabama
AK|Alaska
AZ|Arizona
AR|Arkansas
CA|California|Calif
CO|Colorado
CT|Connecticut|Conn
DE|Delaware
DC|District of Columbia|Washington DC
FL|Florida|Fla
GA|Georgia
HI|Hawaii
ID|Idaho
IL|Illinois
IN|Indiana
IA|Iowa
KS|Kansas
KY|Kentucky
LA|Louisiana
ME|Maine
MD|Maryland
MA|Massachusetts|Mass
MI|Michigan|Mich
MN|Minnesota|Minn
MS|Mississippi
MO|Missouri
MT|Montana
NE|Nebraska
NV|Nevada
NH|New Hampshire
NJ|New Jersey
NM|New Mexico
NY|New York|New York State
NC|North Carolina
ND|North Dakota
OH|Ohio
OK|Oklahoma|Okla
OR|Oregon
PA|Pennsylvania|Penn
RI|Rhode Island
SC|South Carolina
SD|South Dakota
TN|Tennessee|Tenn
TX|Texas|Tex
UT|Utah
VT|Vermont
VA|Virginia
WA|Washington|Washington State
WV|West Virginia
WI|Wisconsin
WY|Wyoming
AS|American Samoa
GU|Guam
MP|Northern Mariana Islands
PR|Puerto Rico
VI|Virgin Islands|US Virgin Islands`,
  CA: `AB|Alberta
BC|British Columbia|Colombie-Britannique
MB|Manitoba
NB|New Brunswick|Nouveau-Brunswick
NL|Newfoundland and Labrador|Newfoundland|Terre-Neuve-et-Labrador
NS|Nova Scotia|Nouvelle-Écosse
NT|Northwest Territories|Territoires du Nord-Ouest
NU|Nunavut
ON|Ontario|Ont
PE|Prince Edward Island|PEI|Île-du-Prince-Édouard
QC|Quebec|Québec|Que|PQ
SK|Saskatchewan|Sask
YT|Yukon|Yukon Territory`,
  AU: `ACT|Australian Capital Territory
NSW|New South Wales
NT|Northern Territory
QLD|Queensland
SA|South Australia
TAS|Tasmania
VIC|Victoria
WA|Western Australia`,
  DE: `BW|Baden-Württemberg|Baden-Wuerttemberg
BY|Bayern|Bavaria
BE|Berlin
BB|Brandenburg
HB|Bremen|Freie Hansestadt Bremen
HH|Hamburg|Freie und Hansestadt Hamburg
HE|Hessen|Hesse
MV|Mecklenburg-Vorpommern|Mecklenburg-Western Pomerania
NI|Niedersachsen|Lower Saxony|NDS
NW|Nordrhein-Westfalen|North Rhine-Westphalia|NRW
RP|Rheinland-Pfalz|Rhineland-Palatinate|RLP
SL|Saarland
SN|Sachsen|Saxony
ST|Sachsen-Anhalt|Saxony-Anhalt
SH|Schleswig-Holstein
TH|Thüringen|Thuringia|Thueringen`,
  CH: `AG|Aargau|Argovie|Argovia
AI|Appenzell Innerrhoden|Appenzell Rhodes-Intérieures
AR|Appenzell Ausserrhoden|Appenzell Rhodes-Extérieures
BE|Bern|Berne|Berna
BL|Basel-Landschaft|Baselland|Bâle-Campagne|Basilea Campagna
BS|Basel-Stadt|Basel|Bâle-Ville|Basilea Città
FR|Fribourg|Freiburg|Friburgo
GE|Genève|Genf|Geneva|Ginevra
GL|Glarus|Glaris
GR|Graubünden|Grisons|Grigioni|Grischun|Graubuenden
JU|Jura
LU|Luzern|Lucerne|Lucerna
NE|Neuchâtel|Neuenburg
NW|Nidwalden|Nidwald
OW|Obwalden|Obwald
SG|St. Gallen|Sankt Gallen|Saint-Gall|San Gallo
SH|Schaffhausen|Schaffhouse|Sciaffusa
SO|Solothurn|Soleure|Soletta
SZ|Schwyz|Svitto
TG|Thurgau|Thurgovie|Turgovia
TI|Ticino|Tessin
UR|Uri
VD|Vaud|Waadt
VS|Valais|Wallis|Vallese
ZG|Zug|Zoug|Zugo
ZH|Zürich|Zurich|Zurigo|Zuerich`,
  BR: `AC|Acre
AL|Alagoas
AP|Amapá
AM|Amazonas
BA|Bahia
CE|Ceará
DF|Distrito Federal|Federal District
ES|Espírito Santo
GO|Goiás
MA|Maranhão
MT|Mato Grosso
MS|Mato Grosso do Sul
MG|Minas Gerais
PA|Pará
PB|Paraíba
PR|Paraná
PE|Pernambuco
PI|Piauí
RJ|Rio de Janeiro
RN|Rio Grande do Norte
RS|Rio Grande do Sul
RO|Rondônia
RR|Roraima
SC|Santa Catarina
SP|São Paulo
SE|Sergipe
TO|Tocantins`,
  IN: `AN|Andaman and Nicobar Islands
AP|Andhra Pradesh
AR|Arunachal Pradesh
AS|Assam
BR|Bihar
CH|Chandigarh
CG|Chhattisgarh|Chattisgarh|CT
DH|Dadra and Nagar Haveli and Daman and Diu
DL|Delhi|New Delhi|NCT of Delhi
GA|Goa
GJ|Gujarat
HR|Haryana
HP|Himachal Pradesh
JK|Jammu and Kashmir
JH|Jharkhand
KA|Karnataka
KL|Kerala
LA|Ladakh
LD|Lakshadweep
MP|Madhya Pradesh
MH|Maharashtra
MN|Manipur
ML|Meghalaya
MZ|Mizoram
NL|Nagaland
OD|Odisha|Orissa|OR
PY|Puducherry|Pondicherry
PB|Punjab
RJ|Rajasthan
SK|Sikkim
TN|Tamil Nadu|Tamilnadu
TS|Telangana|TG
TR|Tripura
UP|Uttar Pradesh
UK|Uttarakhand|Uttaranchal|UT
WB|West Bengal`,
};

/** The countries whose regions are known. */
export const regionCountries = ['US', 'CA', 'AU', 'DE', 'CH', 'BR', 'IN'] as const;

let known: ReadonlyMap<string, ReadonlyMap<string, string>> | null = null;

/** Country → folded code or name → code within the country. */
export function regionNames(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  known ??= new Map(
    Object.entries(regions).map(([country, lines]) => [
      country,
      new Map(
        lines.split('\n').flatMap((line) => {
          const names = line.split('|');
          return names.map((name): [string, string] => [foldedName(name), names[0] ?? '']);
        }),
      ),
    ]),
  );
  return known;
}
