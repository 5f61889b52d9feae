import { testTable } from './report.mjs';
import { central } from './table.mjs';

await testTable(central);
