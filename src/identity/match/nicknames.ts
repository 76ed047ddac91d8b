import { instead } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';

/** Given names, each with the forms that its bearers go by and the spellings that are taken for it. A form that several have stands with the likeliest. */
const forms =
  'abigail abby gail;abraham abe;adam ad;albert al bert bertie;alexander alex alec sandy xander sasha;alexandra lexi sandra;alfred alf fred freddie;alice ali;alison allison;amanda mandy;amelia millie;andrew andy drew andre andreas andrei;ann anne anna annie nan;anthony tony antony anton antonio;archibald archie;arthur art artie;augustus gus;barbara barb babs;bartholomew bart;beatrice bea trixie;benjamin ben benny benji;bernard bernie;bradley brad;caroline carrie carolyn carol;catherine katherine kathryn cathy kathy kate katie kitty cat katharine catharine katarina karen;cecilia celia cissy;charles charlie chuck chas carl karl;charlotte lottie charley;christina christine tina chrissie kristina kristin kirsten;christopher chris kit topher kristof;clarence clare;clifford cliff;constance connie;cornelius neil corny;curtis curt kurt;cynthia cindy;daniel dan danny daniele;david dave davy davey;deborah deb debbie debra;dennis denny denis;dominic dom nick;donald don donny;dorothy dot dolly dottie dorothea;douglas doug;edmund ed ned;edward eddie eddy ted teddy;eleanor ellie nora nell elinor elenor;elizabeth liz beth betty eliza elsie lizzie libby bess betsy elisabeth lisa;emily em emmy emmeline;emma;eric erik;ernest ernie;esther hester essie;eugene gene;evelyn eve;ezekiel zeke;florence flo flossie;frances fran fanny francie;francis frank frankie franz francisco francesco;frederick fritz fredrick frederic friedrich;gabriel gabe;gabrielle gabby;geoffrey geoff jeffrey jeff jeffery;george georgie jorge georg;gerald gerry jerry gerard;gilbert gil;gillian gill jill;giovanni gianni;giuseppe beppe peppe;gregory greg gregor;gwendolyn gwen;hannah hanna;harold harry hal;harriet hattie hatty;helen nellie ellen helena elena;henry hank harrie heinrich enrique henri;herbert herb;hubert hugh;ignacio nacho;irene rene;isaac ike;isabella bella isabel izzy isabelle isobel;jacob jake jakob;jacqueline jackie jacky;james jim jimmy jamie jem;jane janie jenny jean jeanne;janet jan;jennifer jen jennie;jeremiah jeremy jem;jessica jess jessie;joanna jo joanne joan johanna;john jack johnny jon johannes juan jean hans ian ivan;jonathan jonny jonathon;joseph joe joey jose josef;josephine josie;joshua josh;judith judy judi;julia julie juliet;katarzyna kasia;kenneth ken kenny;kimberly kim kimberley;lawrence larry laurie lorenz laurence lars;leonard leo len lenny;leonora lenora;leslie les lesley;lewis lew louis lou luis;lillian lily lilian;lucy lucia lucille;luke lucas lukas;margaret maggie meg peggy madge marge margery greta daisy margareta margaretha;maria marie mary molly polly mae mamie;mark marc marcus markus;martha marty patty mattie;martin marty;mathilda matilda tilly tilda;matthew matt mathew matthias mathias;maximilian max;melissa mel missy;michael mike mick micky mickey michel miguel mikael;mildred millie;mohammed mohamed muhammad mohammad;nancy nan;nathaniel nathan nate nat;nicholas nick nicky nicolas nikolaus klaus;nicola nicole nicki;norman norm;oliver ollie;pamela pam;patricia pat patsy trish tricia;patrick paddy;paul pablo paulo;penelope penny;peter pete pedro pieter;philip phil phillip philippe;philippa pippa;phyllis phil;prudence prue;rachel rachael rae;raymond ray;rebecca becky becca;reginald reg reggie;richard dick rick rich ricky richie ricardo;robert bob rob bobby robbie bert roberto;roderick rod;rodney rod;roger rodger;ronald ron ronny;rosemary rose rosie;roxanne roxy;rudolph rudy rudolf;russell russ;ruth ruthie;samantha sam;samuel sammy;sarah sally sara sadie;sebastian basti seb;sidney sid sydney;sophia sophie sofia;stanley stan;stephanie steph;stephen steve steven stefan stephan esteban;stewart stuart stu;susan sue susie suzy susanna suzanne susannah;sylvia silvia;terence terry terrence;theodore theo;theresa teresa tess terri therese;thomas tom tommy tomas;timothy tim;tobias toby;valentine val;valerie val;vanessa nessa;veronica ronnie;victor vic;victoria vicky vicki tori;vincent vince vinny;virginia ginny;walter walt wally;wilhelmina mina;wilfred wilf;william bill will billy willie liam wilhelm guillaume;winifred winnie;zachary zach zack';

/** The name that a form stands for: nobody's pet name stands for itself. `name` is plain text. */
export function sameName(name: Sql): Sql {
  return instead(name, standing());
}

/** Whether a word (plain text) is a given name that is known here: most names of people have one, most of companies have none. */
export function isGivenName(word: Sql): Sql {
  return sql`list_contains(${forms.split(/[; ]/)}::VARCHAR[], ${word})`;
}

let made: ReadonlyMap<string, string> | undefined;

/** Forms that do not stand for themselves, with what they stand for. */
function standing(): ReadonlyMap<string, string> {
  if (made !== undefined) return made;
  const names = new Map<string, string>();
  for (const line of forms.split(';')) {
    const [formal = '', ...others] = line.split(' ');
    for (const form of [formal, ...others]) if (!names.has(form)) names.set(form, formal);
  }
  made = new Map([...names].filter(([form, name]) => form !== name));
  return made;
}
