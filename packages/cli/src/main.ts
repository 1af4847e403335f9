#!/usr/bin/env node
import { heedEarlySignals } from "./early-signals.ts";

// Before the rest is loaded, which takes as long as it takes.
if (process.argv.includes("run")) heedEarlySignals();
await import("./program/program.ts");
