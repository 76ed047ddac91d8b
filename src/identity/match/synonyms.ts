import { instead } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';

/** Countries by their codes of three letters and of two (ISO 3166-1), of which the latter stand for all others. */
const codes =
  'afgaf albal dzadz asmas andad agoao aiaai ataaq atgag argar armam abwaw ausau autat azeaz bhsbs bhrbh bgdbd brbbb blrby belbe blzbz benbj bmubm btnbt bolbo bihba bwabw bvtbv brabr iotio brnbn bgrbg bfabf bdibi khmkh cmrcm canca cpvcv cymky cafcf tcdtd chlcl chncn cxrcx cckcc colco comkm cogcg codcd cokck cricr civci hrvhr cubcu cypcy czecz dnkdk djidj dmadm domdo ecuec egyeg slvsv gnqgq erier estee ethet flkfk frofo fjifj finfi frafr gufgf pyfpf atftf gabga gmbgm geoge deude ghagh gibgi grcgr grlgl grdgd glpgp gumgu gtmgt gingn gnbgw guygy htiht hmdhm vatva hndhn hkghk hunhu islis indin idnid irnir irqiq irlie isril itait jamjm jpnjp jorjo kazkz kenke kirki prkkp korkr kwtkw kgzkg laola lvalv lbnlb lsols lbrlr lbyly lieli ltult luxlu macmo mdgmg mwimw mysmy mdvmv mliml mltmt mhlmh mtqmq mrtmr musmu mytyt mexmx fsmfm mdamd mcomc mngmn msrms marma mozmz mmrmm namna nrunr nplnp nldnl nclnc nzlnz nicni nerne ngang niunu nfknf mnpmp mkdmk norno omnom pakpk plwpw pseps panpa pngpg prypy perpe phlph pcnpn polpl prtpt pripr qatqa reure rouro rusru rwarw shnsh knakn lcalc spmpm vctvc wsmws smrsm stpst sausa sensn sycsc slesl sgpsg svksk svnsi slbsb somso zafza sgsgs espes lkalk sdnsd sursr sjmsj swzsz swese chech syrsy twntw tjktj tzatz thath tlstl tgotg tkltk tonto ttott tuntn turtr tkmtm tcatc tuvtv ugaug ukrua areae gbrgb usaus umium uryuy uzbuz vutvu venve vnmvn vgbvg virvi wlfwf esheh yemye zmbzm zwezw alaax besbq cuwcw ggygg imnim jeyje mneme blmbl mafmf srbrs sxmsx ssdss xkkxk';

/** Languages in which countries are known by their names. */
const languages = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'pl', 'sv', 'da', 'cs'];

/** What else people write for a country, and for the sexes. */
const others: Readonly<Record<string, string>> = {
  us: 'unitedstatesofamerica theunitedstates',
  gb: 'uk greatbritain',
  nl: 'holland thenetherlands',
  cz: 'czechrepublic tschechischerepublik',
  tr: 'turkey turkiye',
  ru: 'russianfederation',
  cn: 'prchina peoplesrepublicofchina',
  kr: 'republicofkorea',
  ae: 'uae',
  ie: 'republicofireland',
  vn: 'vietnam',
  m: 'male man mann mannlich maennlich homme masculin hombre masculino maschio uomo',
  f: 'female woman frau weiblich femme feminin mujer femenino femmina donna',
};

/** What stands for the values of a category that mean the same, such as `Germany`, `DEU` and `DE`. `value` is plain, without blanks. */
export function meaning(value: Sql): Sql {
  return instead(value, standing());
}

let made: ReadonlyMap<string, string> | undefined;

function standing(): ReadonlyMap<string, string> {
  if (made !== undefined) return made;
  const names = new Map(Object.entries(others).flatMap(([to, all]) => all.split(' ').map((name): [string, string] => [name, to])));
  const countries = codes.split(' ').map((both): [string, string] => [both.slice(0, 3), both.slice(3)]);
  for (const [long, short] of countries) names.set(long, short);
  for (const language of languages) {
    const told = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    for (const [, code] of countries) {
      const name = dense(told.of(code.toUpperCase()) ?? '');
      if (name.length > 2 && !names.has(name)) names.set(name, code);
    }
  }
  made = names;
  return made;
}

/** As `dense` does it in the engine, of Latin letters. */
function dense(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
