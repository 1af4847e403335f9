/**
 * A test runner for Stryker that loads the tests of packages/rules once in a process and runs them there for one mutant after
 * another: a Vitest that starts for each mutant takes a second before its first test.
 */
import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { InstrumenterContext } from "@stryker-mutator/api/core";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  toMutantRunResult,
  type CompleteDryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";
import { beginFile, collected, type CollectedTest } from "./collected.ts";
import { isInSample } from "./verdicts.ts";
import { TO_THE_LIMIT } from "./to-the-limit.ts";

const SLOW_MS = 50;
/** What tries many random values is asked last. */
const RANDOM = /(?:properties|explain|nearest-miss|leaves|mutate-rules|index|analysis-sound)\.test\.ts$/;
const STAND_IN = pathToFileURL(join(import.meta.dirname, "collected.ts")).href;
/** Every how many mutants one is tried. */
const SAMPLE = Number(process.env["MUTATION_SAMPLE"] ?? 1);
const TESTS = "packages/rules/test";
/** They ask a published schema, not the sources, and how large a process becomes in which nothing is counted. */
const LEFT_OUT = [`${TESTS}/editor.test.ts`, `${TESTS}/memory.test.ts`];

class OneProcess implements TestRunner {
  /** What the instrumented sources read and write. */
  private readonly shared: InstrumenterContext = ((globalThis as { __stryker__?: InstrumenterContext }).__stryker__ ??= {});
  /** The last to notice a mutant is the first to be asked about the next, which is its neighbour; what was slow and noticed nothing is the last. */
  private order: CollectedTest[] = [];
  private mutants = 0;
  private spoiled = false;

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    // A mutant must not live or die by chance, and what failed need not be made small.
    fc.configureGlobal({ seed: 1, endOnFailure: true });
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "vitest" && context.parentURL?.includes(`/${TESTS}/`) === true
          ? { url: STAND_IN, shortCircuit: true }
          : next(specifier, context),
    });
    for (const file of globSync(`${TESTS}/**/*.test.ts`, { exclude: LEFT_OUT }).toSorted()) {
      beginFile(file);
      await import(pathToFileURL(join(process.cwd(), file)).href);
    }
    const tests = [...collected.values()].filter(({ name }) => !TO_THE_LIMIT.has(name));
    this.order = tests.toSorted((one, other) => Number(RANDOM.test(one.file)) - Number(RANDOM.test(other.file)));
  }

  async dryRun(): Promise<CompleteDryRunResult> {
    const tests: TestResult[] = [];
    for (const test of this.order) {
      this.shared.currentTestId = test.id;
      tests.push(await resultOf(test));
      delete this.shared.currentTestId;
    }
    const { mutantCoverage = { static: {}, perTest: {} } } = this.shared;
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    if (!isInSample(activeMutant.id, SAMPLE)) return { status: MutantRunStatus.Error, errorMessage: "It is not in the sample." };
    if (this.spoiled) process.exit(1);
    const wanted = new Set(testFilter);
    Object.assign(this.shared, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    const tests = await this.untilNoticed(this.order.filter(({ id }) => wanted.has(id)));
    delete this.shared.activeMutant;
    const timeout = determineHitLimitReached(this.shared.hitCount, hitLimit);
    await this.lookBehind(tests.at(-1));
    this.mutants++;
    return toMutantRunResult(timeout ?? { status: DryRunStatus.Complete, tests });
  }

  private async untilNoticed(tests: readonly CollectedTest[]): Promise<TestResult[]> {
    const results: TestResult[] = [];
    for (const test of tests) {
      const result = await resultOf(test);
      results.push(result);
      const noticed = result.status === TestStatus.Failed;
      const slow = result.timeSpentMs > SLOW_MS;
      if (noticed !== slow) this.move(test, noticed);
      if (noticed) break;
    }
    return results;
  }

  /**
   * A mutant may have left something behind, in what a module remembers: then the test fails without any, too. Was it this mutant
   * or one before it? Where the process ends, a new one tries it again as its first, and that verdict holds.
   */
  private async lookBehind(last: TestResult | undefined): Promise<void> {
    const test = last?.status === TestStatus.Failed ? collected.get(last.id) : undefined;
    if (test === undefined || (await resultOf(test)).status !== TestStatus.Failed) return;
    if (this.mutants > 0) process.exit(1);
    this.spoiled = true;
  }

  private move(test: CollectedTest, toTheFront: boolean): void {
    const others = this.order.filter((other) => other !== test);
    this.order = toTheFront ? [test, ...others] : [...others, test];
  }
}

async function resultOf({ id, name, file, run }: CollectedTest): Promise<TestResult> {
  const started = performance.now();
  const result = { id, name, fileName: join(process.cwd(), file) };
  try {
    await run();
    return { ...result, status: TestStatus.Success, timeSpentMs: performance.now() - started };
  } catch (error) {
    const failureMessage = error instanceof Error ? error.message : String(error);
    return { ...result, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - started };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "one-process", OneProcess)];
