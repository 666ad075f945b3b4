// Runs inside the sandbox of the code: imports it, and does what the test asks for.
//
// Whatever happens in this process is the code's own doing: it may change everything here. Nothing
// that it says is believed; it answers questions, and the test's process compares.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { types } from "node:util";
import * as esbuild from "esbuild";

import { Peer } from "./peer.mjs";
import { builtInErrors, kindOf } from "./plain.mjs";
import { Lost, Pipe, WireError } from "./wire.mjs";

const CODE = "/tmp/code";
const BUNDLE = "/tmp/bundle.mjs";
const OUTPUT_KEPT = 64 * 1024; // characters of each stream, of each answer
const STATES_KEPT = 5_000; // objects whose data one answer shows
const LATER = new Set(["load", "settle", "step"]); // questions that the event loop answers

class CodePeer extends Peer {
  modules = {};
  #kept = []; // what the test holds a number of
  #numbers = new Map();
  #news = []; // descriptions of functions that the test does not know yet
  #met = []; // objects that the answer in the making mentions
  #callbacks = new Map();
  #ofTest = new WeakMap(); // callbacks and errors of the test, by what stands for them here
  #output = { o: "", e: "" };
  #asked = 0; // questions of the test that wait for an answer
  #awaited = new WeakMap(); // promise → what the call that made it was given

  // --- to the test --------------------------------------------------------------------------

  isShared(value) {
    const kind = kindOf(value);
    const hasParts = kind === "o" || kind === "z";
    return kind !== "" && !(hasParts && Object.values(value).some((each) => typeof each === "function"));
  }

  known(value) {
    return this.#ofTest.get(value) ?? null;
  }

  foreign(value) {
    if (typeof value === "symbol") return ["sy", this.#keep(value), String(value.description)];
    if (typeof value === "function") {
      return this.#ofTest.get(value) ?? ["fn", this.#function(value)];
    }
    if (types.isPromise(value)) {
      value.then(undefined, () => {}); // the test may take its time to look
      return ["pr", this.#keep(value)];
    }
    const number = this.#keep(value);
    this.#met.push(value);
    return ["ref", number, this.#class(Object.getPrototypeOf(value)), capabilities(value)];
  }

  errorClass(error) {
    const made = Object.getPrototypeOf(error)?.constructor;
    if (builtInErrors.get(made?.name) === made) return made.name;
    return typeof made === "function" ? this.#function(made) : "Error";
  }

  #keep(value) {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#kept.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return number;
  }

  #function(value) {
    const isNew = !this.#numbers.has(value);
    const number = this.#keep(value);
    if (isNew) {
      const base = value.prototype ? this.#class(Object.getPrototypeOf(value.prototype)) : null;
      this.#news.push([number, String(value.name), base]);
    }
    return number;
  }

  // The class behind a prototype: its number, the name of a plain one, or null.
  #class(prototype) {
    const made = prototype && Object.hasOwn(prototype, "constructor") ? prototype.constructor : null;
    if (typeof made !== "function" || made === Object) return null;
    return globalThis[made.name] === made ? made.name : this.#function(made);
  }

  news() {
    return this.#news.splice(0);
  }

