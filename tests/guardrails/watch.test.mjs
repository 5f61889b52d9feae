import { testTable } from './report.mjs';
import { watchRoles } from './watch.mjs';

await testTable(watchRoles);
