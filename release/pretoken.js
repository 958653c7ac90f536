#!/usr/bin/env node
// Starts the program that came in the package of this platform.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `pretoken-${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${platform}/bin/pretoken`);
} catch {
  console.error(`error: the package ${platform} is not installed`);
  console.error("hint: install pretoken with optional dependencies; it runs on Linux and macOS, x64 and arm64");
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// Ctrl-C reaches the program from the terminal by itself, and twice would mean something else to it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`error: cannot start ${program}: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
