// Stand-ins, in the test's process, for what lives in the code's process.
//
// Plain data comes as itself, made anew here. Functions, classes and instances are stand-ins whose
// parts are asked for one by one. What may decide an assertion is decided here: see compare.mjs.

import { Peer } from "./peer.mjs";
import { builtInErrors, list, text } from "./plain.mjs";
import { Lost, WireError } from "./wire.mjs";

// A runner or the language would call these, and take the answer for a comparison or a promise.
const NEVER = new Set([
  "then", "asymmetricMatch", "toAsymmetricMatcher", "$$typeof", "nodeType", "nodeName", "tagName",
  "isEqualNode", "~standard", "_isMockFunction", "__proto__", "__esModule",
]);
// An object that is no text could answer anything: `found === found.toLowerCase()` is true of one
// that returns itself, and `startsWith` would show it what is expected.
const OF_TEXT = new Set(
  Object.getOwnPropertyNames(String.prototype).filter(
    (name) => !(name in Array.prototype) && !(name in Object.prototype) && name !== "split",
  ),
);
const REFRESHED = 200; // objects that are looked at together
const TOUCHING = new Set(["call", "new", "set", "delete"]);
const OF_FUNCTIONS = new Set(["prototype", "name", "length", "caller", "arguments"]);
const modules = new WeakSet(); // what load() returned, and what stands behind it

// A promise of the code. It is asked how it ended when the test wants to know, not before.
class RemotePromise extends Promise {
  static get [Symbol.species]() {
    return Promise;
  }

  #settle;

  static of(ask) {
    let settle;
    const promise = new RemotePromise((resolve, reject) => {
      settle = () => {
        try {
          resolve(ask());
        } catch (error) {
          reject(error);
        }
      };
    });
    promise.#settle = settle;
    return promise;
  }

  then(...reactions) {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.();
    return super.then(...reactions);
  }
}

export class TestPeer extends Peer {
  madeAt = 0; // when the test last made an object: the number of that question
  asked = 0;
  out = "";
  err = "";
  #about = new WeakMap(); // stand-in → what is known about it
  #standInOf = new WeakMap(); // the target of a proxy → the proxy
  #standIns = new Map(); // number → stand-in
  #isTouching = false; // whether the present question may change what it mentions
  #functions = []; // of the test
  #errors = [];

  ask(op, args, awaited) {
    if (op !== "states") this.asked += 1; // looking changes nothing
    this.#isTouching = TOUCHING.has(op);
    return super.ask(op, args, awaited);
  }

  // What is known about a stand-in; undefined for everything else.
  about(value) {
    return this.#about.get(value);
  }

  // --- modules ------------------------------------------------------------------------------

  // What a module of the code exports, as `require` would have it.
  load(module) {
    const parts = new Map(list(this.ask("load", [module])));
    const absent = (name) => {
      if (typeof name === "symbol" || name in Object.prototype || NEVER.has(name)) return undefined;
      // A test that expects an error must not take this one for it.
      this.faults += 1;
      throw new Lost((this.faulty = `${module} exports no ${name}.`));
    };
    // Stands behind the copy that the compiler makes for `import * as`.
    const behind = new Proxy({}, { get: (_, name) => absent(name) });
    const found = new Proxy(Object.create(null), {
      get: (_, name) => {
        if (name === "__esModule") return true;
        return parts.has(name) ? parts.get(name) : absent(name);
      },
      has: (_, name) => parts.has(name),
      ownKeys: () => [...parts.keys()],
      getOwnPropertyDescriptor: (_, name) =>
        parts.has(name) ? { value: parts.get(name), enumerable: true, configurable: true } : undefined,
      getPrototypeOf: () => behind,
    });
    modules.add(found).add(behind);
    return found;
  }

  // --- to the code --------------------------------------------------------------------------

  isShared(value) {
    return !(value instanceof Promise);
  }

  known(value) {
    const about = this.#about.get(value);
    if (about) return this.#mentioned(about);
    const place = this.#errors.indexOf(value);
    return place < 0 ? null : ["er", place, value.name, value.message];
  }

