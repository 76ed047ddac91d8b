import type { Random } from '../random.js';

/** A name as its owner writes it, and in Latin letters without accents, from which e-mail addresses are made. */
export interface Word {
  readonly written: string;
  readonly latin: string;
  /** What an e-mail address makes of it: the letters a to z only. */
  readonly local: string;
}

/** Given and family names that go together. */
export interface Culture {
  readonly given: readonly Word[];
  readonly family: readonly Word[];
}

const undecomposed: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  Ø: 'O',
  æ: 'ae',
  Æ: 'AE',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ı: 'i',
  þ: 'th',
  Þ: 'Th',
  ð: 'd',
};

/** Names by culture. The last four are written in their own script. */
export const cultures = {
  english: culture(
    'James, Mary, Oliver, Amelia, George, Isla, Harry, Charlotte, Jack, Emily, Thomas, Grace, William, Sophie, Daniel, Ruth, Samuel, Hannah, Benjamin, Lucy, Henry, Alice, Edward, Megan, Callum, Fiona, Rory, Niamh, Owen, Bronwen, Marcus, Naomi',
    "Whitaker, Harding, Okafor-Reid, Bennett, Caldwell, Prescott, Holloway, Marsh, Ashworth, Fletcher, O'Connor, O'Sullivan, MacDonald, Sinclair, Griffiths, Llewellyn, Pemberton, Stafford, Langley, Hawthorne, Winslow, Barlow, Cartwright, Sutton, Thornton, Dalton, Mercer, Rowe, Kendrick, Byrne",
  ),
  german: culture(
    'Anna, Lukas, Jürgen, Sabine, Jörg, Käthe, Matthias, Greta, Felix, Johanna, Björn, Heike, Moritz, Lena, Günther, Ursula, Tobias, Franziska',
    'Müller, Schäfer, Köhler, Weiß, Hoffmann, Krüger, Zimmermann, Jäger, Vogel, Lindner, Brandt, Hartmann, Böhm, Winkler, Großmann, Seidel, Kaufmann, Roth, Pfeiffer, von Arnim',
  ),
  french: culture(
    'Élodie, Benoît, Chloé, François, Hélène, Jérôme, Noémie, Théo, Mathilde, Rémi, Océane, Guillaume, Zoé, Étienne, Margaux, Loïc',
    'Lefèvre, Moreau, Dubois, Girard, Béranger, Fournier, Lambert, Garçon, Chevalier, Rousseau, Noël, Perrin, Marchand, Gauthier, Renaud, Delacroix, Le Goff, Boucher, Vasseur, Aubert',
  ),
  iberian: culture(
    'José, María, Íñigo, Lucía, Andrés, Sofía, Joaquín, Inés, Álvaro, Beatriz, João, Catarina, Tiago, Leonor, Rubén, Núria, Martín, Ximena, Raúl, Conceição',
    'García, Hernández, Muñoz, Núñez, Ibáñez, Castellanos, Ortega, Peña, Vidal, Quiroga, Gonçalves, Magalhães, Simões, Araújo, Figueiredo, Batista, Salgado, Cordero, Zúñiga, Echeverría, de la Cruz, Bustamante',
  ),
  italian: culture(
    'Giulia, Lorenzo, Niccolò, Chiara, Alessandro, Francesca, Matteo, Ilaria, Davide, Martina, Tommaso, Beatrice',
    "Rossi, Ferrari, Esposito, Bianchi, Conti, De Luca, Mancini, Lombardi, Moretti, D'Angelo, Caruso, Gallo, Fontana, Santoro, Rinaldi",
  ),
  nordic: culture(
    'Søren, Astrid, Åse, Bjørn, Freja, Lars, Ingrid, Magnus, Saga, Øyvind, Linnéa, Mikael, Þóra, Aino, Eero',
    'Lindqvist, Sørensen, Ødegård, Åkesson, Nyström, Halvorsen, Bergström, Kjær, Jónsdóttir, Virtanen, Mäkinen, Dahl, Ekström, Rasmussen, Holm, Solberg',
  ),
  slavic: culture(
    'Łukasz, Agnieszka, Michał, Zofia, Paweł, Małgorzata, Jiří, Tereza, Ondřej, Zdeňka, Marek, Katarína, Željko, Ivana',
    'Kowalczyk, Wójcik, Zieliński, Dąbrowski, Szymański, Nowak, Novák, Dvořák, Černý, Procházka, Horváth, Kováč, Marković, Jovanović, Šimunić, Wiśniewski',
  ),
  turkish: culture(
    'Ayşe, Emre, Çağla, Mehmet, Zeynep, Oğuz, Elif, Barış',
    'Yılmaz, Öztürk, Şahin, Çelik, Aydın, Doğan, Kılıç, Arslan, Koç, Erdoğdu',
  ),
  indian: culture(
    'Priya, Arjun, Ananya, Rohan, Kavya, Vikram, Meera, Sanjay, Lakshmi, Aditya, Deepa, Imran',
    'Sharma, Patel, Iyer, Chatterjee, Reddy, Nair, Kapoor, Deshpande, Banerjee, Singh, Gill, Menon, Joshi, Khan, Mukherjee',
  ),
  eastAsian: culture(
    'Wei, Mei-Ling, Jun, Haruka, Kenji, Yuki, Min-jun, Ji-woo, Hiroshi, Xiu, Thị Hương, Minh, Đức, Linh',
    'Chen, Zhang, Nakamura, Tanaka, Watanabe, Kim, Park, Choi, Nguyễn, Trần, Phạm, Liu, Huang, Yamamoto, Fujimoto, Kobayashi',
  ),
  african: culture(
    'Chidi, Amara, Kwame, Abena, Thabo, Naledi, Wanjiru, Tendai, Ifeoma, Babajide, Zanele, Juma',
    'Okonkwo, Adeyemi, Mensah, Owusu, Nkosi, Dlamini, Kamau, Odhiambo, Moyo, Balogun, Eze, Asante, Mbeki, Achieng, Diallo',
  ),
  arabic: culture(
    'Layla, Omar, Fatima, Yusuf, Amina, Khalid, Noor, Tariq, Salma, Hassan',
    'Haddad, Al-Masri, Khoury, Benali, El Amrani, Farouk, Mansour, Nasser, Saleh, Zidane, Rahman, Bouzid',
  ),
  greekScript: culture(
    'Ελένη=Eleni, Γιώργος=Giorgos, Μαρία=Maria, Νίκος=Nikos, Κατερίνα=Katerina',
    'Παπαδόπουλος=Papadopoulos, Γεωργίου=Georgiou, Οικονόμου=Oikonomou, Δημητρίου=Dimitriou, Αλεξίου=Alexiou',
  ),
  cyrillicScript: culture(
    'Ольга=Olha, Тарас=Taras, Оксана=Oksana, Богдан=Bohdan, Калина=Kalina, Стоян=Stoyan',
    'Шевченко=Shevchenko, Коваленко=Kovalenko, Бондаренко=Bondarenko, Мельник=Melnyk, Петренко=Petrenko, Лысенко=Lysenko',
  ),
  hanScript: culture(
    '美咲=Misaki, 健太=Kenta, 翔=Sho, 伟=Wei, 芳=Fang, 静=Jing',
    '佐藤=Sato, 鈴木=Suzuki, 高橋=Takahashi, 王=Wang, 李=Li, 陈=Chen',
  ),
  arabicScript: culture('ليلى=Layla, عمر=Omar, فاطمة=Fatima, يوسف=Yousef', 'حداد=Haddad, منصور=Mansour, الخطيب=Alkhatib, ناصر=Nasser'),
} as const;

/** The name of a culture. */
export type CultureName = keyof typeof cultures;

/** A full name in plain Latin letters, of any culture that writes in them. */
export function latinName(random: Random): string {
  const { given, family } = cultures[random.pick(['english', 'italian', 'indian', 'african', 'arabic'] as const)];
  return `${random.pick(given).latin} ${random.pick(family).latin}`;
}

/** A text without its accents, as a system writes it that knows no other letters than a to z. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[ßøØæÆłŁđĐıþÞð]/g, (letter) => undecomposed[letter] ?? letter);
}

function culture(given: string, family: string): Culture {
  return { given: words(given), family: words(family) };
}

function words(list: string): readonly Word[] {
  return list.split(', ').map((entry) => wordOf(...pair(entry)));
}

function pair(entry: string): [string, string | undefined] {
  const [written = '', latin] = entry.split('=');
  return [written, latin];
}

/** A name with its Latin letters, which need only be given for other scripts. */
export function wordOf(written: string, latin = withoutAccents(written)): Word {
  return { written, latin, local: latin.toLowerCase().replaceAll(/[^a-z]/g, '') };
}
