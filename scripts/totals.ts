/** Sums vitest's own JSON reports and prints `N passed, N failed, N skipped`. No report, or a report without tests, is a failure. */
import { readFileSync } from "node:fs";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")) as Report);
const sum = (count: (report: Report) => number): number => reports.reduce((total, report) => total + count(report), 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests);
const skipped = sum((report) => report.numPendingTests + report.numTodoTests);

if (passed === 0 || reports.some(({ success }) => !success)) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
