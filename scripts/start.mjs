// `npm start`: a demonstration from nothing: data of four systems, one build, one customer explained.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asked, onefold, ready, root } from './ready.mjs';

ready();
const project = join('examples', 'demo');
rmSync(join(root, project, '.onefold'), { recursive: true, force: true });
process.stdout.write('\nFour systems of a company that nobody has ever compared: CRM, billing, support, ERP.\n');
onefold(['generate', 'demo', '--out', join(project, 'data'), '--seed', '42', '--force'], { quiet: true });
onefold(['build', '--project', project, '--as-of', '2026-07-01', '--quiet']);
const [customer] = asked([
  'query',
  `SELECT c.customer_key FROM gold.customer_360 c JOIN gold.contradictions x USING (customer_key)
   GROUP BY ALL ORDER BY max(c.records) DESC, count(*) DESC, c.customer_key LIMIT 1`,
  '--project',
  project,
]);
process.stdout.write('\nOne of these customers, explained:\n\n');
onefold(['explain', customer.customer_key, '--project', project]);
process.stdout.write(`
Where to look next:
  npx onefold query --project ${project} "select * from gold.customer_360 limit 10"
  npx onefold query --project ${project} "select * from gold.contradictions"
  npx onefold explain --project ${project} CUS-00042
  npx onefold build --project ${project}          again: nothing is read twice, nothing new is published
  ${join(project, 'onefold.config.ts')}           the whole project, in one file
`);
