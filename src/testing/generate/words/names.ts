import type { Random } from '../random.js';
import { type Word, wordOf } from './people.js';

/** Peoples whose names go together in a population. */
export type Naming = 'english' | 'german' | 'french' | 'spanish' | 'italian' | 'nordic' | 'slavic' | 'indian' | 'turkish' | 'african';

/** The names of one people, each list drawn from by frequency: the first most often, the last seldom. */
export interface Names {
  readonly male: Drawn;
  readonly female: Drawn;
  /** Family names; of those with two forms this is the one that men have. */
  readonly family: Drawn;
}

/** A list of words that is drawn from with falling frequency. */
export interface Drawn {
  readonly words: readonly Word[];
  readonly draw: (random: Random) => Word;
  /** The same draw, as the word's place in `words`. */
  readonly rank: (random: Random) => number;
}

/** Given names (male; female), common family names, and the stems and endings of which rarer family names are put together. */
const lists: Readonly<Record<Naming, readonly [male: string, female: string, family: string, stems: string, endings: string]>> = {
  english: [
    'James,John,William,Robert,Thomas,David,Michael,George,Daniel,Joseph,Charles,Edward,Samuel,Matthew,Andrew,Peter,Christopher,Henry,Benjamin,Jack,Oliver,Harry,Richard,Paul,Mark,Stephen,Anthony,Nicholas,Jonathan,Alexander,Simon,Patrick,Kevin,Brian,Timothy,Gregory,Philip,Callum,Rory,Owen,Ethan,Nathan,Adam,Luke,Jacob,Joshua,Dylan,Graham,Keith,Douglas,Gareth,Liam,Frank,Walter,Arthur,Albert,Leonard,Theodore,Lawrence,Vincent,Marcus,Toby,Felix,Rupert,Cedric',
    'Mary,Elizabeth,Sarah,Margaret,Anna,Emily,Jane,Susan,Catherine,Charlotte,Alice,Helen,Rebecca,Jennifer,Patricia,Barbara,Hannah,Laura,Emma,Grace,Lucy,Sophie,Rachel,Deborah,Victoria,Julia,Amelia,Olivia,Isla,Ruth,Karen,Linda,Christine,Samantha,Alison,Fiona,Megan,Abigail,Eleanor,Florence,Joanna,Stephanie,Nicola,Kimberly,Heather,Amanda,Gillian,Frances,Dorothy,Judith,Beatrice,Rosemary,Niamh,Bronwen,Imogen,Philippa,Harriet,Matilda,Naomi,Edith,Millicent,Cordelia',
    "Smith,Jones,Taylor,Brown,Wilson,Johnson,Davies,Walker,White,Robinson,Thompson,Wright,Evans,Roberts,Clarke,Green,Hall,Wood,Harris,Martin,Jackson,Turner,Hill,Cooper,Ward,Morris,Moore,Clark,Lee,King,Baker,Harrison,Morgan,Allen,Scott,Parker,Bennett,Phillips,Shaw,Richardson,Carter,Mitchell,Cook,Bailey,Bell,Marshall,Murphy,Kelly,Collins,Miller,Cox,Richards,Webb,Rogers,Gray,Hughes,Foster,Ellis,Chapman,Mason,Hunt,Palmer,Holmes,Mills,Knight,Lloyd,Butler,Russell,Barnes,Fisher,Powell,Stevens,Jenkins,Murray,Dixon,Harvey,Pearson,Graham,Fletcher,Gibson,Howard,Andrews,Stewart,Elliott,Reynolds,Ford,Payne,Fox,Pearce,Day,Brooks,West,Lawrence,Cole,Atkinson,Bradley,Spencer,Dawson,Watts,Burton,O'Connor,O'Brien,MacDonald,Sinclair,Campbell,Fraser,Kerr,Whitaker,Holloway",
    'Ash,Black,Brad,Bram,Burn,Cald,Cran,Dal,East,Elm,Fair,Farn,Gat,Glad,Hal,Harg,Hart,Haw,Hol,Hunt,Kings,Lang,Lind,Mar,Mid,New,Nor,Oak,Pem,Prest,Rad,Red,Ross,Shel,Stan,Staf,Sut,Thorn,Wake,Wal,Whit,Win,Wood,Worth',
    'ford,ley,ton,wood,field,well,worth,ham,bourne,brook,den,stone,croft,more,gate,man,ridge,by',
  ],
  german: [
    'Thomas,Michael,Andreas,Peter,Stefan,Wolfgang,Klaus,Jürgen,Hans,Matthias,Christian,Martin,Frank,Markus,Bernd,Jan,Lukas,Felix,Tobias,Sebastian,Florian,Daniel,Alexander,Jörg,Uwe,Rainer,Dieter,Günther,Manfred,Helmut,Moritz,Jonas,Paul,Leon,Maximilian,Philipp,Björn,Holger,Volker,Ralf,Heinz,Karl,Friedrich,Konrad,Emil,Anton,Oskar,Henning,Torsten,Dirk',
    'Anna,Maria,Sabine,Petra,Monika,Andrea,Susanne,Claudia,Ursula,Karin,Heike,Birgit,Julia,Katharina,Lena,Laura,Sarah,Johanna,Franziska,Greta,Emma,Mia,Hannah,Sophie,Christine,Barbara,Angelika,Gabriele,Renate,Brigitte,Ingrid,Elke,Martina,Silke,Anja,Nicole,Stefanie,Melanie,Käthe,Hildegard,Frieda,Ida,Charlotte,Luise,Mathilde,Annika,Wiebke,Ulrike,Antje',
    'Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,Richter,Klein,Wolf,Schröder,Neumann,Schwarz,Zimmermann,Braun,Krüger,Hofmann,Hartmann,Lange,Schmitt,Werner,Krause,Meier,Lehmann,Schmid,Schulze,Maier,Köhler,Herrmann,König,Walter,Mayer,Huber,Kaiser,Fuchs,Peters,Lang,Scholz,Möller,Weiß,Jung,Hahn,Schubert,Vogel,Friedrich,Keller,Günther,Frank,Berger,Winkler,Roth,Beck,Lorenz,Baumann,Franke,Albrecht,Schuster,Simon,Ludwig,Böhm,Winter,Kraus,Martin,Schumacher,Krämer,Vogt,Stein,Jäger,Otto,Sommer,Groß,Seidel,Heinrich,Brandt,Haas,Schreiber,Graf,Dietrich,Ziegler,Kuhn,Kühn,Pohl,Engel,Horn,Busch,Bergmann,Thomas,Voigt,Sauer,Arnold,Wolff,Pfeiffer',
    'Stein,Berg,Wald,Linden,Eichen,Rosen,Birken,Hoch,Alt,Neu,Ober,Nieder,Kirch,Mühl,Bach,Feld,Gold,Silber,Eisen,Kreuz,Sonn,Holz,Sand,Ross,Wiesen,Grün,Lauter,Reh,Adler,Burg',
    'meier,mann,bauer,hofer,berger,müller,bach,feld,stein,thal,huber,kamp,brink,egger,auer,städter,wald',
  ],
  french: [
    'Jean,Pierre,Michel,Philippe,Nicolas,Alain,François,Christophe,Laurent,Julien,Thomas,Olivier,Éric,Patrick,Antoine,Louis,Benoît,Guillaume,Étienne,Rémi,Théo,Hugo,Lucas,Mathieu,Sébastien,Frédéric,Jérôme,Xavier,Loïc,Yves,Gérard,Marcel,Henri,Raphaël,Baptiste,Clément,Maxime,Damien,Fabrice,Thierry',
    'Marie,Nathalie,Isabelle,Sylvie,Catherine,Françoise,Anne,Sophie,Céline,Julie,Camille,Hélène,Élodie,Chloé,Manon,Léa,Emma,Mathilde,Margaux,Noémie,Océane,Zoé,Aurélie,Sandrine,Valérie,Véronique,Brigitte,Monique,Jacqueline,Claire,Pauline,Laure,Amélie,Juliette,Lucie,Inès,Agathe,Solène,Geneviève,Delphine',
    'Martin,Bernard,Dubois,Thomas,Robert,Richard,Petit,Durand,Leroy,Moreau,Simon,Laurent,Lefebvre,Michel,Garcia,David,Bertrand,Roux,Vincent,Fournier,Morel,Girard,André,Lefèvre,Mercier,Dupont,Lambert,Bonnet,François,Martinez,Legrand,Garnier,Faure,Rousseau,Blanc,Guérin,Muller,Henry,Roussel,Nicolas,Perrin,Morin,Mathieu,Clément,Gauthier,Dumont,Lopez,Fontaine,Chevalier,Robin,Masson,Sanchez,Gérard,Nguyen,Boyer,Denis,Lemaire,Duval,Joly,Gautier,Roger,Roche,Roy,Noël,Meyer,Lucas,Meunier,Jean,Perez,Marchand,Dufour,Blanchard,Marie,Barbier,Brun,Dumas,Brunet,Schmitt,Leroux,Colas,Vidal,Caron,Picard,Renard,Delacroix,Le Goff,Le Gall,Vasseur,Aubert',
    'Beau,Bel,Bois,Cham,Clair,Cour,Del,Font,Grand,Haut,Lac,Mal,Mar,Mont,Per,Ram,Roche,Saint-,Val,Vern,Ville',
    'champ,court,mont,val,ville,fort,bert,lieu,pierre,bois,eau,don,neuve,sac',
  ],
  spanish: [
    'José,Antonio,Manuel,Francisco,Juan,David,Javier,Daniel,Carlos,Jesús,Alejandro,Miguel,Rafael,Pedro,Ángel,Pablo,Sergio,Fernando,Jorge,Luis,Alberto,Álvaro,Adrián,Diego,Raúl,Iván,Rubén,Enrique,Óscar,Ramón,Vicente,Andrés,Joaquín,Santiago,Eduardo,Víctor,Mario,Roberto,Jaime,Ignacio,Martín,Hugo,Íñigo,Tomás,Gonzalo',
    'María,Carmen,Ana,Isabel,Laura,Cristina,Marta,Dolores,Lucía,Pilar,Elena,Paula,Raquel,Sara,Rosa,Teresa,Beatriz,Rocío,Patricia,Silvia,Inés,Andrea,Julia,Alba,Irene,Mónica,Nuria,Sofía,Claudia,Ángela,Sandra,Victoria,Eva,Sonia,Yolanda,Margarita,Natalia,Alicia,Lorena,Ximena,Verónica,Celia,Amparo,Esperanza',
    'García,González,Rodríguez,Fernández,López,Martínez,Sánchez,Pérez,Gómez,Martín,Jiménez,Ruiz,Hernández,Díaz,Moreno,Muñoz,Álvarez,Romero,Alonso,Gutiérrez,Navarro,Torres,Domínguez,Vázquez,Ramos,Gil,Ramírez,Serrano,Blanco,Molina,Morales,Suárez,Ortega,Delgado,Castro,Ortiz,Rubio,Marín,Sanz,Núñez,Iglesias,Medina,Garrido,Cortés,Castillo,Santos,Lozano,Guerrero,Cano,Prieto,Méndez,Cruz,Calvo,Gallego,Vidal,León,Márquez,Herrera,Peña,Flores,Cabrera,Campos,Vega,Fuentes,Carrasco,Diez,Caballero,Reyes,Nieto,Aguilar,Pascual,Santana,Herrero,Lorenzo,Montero,Hidalgo,Giménez,Ibáñez,Ferrer,Durán,Santiago,Benítez,Mora,Vicente,Vargas,Arias,Carmona,Crespo,Román,Pastor,Soto,Sáez,de la Cruz,Zúñiga,Echeverría,Quiroga,Bustamante',
    'Agui,Alar,Bal,Bena,Cala,Caste,Esco,Fontá,Gala,Hino,Illa,Jara,Lade,Mira,Monte,Oli,Pala,Peña,Quinta,Riba,Sala,Tole,Valle,Villa,Zala',
    'nes,lar,da,vides,llano,ra,nero,negro,verde,mayor,redondo,fuerte,franca,seca,nueva',
  ],
  italian: [
    'Giuseppe,Antonio,Giovanni,Mario,Luigi,Francesco,Angelo,Vincenzo,Marco,Alessandro,Andrea,Paolo,Roberto,Stefano,Luca,Matteo,Lorenzo,Davide,Simone,Federico,Riccardo,Fabio,Giorgio,Pietro,Salvatore,Domenico,Carlo,Franco,Bruno,Enrico,Nicola,Tommaso,Gabriele,Michele,Massimo,Claudio,Emanuele,Niccolò,Filippo,Leonardo',
    'Maria,Anna,Giuseppina,Rosa,Angela,Giovanna,Teresa,Lucia,Carmela,Caterina,Francesca,Laura,Giulia,Chiara,Sara,Martina,Elena,Paola,Valentina,Alessandra,Silvia,Federica,Elisa,Roberta,Simona,Barbara,Monica,Cristina,Ilaria,Beatrice,Alice,Sofia,Aurora,Giorgia,Marta,Daniela,Patrizia,Stefania,Noemi,Camilla',
    "Rossi,Russo,Ferrari,Esposito,Bianchi,Romano,Colombo,Ricci,Marino,Greco,Bruno,Gallo,Conti,De Luca,Mancini,Costa,Giordano,Rizzo,Lombardi,Moretti,Barbieri,Fontana,Santoro,Mariani,Rinaldi,Caruso,Ferrara,Galli,Martini,Leone,Longo,Gentile,Martinelli,Vitale,Lombardo,Serra,Coppola,De Santis,D'Angelo,Marchetti,Parisi,Villa,Conte,Ferraro,Ferri,Fabbri,Bianco,Marini,Grasso,Valentini,Messina,Sala,De Angelis,Gatti,Pellegrini,Palumbo,Sanna,Farina,Rizzi,Monti,Cattaneo,Morelli,Amato,Silvestri,Mazza,Testa,Grassi,Pellegrino,Carbone,Giuliani,Benedetti,Barone,Rossetti,Caputo,Montanari,Guerra,Palmieri,Bernardi,Martino,Fiore",
    'Bel,Bon,Cam,Cas,Cor,Fal,Gam,Lan,Man,Mar,Mon,Nar,Pal,Per,Ric,San,Sal,Tar,Tor,Val,Ven,Zan',
    'ardi,elli,etti,ini,oni,ucci,otti,ieri,aldi,ese,ano,atti,azzi,acci',
  ],
  nordic: [
    'Lars,Erik,Anders,Per,Johan,Mikael,Karl,Nils,Jan,Peter,Magnus,Søren,Bjørn,Ole,Henrik,Thomas,Jens,Morten,Fredrik,Gustav,Oskar,Emil,Viktor,Axel,Sven,Olof,Håkan,Göran,Åke,Tor,Knut,Øyvind,Rasmus,Kasper,Mikkel,Eero,Mattias,Jonas,Leif,Stig',
    'Anna,Maria,Karin,Eva,Kristina,Lena,Ingrid,Birgitta,Astrid,Freja,Saga,Linnéa,Emma,Elsa,Sofie,Mette,Hanne,Kirsten,Inger,Åse,Solveig,Marit,Sigrid,Helga,Maja,Ida,Josefine,Camilla,Malin,Sara,Ellen,Gunilla,Elin,Ebba,Aino,Tuva,Ragnhild,Hilde,Annika,Pernille',
    'Andersson,Johansson,Karlsson,Nilsson,Eriksson,Larsson,Olsson,Persson,Svensson,Gustafsson,Pettersson,Jonsson,Jansson,Hansson,Bengtsson,Jönsson,Lindberg,Jakobsson,Magnusson,Olofsson,Lindström,Lindqvist,Lindgren,Axelsson,Berg,Bergström,Lundberg,Lind,Lundgren,Lundqvist,Mattsson,Berglund,Fredriksson,Sandberg,Henriksson,Forsberg,Sjöberg,Wallin,Engström,Eklund,Danielsson,Lundin,Håkansson,Björk,Bergman,Gunnarsson,Holm,Wikström,Samuelsson,Isaksson,Fransson,Bergqvist,Nyström,Holmberg,Arvidsson,Löfgren,Söderberg,Nyberg,Blomqvist,Claesson,Nordström,Mårtensson,Lundström,Eliasson,Pålsson,Björklund,Hansen,Jensen,Nielsen,Sørensen,Rasmussen,Kristensen,Ødegård,Halvorsen,Solberg,Dahl,Kjær,Virtanen,Mäkinen',
    'Ahl,Alm,Asp,Björk,Blom,Ek,Fors,Gran,Hag,Hall,Hed,Holm,Lind,Ljung,Lund,Malm,Nord,Ny,Ros,Rönn,Sand,Sjö,Sten,Ström,Söder,Väst,Öst',
    'berg,borg,by,dal,feldt,gren,kvist,lund,mark,ström,stedt,vall,holm,man,ås',
  ],
  slavic: [
    'Piotr,Krzysztof,Andrzej,Tomasz,Jan,Paweł,Michał,Marcin,Jakub,Adam,Łukasz,Marek,Grzegorz,Stanisław,Mateusz,Wojciech,Mariusz,Dariusz,Zbigniew,Jerzy,Maciej,Rafał,Robert,Kamil,Szymon,Bartosz,Filip,Kacper,Igor,Wiktor,Jiří,Ondřej,Tomáš,Željko,Ivan,Milan,Zoran,Nikola',
    'Anna,Maria,Katarzyna,Małgorzata,Agnieszka,Barbara,Ewa,Krystyna,Elżbieta,Magdalena,Joanna,Aleksandra,Zofia,Monika,Teresa,Natalia,Julia,Karolina,Marta,Beata,Dorota,Danuta,Jadwiga,Paulina,Patrycja,Kinga,Wiktoria,Hanna,Maja,Weronika,Tereza,Zdeňka,Katarína,Ivana,Jelena,Milica,Irena,Halina',
    'Nowak,Kowalski,Wiśniewski,Wójcik,Kowalczyk,Kamiński,Lewandowski,Zieliński,Szymański,Woźniak,Dąbrowski,Kozłowski,Jankowski,Mazur,Kwiatkowski,Wojciechowski,Krawczyk,Kaczmarek,Piotrowski,Grabowski,Zając,Pawłowski,Michalski,Król,Wieczorek,Jabłoński,Wróbel,Nowakowski,Majewski,Olszewski,Stępień,Malinowski,Jaworski,Adamczyk,Dudek,Nowicki,Pawlak,Górski,Witkowski,Walczak,Sikora,Baran,Rutkowski,Michalak,Szewczyk,Ostrowski,Tomaszewski,Pietrzak,Zalewski,Wróblewski,Marciniak,Jasiński,Zawadzki,Bąk,Jakubowski,Sadowski,Duda,Włodarczyk,Wilk,Chmielewski,Borkowski,Sokołowski,Szczepański,Sawicki,Kucharski,Lis,Novák,Dvořák,Černý,Procházka,Horváth,Kováč,Marković,Jovanović,Petrović,Nikolić',
    'Bar,Bor,Brzez,Dob,Gaj,Gór,Jar,Jas,Kal,Kam,Kraw,Lip,Łaz,Mal,Mir,Niem,Olsz,Pod,Rad,Rak,Sob,Stan,Such,Tar,Wil,Wys,Zab,Zar',
    'owski,ewski,iński,ecki,icki,czak,czyk,ak,ek,ik,acz',
  ],
  indian: [
    'Rahul,Amit,Sanjay,Rajesh,Vijay,Arjun,Rohan,Vikram,Suresh,Ravi,Anil,Sunil,Manoj,Ashok,Deepak,Aditya,Karan,Nikhil,Pranav,Siddharth,Harish,Ganesh,Mohan,Prakash,Imran,Farhan,Yusuf,Gurpreet,Harjit,Naveen,Kiran,Ajay,Varun,Aakash,Dev,Ishaan,Kabir,Omkar,Tarun,Yash',
    'Priya,Anjali,Sunita,Kavita,Pooja,Neha,Meera,Ananya,Lakshmi,Deepa,Divya,Rekha,Asha,Geeta,Usha,Radha,Shreya,Kavya,Nisha,Ritu,Swati,Aishwarya,Sneha,Aarti,Sangeeta,Fatima,Ayesha,Zara,Simran,Harpreet,Lata,Maya,Tara,Uma,Vidya,Isha,Riya,Diya,Jaya,Padma',
    'Sharma,Singh,Kumar,Patel,Gupta,Shah,Khan,Reddy,Verma,Rao,Nair,Mehta,Joshi,Iyer,Das,Mishra,Agarwal,Chatterjee,Mukherjee,Banerjee,Pillai,Desai,Kapoor,Malhotra,Chopra,Bhat,Menon,Kulkarni,Deshpande,Patil,Yadav,Pandey,Tiwari,Dubey,Saxena,Srivastava,Sinha,Jain,Bose,Ghosh,Sen,Dutta,Roy,Chowdhury,Hussain,Ansari,Shaikh,Syed,Gill,Sandhu,Dhillon,Grewal,Sidhu,Bajwa,Naidu,Murthy,Hegde,Shetty,Kamath,Gowda,Iyengar,Subramanian,Krishnan,Raman,Thomas,Fernandes,DSouza,Pereira,Thakur,Rathore,Chauhan,Solanki,Trivedi,Parekh,Gandhi,Modak,Kale,Sawant,Naik',
    'Bal,Chand,Dev,Dhan,Gang,Gopal,Hari,Jag,Kal,Kand,Lal,Madh,Nand,Nar,Pad,Raj,Ram,Sank,Sat,Shiv,Sund,Ven,Vish',
    'kar,wal,ani,ia,aswamy,nathan,rajan,pal,dekar,wani,eshwar,patra',
  ],
  turkish: [
    'Mehmet,Mustafa,Ahmet,Ali,Hüseyin,Hasan,İbrahim,İsmail,Osman,Murat,Ömer,Yusuf,Emre,Burak,Can,Kerem,Oğuz,Barış,Serkan,Tolga,Onur,Selim,Cem,Kaan,Hakan,Volkan,Fatih,Halil,Omar,Khalid,Tariq,Karim,Samir,Nabil,Rachid,Youssef',
    'Fatma,Ayşe,Emine,Hatice,Zeynep,Elif,Meryem,Merve,Esra,Büşra,Özlem,Sevgi,Gül,Defne,Ebru,Selin,Çağla,İrem,Derya,Aslı,Leyla,Nur,Yasemin,Deniz,Amina,Salma,Layla,Noor,Samira,Nadia,Karima,Yasmine,Khadija,Rania',
    'Yılmaz,Kaya,Demir,Çelik,Şahin,Yıldız,Yıldırım,Öztürk,Aydın,Özdemir,Arslan,Doğan,Kılıç,Aslan,Çetin,Kara,Koç,Kurt,Özkan,Şimşek,Polat,Korkmaz,Çakır,Erdoğan,Yavuz,Can,Acar,Aktaş,Güler,Yalçın,Bulut,Keskin,Ünal,Turan,Özer,Aksoy,Avcı,Taş,Uçar,Güneş,Haddad,Mansour,Benali,El Amrani,Khoury,Nasser,Saleh,Farouk,Bouzid,Rahman,Al-Masri,Hamdi,Ziani,Cherif',
    'Ak,Al,Bay,Bol,Demir,Er,Gök,Gün,Kara,Koç,Öz,Sarı,Şen,Taş,Tek,Tok,Uz,Yaz,Yeni',
    'taş,demir,oğlu,er,soy,türk,kan,bay,gül,han,su,dağ',
  ],
  african: [
    'Emmanuel,Samuel,Joseph,Chidi,Kwame,Thabo,Juma,Tendai,Babajide,Kofi,Kwabena,Yaw,Sipho,Themba,Bongani,Mandla,Otieno,Kamau,Mwangi,Baraka,Amani,Musa,Ibrahim,Abdou,Moussa,Ousmane,Cheikh,Emeka,Obinna,Ikenna,Tunde,Segun,Femi,Ade,Blessing,Farai,Tafadzwa',
    'Grace,Mary,Amara,Abena,Naledi,Wanjiru,Ifeoma,Zanele,Ama,Akosua,Efua,Esi,Nomsa,Thandiwe,Lerato,Palesa,Achieng,Wambui,Njeri,Neema,Zawadi,Aisha,Fatou,Aminata,Mariama,Ngozi,Chioma,Adaeze,Folake,Yetunde,Temitope,Rudo,Chipo,Tsitsi,Faith,Mercy',
    'Okafor,Okonkwo,Adeyemi,Mensah,Owusu,Nkosi,Dlamini,Kamau,Odhiambo,Moyo,Balogun,Eze,Asante,Mbeki,Achieng,Diallo,Traoré,Ndiaye,Diop,Ba,Sow,Camara,Koné,Touré,Keïta,Boateng,Osei,Appiah,Addo,Agyeman,Amoah,Ansah,Nwosu,Obi,Okeke,Onyango,Otieno,Ouma,Wanjala,Mutua,Kiprop,Cheruiyot,Ndlovu,Khumalo,Sibanda,Ncube,Zulu,Mokoena,Molefe,Banda,Phiri,Mwale,Tembo,Abiola,Adebayo,Ogunleye,Afolabi,Bello,Abubakar,Sani',
    'Ade,Aki,Ay,Chi,Ek,If,Ko,Ma,Mu,Nda,Nko,Nwa,Obi,Ogu,Oka,Olu,Ony,Sa,Te,Wa',
    'bayo,wale,kunle,tunde,mba,ndo,ngwe,shola,beki,loka,nyi,mani,zuri,pong,koro,dele',
  ],
};

