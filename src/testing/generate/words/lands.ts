import { padded } from '../notation.js';
import type { Random } from '../random.js';
import type { Naming } from './names.js';
import { type Drawn, drawn } from './names.js';

/** A country as people live in it: which names they have, and how they write streets, postcodes and phone numbers. */
export interface Land {
  readonly code: string;
  readonly name: string;
  /** The calling code, without the plus. */
  readonly dial: string;
  /** What stands before a number that is called from within the country. */
  readonly trunk: string;
  /** The peoples that live there, with their weights. */
  readonly peoples: readonly (readonly [Naming, number])[];
  readonly towns: Drawn;
  readonly streets: Drawn;
  /** A street and a house number in the land's order. */
  readonly line: (street: string, house: string) => string;
  /** A postcode: of which town it is decides its beginning, `district` (0 to 1) its end. */
  readonly postcode: (town: number, district: number) => string;
  /** The national part of a phone number, without trunk: of a mobile, or of a line in a house. */
  readonly mobile: (random: Random) => string;
  readonly fixed: (random: Random, town: number) => string;
}

interface LandText {
  readonly code: string;
  readonly name: string;
  readonly dial: string;
  readonly trunk: string;
  readonly peoples: readonly (readonly [Naming, number])[];
  readonly towns: string;
  /** Beginnings and ends of smaller towns. */
  readonly small: readonly [string, string];
  /** Words and kinds of streets, and how the two are put together. */
  readonly streets: readonly [string, string];
  readonly street: (word: string, kind: string) => string;
  readonly line: (street: string, house: string) => string;
  readonly postcode: (town: number, district: number) => string;
  readonly mobile: (random: Random) => string;
  readonly fixed: (random: Random, town: number) => string;
}

const before = (street: string, house: string): string => `${house} ${street}`;
const after = (street: string, house: string): string => `${street} ${house}`;
const comma = (street: string, house: string): string => `${street}, ${house}`;
const some = (random: Random, digits: number): string => padded(random.int(0, 10 ** digits - 1), digits);
/** A postcode of `digits` digits with the town in its first three. */
const plain = (digits: number) => (town: number, district: number) =>
  padded(((town * 37) % 900) + 100, 3) + padded(Math.floor(district * Math.min(8, 10 ** (digits - 3))), digits - 3);
const letters = 'ABCDEFGHJKLMNPRSTUWXYZ';
const letter = (at: number): string => letters.charAt(at % letters.length);

const americanAreas = [
  '201,202,205,206,208,209,210,212,213,214,215,216,217,218,219,224,225,228,229,231,234,239,240,248,251,253,254,256,260,262',
  '267,269,270,276,281,301,302,303,304,305,307,308,309,310,312,313,314,315,316,317,318,319,320,321,323,330,331,334,336,337',
]
  .join(',')
  .split(',');