  #mentioned(about) {
    about.isTouched ||= this.#isTouching;
    return [about.kind, about.number];
  }

  foreign(value) {
    const about = this.#about.get(value);
    if (about) return this.#mentioned(about);
    if (typeof value === "function") return ["cb", this.#function(value), value.name];
    if (typeof value === "symbol") throw new TypeError("A symbol of the test cannot be passed.");
    throw new TypeError("A promise of the test cannot be passed to the code.");
  }

  #function(value) {
    const place = this.#functions.indexOf(value);
    return place < 0 ? this.#functions.push(value) - 1 : place;
  }

  // An object of the test shows its own data and, as callbacks, its methods.
  parts(value) {
    const found = new Map(super.parts(value));
    let prototype = Object.getPrototypeOf(value);
    while (prototype && prototype !== Object.prototype) {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const each = name === "constructor" ? undefined : value[name];
        if (typeof each === "function" && !found.has(name)) found.set(name, each.bind(value));
      }
      prototype = Object.getPrototypeOf(prototype);
    }
    return [...found];
  }

  errorClass(error) {
    const name = error.constructor?.name;
    return builtInErrors.has(name) ? name : "Error";
  }

  // --- from the code ------------------------------------------------------------------------

  serve(message) {
    const { args, brought } = this.read(message);
    let [kind, value] = ["answer", undefined];
    try {
      if (message.op !== "callback") throw new WireError("It asks for what is not offered.");
      const [function_, self, ...given] = args;
      value = Reflect.apply(function_, self, given);
      if (value instanceof Promise) throw new TypeError("A promise of the test cannot be awaited by the code.");
    } catch (error) {
      if (error instanceof Lost) throw error;
      [kind, value] = ["error", error];
      if (error instanceof Error && !this.#errors.includes(error)) this.#errors.push(error);
    }
    this.answer(message, kind, value, brought);
  }

  adopt(tag, [number, ...rest]) {
    if (tag === "cb" && Object.hasOwn(this.#functions, number)) return this.#functions[number];
    if (tag === "er" && Object.hasOwn(this.#errors, number)) return this.#errors[number];
    if (!Number.isInteger(number)) throw new WireError("There is no such thing.");
    const known = this.#standIns.get(number);
    if (known !== undefined) return known;
    switch (tag) {
      case "pr":
        return this.#promise(number);
      case "ref":
        return this.#object(number, ...rest);
      case "sy":
        return this.#keep(number, Symbol(text(rest[0])), "sy");
    }
    throw new WireError("There is no such thing.");
  }

  #keep(number, standIn, kind, more = {}) {
    this.#standIns.set(number, standIn);
    if (typeof standIn !== "symbol") this.#about.set(standIn, { number, kind, ...more });
    return standIn;
  }

  #promise(number) {
    const promise = RemotePromise.of(() => {
      // What the call did to its arguments until now is written back once more.
      return this.ask("settle", [promise], this.about(promise).brought);
    });
    return this.#keep(number, promise, "pr", { brought: [] });
  }

  taken(value, objects) {
    const about = value instanceof RemotePromise ? this.about(value) : undefined;
    if (about && !about.brought.length) about.brought = objects;
  }

  // Descriptions of functions and classes, each before it is mentioned.
  learn({ c: descriptions }) {
    for (const description of list(descriptions ?? [])) {
      const [number, name, base] = list(description);
      if (!Number.isInteger(number) || this.#standIns.has(number)) {
        throw new WireError("It describes one thing twice.");
      }
      const target = function () {};
      this.define(target, "name", text(name), false);
      if (base !== null) Object.setPrototypeOf(target.prototype, this.#prototype(base));
      const standIn = new Proxy(target, this.#functionTraps);
      this.#standInOf.set(target, standIn);
      this.#keep(number, standIn, "fn", { target });
      define(target.prototype, "constructor", standIn);
    }
  }

  #prototype(base) {
    if (base === null) return Object.prototype;
    if (typeof base === "string") {
      const kind = PLAIN_CLASSES.get(base);
      return kind ? kind.prototype : Object.prototype;
    }
    const about = this.#about.get(this.#standIns.get(base));
    if (!about?.target) throw new WireError("There is no such class.");
    return about.target.prototype;
  }

  madeError(class_, shown, message) {
    if (typeof class_ === "string") return super.madeError(class_, shown, message);
    const error = super.madeError("Error", shown, message);
    return Object.setPrototypeOf(error, this.#prototype(class_));
  }

  define(target, name, value, enumerable) {
    if (typeof value === "function" && NEVER.has(name)) throw new WireError(`${name} is no data.`);
    super.define(target, name, value, enumerable);
  }

  output({ o = "", e = "" }) {
    this.out += text(o);
    this.err += text(e);
  }

  // --- stand-ins ----------------------------------------------------------------------------

  #object(number, class_ = null, can = "") {
    const target = Object.create(this.#prototype(class_));
    if (can.includes("i")) define(target, Symbol.iterator, this.#steps());
    if (can.includes("a")) define(target, Symbol.asyncIterator, this.#stepsLater());
    const standIn = new Proxy(target, this.#objectTraps);
    this.#standInOf.set(target, standIn);
    const state = { fields: {}, getters: {}, at: 0, born: this.asked, made: null };
    return this.#keep(number, standIn, "ref", { class: class_, ...state });
  }

  #steps() {
    const peer = this;
    return function* () {
      const iterator = peer.ask("iterate", [this, false]);
      for (let step = peer.ask("next", [iterator]); !step[0]; step = peer.ask("next", [iterator])) {
        yield step[1];
      }
    };
  }

  #stepsLater() {
    const peer = this;
    return async function* () {
      const iterator = peer.ask("iterate", [this, true]);
      for (let step = peer.ask("step", [iterator]); !step[0]; step = peer.ask("step", [iterator])) {
        yield step[1];
      }
    };
  }

  learnStates({ s: states }, decoder) {
    for (const [number, fields, getters] of list(states ?? [])) {
      const about = this.#about.get(this.#standIns.get(number));
      if (about?.kind !== "ref") continue;
      about.fields = this.#read(fields, decoder);
      about.getters = this.#read(getters, decoder);
      about.at = this.asked;
    }
  }

  // Whether an object may have changed, and may be looked at: once the test has made something, the
  // code may know what is expected.
  mayRefresh(value) {
    const { kind, at, born } = this.about(value);
    const isOld = at === 0 || at < this.asked;
    return kind === "ref" && isOld && Math.max(at, born) >= this.madeAt;
  }

  // Look at an object anew, and at others that will be asked for next.
  refresh(value) {
    const others = [];
    for (const each of this.#standIns.values()) {
      if (others.length === REFRESHED) break;
      if (typeof each !== "symbol" && each !== value && this.mayRefresh(each)) others.push(each);
    }
    this.ask("states", [value, ...others]);
  }

  #read(pairs, decoder) {
    const found = {};
    for (const [name, value] of list(pairs)) {
      super.define(found, text(name), decoder.value(value), true);
    }
    return found;
  }

  #make(class_, args) {
    const found = this.ask("new", [class_, ...args]);
    const about = this.about(found);
    if (about?.kind === "ref") Object.assign(about, { made: args, isTouched: false });
    if (args.length) this.madeAt = this.asked;
    return found;
  }

  #isSet(target, name, value) {
    return typeof name === "string" && this.ask("set", [this.#standInOf.get(target), name, value]) === true;
  }

  #functionTraps = {
    // The `this` of a function called through its module is the module, which stays here.
    apply: (target, self, args) =>
      this.ask("call", [this.#standInOf.get(target), isModule(self) ? undefined : self, ...args]),
    construct: (target, args) => this.#make(this.#standInOf.get(target), args),
    get: (target, name, receiver) => {
      if (typeof name === "symbol" || OF_FUNCTIONS.has(name) || name in Function.prototype) {
        return Reflect.get(target, name, receiver);
      }
      return NEVER.has(name) ? undefined : this.ask("get", [this.#standInOf.get(target), name]);
    },
    set: (target, name, value) => this.#isSet(target, name, value),
  };

  #objectTraps = {
    get: (target, name, receiver) => {
      if (typeof name === "symbol") return Reflect.get(target, name, receiver);
      if (NEVER.has(name)) return undefined;
      if (LOCAL.has(name)) return Reflect.get(target, name, receiver);
      const standIn = this.#standInOf.get(target);
      if (OF_TEXT.has(name) && !this.about(standIn).made) {
        throw new TypeError(`An object of the code is no text: it has no ${name}.`);
      }
      return this.ask("get", [standIn, name]);
    },
    has: (target, name) => {
      if (typeof name === "symbol" || LOCAL.has(name)) return Reflect.has(target, name);
      return !NEVER.has(name) && this.ask("has", [this.#standInOf.get(target), name]) === true;
    },
    set: (target, name, value) => this.#isSet(target, name, value),
    deleteProperty: (target, name) =>
      this.ask("delete", [this.#standInOf.get(target), name]) === true,
    defineProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
    ownKeys: (target) => [...new Set(list(this.ask("names", [this.#standInOf.get(target)])).map(text))],
    getOwnPropertyDescriptor: (target, name) => {
      if (typeof name === "symbol" || NEVER.has(name)) return undefined;
      const found = this.ask("own", [this.#standInOf.get(target), name]);
      if (found === null) return undefined;
      const [value, isShown] = list(found);
      return { value, enumerable: isShown === true, writable: true, configurable: true };
    },
  };
}

function define(target, name, value) {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

function isModule(value) {
  if (value === null || typeof value !== "object") return false;
  return modules.has(value) || modules.has(Object.getPrototypeOf(value));
}

// Classes of the language that a class of the code may extend.
const PLAIN_CLASSES = new Map([
  ...builtInErrors, ["Array", Array], ["Map", Map], ["Set", Set], ["Date", Date], ["Promise", Promise],
]);
const LOCAL = new Set(Object.getOwnPropertyNames(Object.prototype).filter(
  (name) => !["toString", "valueOf", "toLocaleString"].includes(name),
));