const made = new Map<Naming, Names>();
const nobody = wordOf('');

/** The names of a people; the lists are put together when they are first asked for. */
export function namesOf(naming: Naming): Names {
  const known = made.get(naming);
  if (known !== undefined) return known;
  const [male, female, family, stems, endings] = lists[naming];
  const heads = family.split(',');
  const composed = stems.split(',').flatMap((stem) => endings.split(',').map((ending) => stem + ending));
  const rare = [...new Set(composed)].filter((name) => !heads.includes(name));
  const names = { male: drawn(male.split(',')), female: drawn(female.split(',')), family: drawn([...heads, ...interleaved(rare)]) };
  made.set(naming, names);
  return names;
}

/** The same words in an order in which neighbours do not begin alike: every 41st, round and round. */
function interleaved(words: readonly string[]): string[] {
  return Array.from({ length: 41 }, (_, start) => words.filter((_, at) => at % 41 === start)).flat();
}

/**
 * Words by frequency: the word of rank r as often as 1 / (r + 3)^0.9, near to what registers of names show (Zipf's law
 * with Mandelbrot's shift). The words stand in a table as often as they occur, so that a draw is one look-up.
 */
export function drawn(texts: readonly string[]): Drawn {
  const words = texts.map((text) => wordOf(text));
  const weights = words.map((_, rank) => (rank + 3) ** -0.9);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const counts = weights.map((weight) => Math.max(1, Math.round((weight / sum) * 16_384)));
  const table = new Uint16Array(counts.reduce((total, count) => total + count, 0));
  let at = 0;
  counts.forEach((count, rank) => {
    table.fill(rank, at, at + count);
    at += count;
  });
  const rank = (random: Random): number => table[random.int(0, table.length - 1)] ?? 0;
  return { words, rank, draw: (random) => words[rank(random)] ?? nobody };
}
