import { testTable } from './report.mjs';
import { members, membersWithoutAdmins } from './table.mjs';

await testTable(members);
await testTable(membersWithoutAdmins);