const texts: readonly (readonly [LandText, number])[] = [
  [
    {
      code: 'US',
      name: 'United States',
      dial: '1',
      trunk: '1',
      peoples: [
        ['english', 62],
        ['spanish', 15],
        ['german', 5],
        ['italian', 5],
        ['african', 4],
        ['indian', 4],
        ['nordic', 3],
        ['slavic', 2],
      ],
      towns:
        'New York,Los Angeles,Chicago,Houston,Phoenix,Philadelphia,San Antonio,San Diego,Dallas,Austin,Columbus,Charlotte,Indianapolis,Seattle,Denver,Boston,Nashville,Portland,Memphis,Louisville,Baltimore,Milwaukee,Albuquerque,Tucson,Fresno,Sacramento,Atlanta,Omaha,Raleigh,Cleveland,Tampa,Wichita,Buffalo,Newark,Madison,Boise,Richmond,Spokane,Des Moines,Little Rock,Salem,Eugene',
      small: [
        'Cedar,Maple,Clear,River,Spring,Fair,Green,Oak,Pine,Rock,Mill,Lake,Silver,Stone,North,West',
        'ville,field,dale,ton,wood,view, Falls, Springs, Grove, Creek, City, Heights',
      ],
      streets: [
        'Main,Oak,Pine,Maple,Cedar,Elm,Washington,Lake,Hill,Walnut,Park,Spring,North,Ridge,Church,Willow,Mill,Sunset,Railroad,Jackson,West,South,Highland,Johnson,Forest,River,Meadow,Franklin,Jefferson,Center,Chestnut,Lincoln,Cherry,Dogwood,Hickory,Madison,Valley,Locust,Laurel,Adams,Prospect,Magnolia,Liberty,College,Grant,Sycamore,Juniper,Aspen,Birch,Heather,Orchard,Summit,Poplar,Holly',
        'Street,Avenue,Road,Drive,Lane,Court,Boulevard,Place',
      ],
      street: (word, kind) => `${word} ${kind}`,
      line: before,
      postcode: plain(5),
      mobile: (random) => `${random.pick(americanAreas)}${random.int(2, 9)}${some(random, 2).replace('11', '12')}${some(random, 4)}`,
      fixed: (random, town) =>
        `${americanAreas[town % americanAreas.length] ?? '201'}${random.int(2, 9)}${some(random, 2).replace('11', '12')}${some(random, 4)}`,
    },
    24,
  ],
  [
    {
      code: 'GB',
      name: 'United Kingdom',
      dial: '44',
      trunk: '0',
      peoples: [
        ['english', 80],
        ['indian', 9],
        ['african', 4],
        ['slavic', 4],
        ['turkish', 3],
      ],
      towns:
        'London,Birmingham,Manchester,Leeds,Glasgow,Liverpool,Bristol,Sheffield,Edinburgh,Leicester,Cardiff,Nottingham,Coventry,Bradford,Hull,Stoke-on-Trent,Wolverhampton,Plymouth,Derby,Southampton,Swansea,Aberdeen,Portsmouth,York,Dundee,Norwich,Oxford,Cambridge,Exeter,Gloucester,Bath,Lincoln,Chester,Inverness,Durham',
      small: [
        'Ash,Brad,Chip,Dun,Fen,Hel,King,Lang,Mel,Nor,Oak,Pen,Red,Sher,Thorn,Wick',
        'bury,ford,ham,ley,stead,ton,wick,worth,mouth,bridge',
      ],
      streets: [
        'High,Station,Church,Victoria,Green,Manor,Park,Queens,Grange,Kings,New,Mill,Albert,West,South,North,London,George,York,Broad,Chapel,Orchard,School,Springfield,Windsor,Richmond,Alexandra,Stanley,Chester,Meadow,Grove,Highfield,Brook,Beech,Holly,Cedar,Poplar,Elm,Ash,Bridge,Castle,Cross,Abbey',
        'Street,Road,Lane,Avenue,Close,Drive,Way,Gardens',
      ],
      street: (word, kind) => `${word} ${kind}`,
      line: before,
      postcode: (town, district) =>
        `${letter(town)}${letter(town * 7 + 3)}${1 + Math.floor(district * 20)} ${1 + Math.floor((district * 160) % 9)}${letter(Math.floor(district * 977))}${letter(Math.floor(district * 389))}`,
      mobile: (random) => `7${random.pick(['4', '5', '7', '8', '9'])}${some(random, 8)}`,
      fixed: (random, town) => `1${random.pick(['2', '4', '6'])}${padded(((town * 7) % 8) + 2, 1)}${random.int(2, 8)}${some(random, 6)}`,
    },
    18,
  ],
  [
    {
      code: 'DE',
      name: 'Germany',
      dial: '49',
      trunk: '0',
      peoples: [
        ['german', 80],
        ['turkish', 9],
        ['slavic', 7],
        ['italian', 4],
      ],
      towns:
        'Berlin,Hamburg,München,Köln,Frankfurt am Main,Stuttgart,Düsseldorf,Leipzig,Dortmund,Essen,Bremen,Dresden,Hannover,Nürnberg,Duisburg,Bochum,Wuppertal,Bielefeld,Bonn,Münster,Karlsruhe,Mannheim,Augsburg,Wiesbaden,Kiel,Lübeck,Mainz,Rostock,Kassel,Freiburg im Breisgau,Erfurt,Saarbrücken,Potsdam,Würzburg,Göttingen',
      small: [
        'Alten,Neu,Ober,Nieder,Hohen,Wald,Linden,Rosen,Stein,Berg,Feld,Grün,Kirch,Mühl,Reichen,Schwarz',
        'bach,berg,burg,dorf,hausen,heim,kirchen,stadt,thal,au,brück',
      ],
      streets: [
        'Haupt,Schul,Garten,Bahnhof,Dorf,Berg,Birken,Linden,Kirch,Wald,Ring,Schiller,Goethe,Mozart,Wiesen,Feld,Eichen,Rosen,Buchen,Jahn,Mühlen,Ahorn,Tannen,Amsel,Beethoven,Lerchen,Fichten,Park,Erlen,Finken,Blumen,Burg,Hof,Nord,Süd',
        'straße,weg,gasse,allee,platz,ring',
      ],
      street: (word, kind) => word + kind,
      line: after,
      postcode: plain(5),
      mobile: (random) => `1${random.pick(['51', '60', '70', '71', '72', '73', '74', '75', '76'])}${random.int(1, 9)}${some(random, 6)}`,
      fixed: (random, town) =>
        `${['30', '40', '89', '221', '69', '711', '211', '341', '231', '201'][town % 10] ?? '30'}${random.int(2, 9)}${some(random, 6)}`,
    },
    15,
  ],
  [
    {
      code: 'FR',
      name: 'France',
      dial: '33',
      trunk: '0',
      peoples: [
        ['french', 82],
        ['turkish', 8],
        ['african', 5],
        ['spanish', 5],
      ],
      towns:
        "Paris,Marseille,Lyon,Toulouse,Nice,Nantes,Montpellier,Strasbourg,Bordeaux,Lille,Rennes,Reims,Le Havre,Saint-Étienne,Toulon,Grenoble,Dijon,Angers,Nîmes,Villeurbanne,Le Mans,Aix-en-Provence,Brest,Tours,Limoges,Amiens,Perpignan,Metz,Besançon,Orléans,Rouen,Mulhouse,Caen,Nancy,Villeneuve-d'Ascq",
      small: [
        'Beau,Bel,Clair,Cour,Font,Grand,Haut,Mont,Neuf,Pont,Roche,Saint-,Val,Vieux',
        'bourg,champ,court,mont,ville,fort,lieu,pré,rives,bois',
      ],
      streets: [
        "de l'Église,de la Gare,des Écoles,de la Mairie,du Moulin,des Lilas,Victor Hugo,Pasteur,des Tilleuls,de la République,du Château,de la Fontaine,des Acacias,Jean Jaurès,de Paris,des Jardins,du Stade,des Vignes,de la Poste,des Chênes,Voltaire,du Lavoir,des Rosiers,de Verdun,de la Liberté,du Parc",
        'rue,avenue,place,allée,chemin,impasse',
      ],
      street: (word, kind) => `${kind} ${word}`,
      line: before,
      postcode: plain(5),
      mobile: (random) => `${random.pick(['6', '6', '7'])}${random.int(3, 8)}${some(random, 7)}`,
      fixed: (random, town) => `${(town % 5) + 1}${random.int(3, 8)}${some(random, 7)}`,
    },
    12,
  ],
  [
    {
      code: 'ES',
      name: 'Spain',
      dial: '34',
      trunk: '',
      peoples: [
        ['spanish', 92],
        ['turkish', 4],
        ['slavic', 4],
      ],
      towns:
        'Madrid,Barcelona,Valencia,Sevilla,Zaragoza,Málaga,Murcia,Palma,Bilbao,Alicante,Córdoba,Valladolid,Vigo,Gijón,A Coruña,Granada,Vitoria-Gasteiz,Elche,Oviedo,Cartagena,Jerez de la Frontera,Pamplona,Almería,Burgos,Santander,Castellón,Albacete,Logroño,Badajoz,Salamanca,Huelva,Lleida,Tarragona,León,Cádiz',
      small: [
        'Villa,Torre,Monte,Valde,Fuente,Puente,Casa,Alba,Peña,Rio,San ',
        'nueva,hermosa,blanca,mayor,rubia,seca,verde,lobos,flores,pinar',
      ],
      streets: [
        'Mayor,Real,de la Iglesia,del Sol,Nueva,San Juan,de la Paz,Cervantes,del Carmen,San José,Goya,de la Constitución,Ancha,del Prado,San Pedro,de las Flores,Colón,del Mar,Santa Ana,del Pilar,Velázquez,de España,Luna,del Río,San Antonio,de Andalucía',
        'Calle,Avenida,Plaza,Paseo,Camino',
      ],
      street: (word, kind) => `${kind} ${word}`,
      line: comma,
      postcode: plain(5),
      mobile: (random) => `6${random.int(1, 9)}${some(random, 7)}`,
      fixed: (random, town) => `9${['1', '3', '5', '6', '7', '8'][town % 6] ?? '1'}${random.int(2, 8)}${some(random, 6)}`,
    },
    9,
  ],
  [
    {
      code: 'IT',
      name: 'Italy',
      dial: '39',
      trunk: '',
      peoples: [
        ['italian', 93],
        ['slavic', 4],
        ['african', 3],
      ],
      towns:
        "Roma,Milano,Napoli,Torino,Palermo,Genova,Bologna,Firenze,Bari,Catania,Venezia,Verona,Messina,Padova,Trieste,Taranto,Brescia,Parma,Prato,Modena,Reggio Calabria,Livorno,Cagliari,Foggia,Rimini,Salerno,Ferrara,Sassari,Latina,Monza,Siracusa,Pescara,Bergamo,Forlì,Trento,L'Aquila",
      small: [
        'Castel,Monte,Villa,Borgo,Ponte,Rocca,San ,Torre,Acqua,Campo',
        'nuovo,vecchio,franco,rosso,bello,fiorito,lungo,chiaro,santa,reale',
      ],
      streets: [
        'Roma,Garibaldi,Mazzini,Dante Alighieri,Marconi,Verdi,Cavour,Matteotti,della Libertà,Manzoni,dei Mille,Kennedy,Leopardi,Gramsci,XX Settembre,Vittorio Veneto,della Repubblica,Galileo Galilei,della Pace,San Francesco,delle Rose,dei Pini,del Mare,Europa,Volta,Bellini',
        'Via,Viale,Piazza,Corso,Vicolo',
      ],
      street: (word, kind) => `${kind} ${word}`,
      line: comma,
      postcode: plain(5),
      mobile: (random) => `3${random.pick(['2', '3', '4', '8', '9'])}${random.int(0, 9)}${some(random, 7)}`,
      fixed: (random, town) => `0${['6', '2', '81', '11', '51', '55'][town % 6] ?? '6'}${random.int(2, 8)}${some(random, 6)}`,
    },
    8,
  ],
  [
    {
      code: 'NL',
      name: 'Netherlands',
      dial: '31',
      trunk: '0',
      peoples: [
        ['german', 40],
        ['nordic', 35],
        ['turkish', 15],
        ['french', 10],
      ],
      towns:
        "Amsterdam,Rotterdam,Den Haag,Utrecht,Eindhoven,Groningen,Tilburg,Almere,Breda,Nijmegen,Apeldoorn,Haarlem,Arnhem,Enschede,Amersfoort,Zaanstad,'s-Hertogenbosch,Zwolle,Leiden,Maastricht,Dordrecht,Ede,Delft,Alkmaar,Deventer",
      small: ['Oud,Nieuw,Noord,Zuid,Hoog,Laag,Berg,Wester,Ooster,Heer', 'kerk,dorp,veen,dijk,broek,wijk,drecht,hoven,land'],
      streets: [
        'Dorps,Kerk,School,Molen,Julianas,Wilhelmina,Beatrix,Park,Station,Eiken,Beuken,Linden,Berken,Nieuw,Markt,Wilgen,Kastanje,Populieren,Meidoorn,Raadhuis,Haven,Konings,Prins',
        'straat,weg,laan,plein,dijk,hof',
      ],
      street: (word, kind) => word + kind,
      line: after,
      postcode: (town, district) =>
        `${1000 + ((town * 37) % 899) * 10 + Math.floor(district * 8)} ${letter(Math.floor(district * 977))}${letter(Math.floor(district * 389))}`,
      mobile: (random) => `6${random.int(1, 5)}${some(random, 7)}`,
      fixed: (random, town) => `${['20', '10', '70', '30', '40', '50'][town % 6] ?? '20'}${random.int(2, 8)}${some(random, 6)}`,
    },
    5,
  ],
  [
    {
      code: 'PL',
      name: 'Poland',
      dial: '48',
      trunk: '',
      peoples: [['slavic', 100]],
      towns:
        'Warszawa,Kraków,Łódź,Wrocław,Poznań,Gdańsk,Szczecin,Bydgoszcz,Lublin,Białystok,Katowice,Gdynia,Częstochowa,Radom,Toruń,Sosnowiec,Rzeszów,Kielce,Gliwice,Olsztyn,Zabrze,Bielsko-Biała,Bytom,Zielona Góra,Rybnik,Opole,Tychy,Elbląg',
      small: ['Nowa ,Stara ,Biała ,Czarna ,Wielka ,Mała ,Dolna ,Górna ', 'Wieś,Woda,Góra,Wola,Dąbrowa,Łąka,Ruda,Huta'],
      streets: [
        'Polna,Leśna,Słoneczna,Krótka,Szkolna,Ogrodowa,Lipowa,Brzozowa,Łąkowa,Kwiatowa,Kościelna,Sosnowa,Zielona,Parkowa,Akacjowa,Kolejowa,Długa,Wiśniowa,Mickiewicza,Kościuszki,Sienkiewicza,Rynek,Spokojna,Górna,Nowa',
        'ul.,al.,pl.',
      ],
      street: (word, kind) => `${kind} ${word}`,
      line: after,
      postcode: (town, district) => `${padded(((town * 37) % 90) + 10, 2)}-${padded(Math.floor(district * 12) * 10, 3)}`,
      mobile: (random) => `${random.pick(['50', '51', '53', '60', '66', '69', '72', '78', '79', '88'])}${some(random, 7)}`,
      fixed: (random, town) => `${['22', '12', '42', '71', '61', '58'][town % 6] ?? '22'}${random.int(2, 8)}${some(random, 6)}`,
    },
    5,
  ],
  [
    {
      code: 'SE',
      name: 'Sweden',
      dial: '46',
      trunk: '0',
      peoples: [
        ['nordic', 90],
        ['turkish', 6],
        ['slavic', 4],
      ],
      towns:
        'Stockholm,Göteborg,Malmö,Uppsala,Västerås,Örebro,Linköping,Helsingborg,Jönköping,Norrköping,Lund,Umeå,Gävle,Borås,Södertälje,Eskilstuna,Halmstad,Växjö,Karlstad,Sundsvall,Östersund,Trollhättan,Luleå,Kalmar',
      small: ['Norr,Söder,Väster,Öster,Björk,Gran,Berg,Sjö,Lund,Ek', 'by,torp,köping,sund,vik,stad,ås,hult,näs'],
      streets: [
        'Stor,Kyrko,Skol,Ring,Björk,Tall,Ängs,Skogs,Industri,Parke,Strand,Kungs,Drottning,Nygårds,Linne,Gran,Lille,Åkers,Bergs,Sjö,Rosen',
        'gatan,vägen,stigen,gränd,torget',
      ],
      street: (word, kind) => word + kind,
      line: after,
      postcode: (town, district) => plain(5)(town, district).replace(/^(...)/, '$1 '),
      mobile: (random) => `7${random.pick(['0', '2', '3', '6', '9'])}${some(random, 7)}`,
      fixed: (random, town) => `${['8', '31', '40', '18', '21', '19'][town % 6] ?? '8'}${random.int(2, 8)}${some(random, 6)}`,
    },
    4,
  ],
];

let made: readonly (readonly [Land, number])[] | undefined;

/** The lands with their weights; put together when they are first asked for. */
export function lands(): readonly (readonly [Land, number])[] {
  made ??= texts.map(([text, weight]) => [landOf(text), weight] as const);
  return made;
}

function landOf({ towns, small, streets, street, ...rest }: LandText): Land {
  const [beginnings, ends] = small;
  const [words, kinds] = streets;
  const smaller = ends.split(',').flatMap((end) => beginnings.split(',').map((beginning) => beginning + end));
  const all = kinds.split(',').flatMap((kind) => words.split(',').map((word) => street(word, kind)));
  return { ...rest, towns: drawn([...towns.split(','), ...smaller]), streets: drawn(all) };
}
