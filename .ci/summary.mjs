// Prints the end of CI's output, which may be all that is kept of it: what failed and why, and then `N passed, N failed`.
//
// Arguments: vitest's report as JSON, and how many steps broke.

import { readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

const [report, broken] = process.argv.slice(2);

/** How many failures are shown, and how many lines of each. */
const most = 20;
const lines = 12;

/** Indents the first lines of what a failure says. */
function excerpt(messages) {
  const said = stripVTControlCharacters(messages.join("\n")).split("\n");
  const shown = said.slice(0, lines).map((line) => `    ${line.slice(0, 300)}`);
  return said.length > lines ? [...shown, "    …"].join("\n") : shown.join("\n");
}

/** Lists the failures of a file; one that could not be read, or whose hook failed, has one without a test. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (status === "failed" && failed.length === 0) return [`  ${file}\n${excerpt([message])}`];
  return failed.map(
    ({ fullName, failureMessages }) => `  ${file}: ${fullName}\n${excerpt(failureMessages)}`,
  );
}

let passed = 0;
let failed = 0;
try {
  const counted = JSON.parse(readFileSync(report, "utf8"));
  passed = counted.numPassedTests;
  failed = counted.numFailedTests;
  const failures = counted.testResults.flatMap(failuresOf);
  if (failures.length > 0) console.log("== what failed");
  for (const failure of failures.slice(0, most)) console.log(failure);
  if (failures.length > most) console.log(`  and ${failures.length - most} more`);
} catch (error) {
  console.log(`No report of the tests: ${error.message}`);
}

// A step that broke counts as one failure, unless failed tests are what broke it.
failed = Math.max(failed, Number(broken));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