  // The data of the objects that an answer is about, so that no comparing needs to ask for it.
  states(encoder, seen) {
    const found = [];
    const done = new Set();
    const waiting = [...seen.filter((each) => this.#numbers.has(each)), ...this.#met.splice(0)];
    while (waiting.length && found.length < STATES_KEPT) {
      const value = waiting.shift();
      if (done.has(value) || typeof value === "function") continue;
      done.add(value);
      found.push([this.#keep(value), ...this.#state(value, encoder)]);
      encoder.finish();
      waiting.push(...this.#met.splice(0));
    }
    this.#met = [];
    return found;
  }

  #state(value, encoder) {
    const pairs = (some) => some.map(([name, each]) => [name, encoder.value(each)]);
    const fields = Object.keys(value).map((name) => [name, value[name]]);
    return [pairs(fields), pairs(getters(value))];
  }

  printed() {
    const said = Object.entries(this.#output).filter(([, text]) => text);
    this.#output = { o: "", e: "" };
    return Object.fromEntries(said);
  }

  print(stream, text) {
    this.#output[stream] = (this.#output[stream] + text).slice(0, OUTPUT_KEPT);
  }

  // --- from the test ------------------------------------------------------------------------

  adopt(tag, [number, ...rest]) {
    if (tag === "ref" || tag === "fn" || tag === "pr" || tag === "sy") return this.#kept[number];
    if (tag === "cb") return this.#callback(number, rest[0]);
    if (tag === "er") return this.#errorOfTest(number, ...rest);
    throw new WireError("There is no such thing.");
  }

  #callback(number, name) {
    let found = this.#callbacks.get(number);
    if (found === undefined) {
      const peer = this;
      found = function (...args) {
        return peer.ask("callback", [peer.adopt("cb", [number]), this === globalThis ? undefined : this, ...args]);
      };
      this.define(found, "name", name, false);
      this.#callbacks.set(number, found);
      this.#ofTest.set(found, ["cb", number, name]);
    }
    return found;
  }

  #errorOfTest(number, name, message) {
    const error = this.madeError(name, name, message);
    this.#ofTest.set(error, ["er", number, name, message]);
    return error;
  }

  ask(op, args) {
    if (!this.#asked) throw new Error("The test does not wait, so nothing can be asked of it.");
    return super.ask(op, args);
  }

  // Answer at once; only the outermost question may wait for a promise.
  serve(message) {
    if (LATER.has(message.op)) {
      const why = "Nothing can be awaited inside of a callback.";
      this.pipe.send({ k: "fault", n: message.n, why });
      return;
    }
    this.#asked += 1;
    const { args, brought } = this.read(message);
    let [kind, value] = ["answer", undefined];
    try {
      value = OPERATIONS[message.op](this, ...args);
    } catch (error) {
      [kind, value] = ["error", error];
    }
    this.#reply(message, kind, value, brought, args);
  }

  async serveLater(message) {
    this.#asked += 1;
    const [awaited] = message.v.r;
    const promise = message.op === "settle" ? this.#kept[awaited[1]] : undefined;
    const brought = this.#awaited.get(promise) ?? { objects: [], heap: [] };
    let [kind, value] = ["answer", undefined];
    try {
      value = await (promise ?? WAITING[message.op](this, ...this.read(message).args));
    } catch (error) {
      [kind, value] = ["error", error];
    }
    this.#reply(message, kind, value, brought, []);
  }

  #reply(message, kind, value, brought, args) {
    if (kind === "error" && value instanceof Lost) throw value;
    if (types.isPromise(value)) this.#awaited.set(value, brought);
    this.answer(message, kind, value, brought, args);
    this.#asked -= 1;
  }
}

// What an instance shows without being called: accessors of its classes with plain values.
function getters(value) {
  const found = new Map();
  let prototype = Object.getPrototypeOf(value);
  while (prototype && prototype !== Object.prototype) {
    for (const [name, each] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (each.get && !found.has(name) && name !== "__proto__") found.set(name, read(value, each.get));
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return [...found].filter(([, each]) => isScalar(each));
}

function read(value, getter) {
  try {
    return getter.call(value);
  } catch {
    return undefined;
  }
}

function isScalar(value) {
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return false;
  return value === null || typeof value !== "object" || kindOf(value) === "d";
}

function capabilities(value) {
  return (Symbol.iterator in value ? "i" : "") + (Symbol.asyncIterator in value ? "a" : "");
}

const OPERATIONS = {
  call: (_, function_, self, ...args) => Reflect.apply(function_, self, args),
  new: (_, class_, ...args) => Reflect.construct(class_, args),
  get: (_, value, name) => value[name],
  set: (_, value, name, given) => Reflect.set(value, name, given),
  has: (_, value, name) => name in value,
  delete: (_, value, name) => Reflect.deleteProperty(value, name),
  names: (_, value) => Object.getOwnPropertyNames(value),
  own: (_, value, name) => {
    const found = Object.getOwnPropertyDescriptor(value, name);
    return found ? [value[name], Boolean(found.enumerable)] : null;
  },
  states: () => null,
  iterate: (_, value, isAsync) =>
    isAsync && value[Symbol.asyncIterator] ? value[Symbol.asyncIterator]() : value[Symbol.iterator](),
  next: (_, iterator, ...given) => stepOf(iterator.next(...given)),
};

const WAITING = {
  load: async (peer, module) => {
    const namespace = await peer.modules[module]();
    return Object.keys(namespace).map((name) => [name, namespace[name]]);
  },
  step: async (_, iterator) => stepOf(await iterator.next()),
};

function stepOf({ done, value }) {
  return [Boolean(done), value];
}

// One module in which each of the code's modules is as lazy as `import` made it.
async function bundled(job) {
  for (const [name, content] of Object.entries(job.files)) {
    const path = join(CODE, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const lines = job.modules.map((name) => {
    const spelled = JSON.stringify(`./${name}`);
    return `  ${JSON.stringify(name)}: () => import(${spelled}),`;
  });
  await esbuild.build({
    stdin: { contents: `export default {\n${lines.join("\n")}\n};`, resolveDir: CODE },
    absWorkingDir: CODE,
    outfile: BUNDLE,
    bundle: true,
    format: "esm",
    platform: "node",
    target: `node${process.versions.node}`,
    packages: "external",
    jsx: "transform", // whatever the project's own build would do with it
    keepNames: true, // an error is known by the name of its class
    treeShaking: false,
    logLevel: "silent",
  });
  const { default: modules } = await import(BUNDLE);
  return modules;
}

// Each module's loader; when the code cannot be read, loading any of them says why.
async function modulesOf(job) {
  try {
    return await bundled(job);
  } catch (error) {
    const found = error.errors?.[0];
    const place = found?.location ? `${found.location.file}:${found.location.line}: ` : "";
    const why = new SyntaxError(found ? place + found.text : String(error?.message));
    return Object.fromEntries(job.modules.map((name) => [name, () => Promise.reject(why)]));
  } finally {
    await esbuild.stop();
  }
}

function listen(peer) {
  for (const [name, stream] of [["o", process.stdout], ["e", process.stderr]]) {
    stream.write = (text, ...rest) => {
      peer.print(name, typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
      rest.find((each) => typeof each === "function")?.();
      return true;
    };
  }
}

async function main(source, sink) {
  const pipe = new Pipe(source, sink);
  await esbuild.transform(""); // starts the compiler, so that it is there when the job comes
  pipe.send({ k: "ready" });
  const job = pipe.receive();
  if (job === null) return;
  const peer = new CodePeer(pipe);
  process.chdir("/tmp");
  peer.modules = await modulesOf(job);
  listen(peer);
  for (let message = pipe.receive(); message !== null; message = pipe.receive()) {
    if (LATER.has(message.op)) await peer.serveLater(message);
    else peer.serve(message);
  }
}

const leave = process.reallyExit.bind(process);
main(Number(process.argv[2]), Number(process.argv[3])).then(
  () => leave(0),
  () => leave(70),
);
