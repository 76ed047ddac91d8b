/** Signs and words for currencies, in capitals: the code that each stands for alone, and the others that it does not contradict. */
export const signs: readonly { readonly sign: string; readonly code: string; readonly also: readonly string[] }[] = [
  { sign: '€', code: 'EUR', also: [] },
  { sign: 'EURO', code: 'EUR', also: [] },
  {
    sign: '$',
    code: 'USD',
    also: (
      'ARS AUD BBD BMD BND BOB BRL BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NIO NZD ' +
      'SBD SGD SRD TOP TTD TWD UYU WST XCD ZWL'
    ).split(' '),
  },
  { sign: '£', code: 'GBP', also: ['EGP', 'FKP', 'GIP', 'LBP', 'SDG', 'SHP', 'SSP', 'SYP'] },
  { sign: '¥', code: 'JPY', also: ['CNY'] },
  { sign: '₹', code: 'INR', also: [] },
  { sign: '₩', code: 'KRW', also: ['KPW'] },
  { sign: '₽', code: 'RUB', also: [] },
  { sign: '₺', code: 'TRY', also: [] },
  { sign: '₴', code: 'UAH', also: [] },
  { sign: '₫', code: 'VND', also: [] },
  { sign: '₪', code: 'ILS', also: [] },
  { sign: '₱', code: 'PHP', also: [] },
  { sign: '฿', code: 'THB', also: [] },
  { sign: '₦', code: 'NGN', also: [] },
  { sign: 'ZŁ', code: 'PLN', also: [] },
  { sign: 'KČ', code: 'CZK', also: [] },
  { sign: 'KR', code: 'SEK', also: ['NOK', 'DKK', 'ISK'] },
  { sign: 'R$', code: 'BRL', also: [] },
  { sign: 'US$', code: 'USD', also: [] },
  { sign: 'C$', code: 'CAD', also: [] },
  { sign: 'A$', code: 'AUD', also: [] },
];

/**
 * Codes of ISO 4217, with those withdrawn that old amounts are found in and without those for tests and for no currency. A list of our own, as
 * which of them Node knows differs from version to version.
 */
const codes: readonly string[] = (
  'ADP AED AFA AFN ALL AMD ANG AOA ARS ATS AUD AWG AZM AZN BAM BBD BDT BEF BGL BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYB BYN BYR BZD ' +
  'CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CSD CSK CUC CUP CVE CYP CZK DEM DJF DKK DOP DZD ECS EEK EGP ERN ESP ETB EUR FIM FJD FKP FRF ' +
  'GBP GEL GHC GHS GIP GMD GNF GRD GTQ GYD HKD HNL HRK HTG HUF IDR IEP ILS INR IQD IRR ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD ' +
  'KZT LAK LBP LKR LRD LSL LTL LUF LVL LYD MAD MDL MGA MGF MKD MMK MNT MOP MRO MRU MTL MUR MVR MWK MXN MXP MXV MYR MZM MZN NAD NGN NIO NLG ' +
  'NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PLZ PTE PYG QAR ROL RON RSD RUB RUR RWF SAR SBD SCR SDD SDG SEK SGD SHP SIT SKK SLE SLL SOS SRD ' +
  'SRG SSP STD STN SVC SYP SZL THB TJR TJS TMM TMT TND TOP TRL TRY TTD TWD TZS UAH UAK UGX USD USN UYI UYU UYW UZS VEB VED VEF VES VND VUV ' +
  'WST XAD XAF XAG XAU XCD XCG XDR XEU XOF XPD XPF XPT XSU XUA YER YUM ZAR ZMK ZMW ZWD ZWG ZWL ZWN ZWR'
).split(' ');

/** What an amount's currency is written as: a code, a sign or a word, in any case. */
export const markPattern = `(?i:${[...signs.map(({ sign }) => sign.replaceAll('$', '\\$')), ...codes].join('|')})`;
