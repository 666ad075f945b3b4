// Runs inside the sandbox of the tests, with the modules of the code as stand-ins.
//
// It reports on a pipe of its own, which the code's process has not got.

import { posix } from "node:path";
import { Script } from "node:vm";
import { addCustomEqualityTesters } from "@vitest/expect";
import { startTests } from "@vitest/runner";
import * as esbuild from "esbuild";

import { tester } from "./compare.mjs";
import { TestPeer } from "./remote.mjs";
import { api, beginTest, endTest } from "./vitest.mjs";
import { Pipe } from "./wire.mjs";

const MESSAGE_KEPT = 4_000; // characters
const OUTPUT_KEPT = 16_000;
const RUNNERS = new Set(["vitest", "@jest/globals"]);
const CONFIG = {
  root: "/",
  name: undefined,
  setupFiles: [],
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false, // `only` would leave out the others
  sequence: { shuffle: false, concurrent: false, seed: 0, hooks: "stack", setupFiles: "list" },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 0, // the host has the clock
  hookTimeout: 0,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

class Runner {
  config = CONFIG;
  #job;
  #peer;
  #report;
  #faults = 0;
  #stray = ""; // an error that nobody awaited

  constructor(job, peer, report) {
    this.#job = job;
    this.#peer = peer;
    this.#report = report;
    process.on("unhandledRejection", (error) => this.#met(error));
    process.on("uncaughtException", (error) => this.#met(error));
  }

  #met(error) {
    this.#stray ||= `Nobody awaited this error: ${String(error?.message ?? error)}`;
  }

  async importFile(path) {
    const loader = posix.extname(path).slice(1).replace(/^[cm]/, "");
    const options = { loader, format: "cjs", target: `node${process.versions.node}`, sourcefile: path };
    const { code } = await esbuild.transform(this.#job.tests[path], options);
    const wrapped = new Script(`(function (require, module, exports) {${code}\n})`, { filename: path });
    const module = { exports: {} };
    wrapped.runInThisContext()((name) => this.#required(name, path), module, module.exports);
  }

  #required(name, path) {
    if (RUNNERS.has(name)) return api;
    const module = posix.join(posix.dirname(path), name);
    if (!name.startsWith(".") || module.startsWith("..")) throw new Error(`Tests may not import ${name}.`);
    return this.#peer.load(module);
  }

  onCollected(files) {
    const tests = files.flatMap((file) => testsIn(file));
    for (const file of files) {
      const message = this.#peer.lost || file.result?.errors?.[0]?.message;
      if (message) this.#say("uncollected", { id: file.filepath, outcome: "failed", message });
    }
    this.#say("collected", { ids: tests.map(idOf) });
    for (const each of tests) if (!this.#job.only.includes(idOf(each))) each.mode = "skip";
  }

  onBeforeRunTask(task) {
    if (this.#peer.lost) task.mode = "skip";
    if (task.mode === "skip" || task.mode === "todo") return;
    this.#say("start", { id: idOf(task) });
    this.#faults = this.#peer.faults;
    this.#stray = this.#peer.out = this.#peer.err = "";
    beginTest(task.name);
  }

  onAfterTryTask() {
    endTest();
  }

  async onAfterRunTask(task) {
    // An error that nobody awaits is told of after the present turn.
    await new Promise((resolve) => setImmediate(resolve));
    const [outcome, message] = this.#result(task);
    const { out, err } = this.#peer;
    this.#say("test", {
      id: idOf(task),
      outcome,
      message: message.slice(0, MESSAGE_KEPT),
      out: out.slice(-OUTPUT_KEPT),
      err: err.slice(-OUTPUT_KEPT),
    });
  }

  #result(task) {
    const { state, errors } = task.result ?? {};
    if (this.#peer.lost) return ["lost", this.#peer.lost];
    if (this.#peer.faults > this.#faults) return ["lost", this.#peer.faulty];
    if (state !== "pass") return [state === "fail" ? "failed" : `${state}`, messageOf(errors?.[0])];
    return this.#stray ? ["failed", this.#stray] : ["passed", ""];
  }

  #say(kind, facts) {
    this.#report.send(kind, facts);
  }
}

class Report {
  #pipe;
  #count = 0;

  constructor(sink) {
    this.#pipe = new Pipe(-1, sink);
  }

  send(kind, facts = {}) {
    this.#pipe.send({ k: kind, c: ++this.#count, ...facts });
  }
}

function testsIn(task) {
  return task.type === "test" ? [task] : task.tasks.flatMap((each) => testsIn(each));
}

function idOf(task) {
  const names = [];
  for (let each = task; each && each !== each.file; each = each.suite) names.unshift(each.name);
  return [task.file.filepath, ...names].join("::");
}

function messageOf(error) {
  if (!error) return "";
  return [error.name, error.message].filter(Boolean).join(": ");
}

// Objects of the code stay the ones they are; the language itself could not copy a stand-in.
function cloner(peer) {
  const clone = globalThis.structuredClone;
  const copy = (value, done) => {
    if (value === null || typeof value !== "object") return value;
    if (peer.about(value)) return value;
    if (!done.has(value)) done.set(value, undefined);
    else return done.get(value);
    const made = copyOf(value, (each) => copy(each, done), (shell) => done.set(value, shell));
    return made ?? clone(value);
  };
  return (value) => copy(value, new Map());
}

function copyOf(value, copy, keep) {
  if (Array.isArray(value)) {
    const made = new Array(value.length);
    keep(made);
    value.forEach((each, place) => (made[place] = copy(each)));
    return made;
  }
  if (value instanceof Map) {
    const made = new Map();
    keep(made);
    for (const [key, each] of value) made.set(copy(key), copy(each));
    return made;
  }
  if (value instanceof Set) {
    const made = new Set();
    keep(made);
    for (const each of value) made.add(copy(each));
    return made;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const made = {};
  keep(made);
  for (const [name, each] of Object.entries(value)) made[name] = copy(each);
  return made;
}

async function main(source, sink, reportTo) {
  const report = new Report(reportTo);
  const pipe = new Pipe(source, sink);
  await esbuild.transform(""); // starts the compiler, so that it is there when the job comes
  report.send("ready");
  const job = pipe.receive();
  if (job === null) return;
  const peer = new TestPeer(pipe);
  addCustomEqualityTesters([tester(peer)]);
  globalThis.structuredClone = cloner(peer);
  const runner = new Runner(job, peer, report);
  await startTests(Object.keys(job.tests), runner);
  report.send("end", { stopped: Boolean(peer.lost) });
}

main(...process.argv.slice(2).map(Number)).finally(() => process.exit(0));
