// Plain data as it travels. Nothing in it can name a function to be called or a class to be made.
//
// A value is null, a boolean, a text, a finite number, or a list that begins with a tag:
//
//   ["n", "NaN" | "Infinity" | "-Infinity" | "-0"]   numbers that JSON has not got
//   ["i", digits]   ["u"]                            bigint, undefined
//   ["@", place]                                     a container: what lies there on the heap
//   ["fn" | "ref" | …, …]                            what stays where it is: see peer.mjs
//
// The heap is a list, so cycles and shared parts need nothing more, and depth no recursion:
//
//   ["a", items, lock]  ["o" | "z", pairs, lock]     array, object, object without a prototype
//   ["m", pairs]  ["s", items]  ["d", ms]            Map, Set, Date
//   ["b", kind, base64]  ["r", source, flags]        bytes, RegExp
//   ["l", text]  ["e", class, name, message, pairs]  URL, an error
//
// The first places belong to what the question brought: in an answer they are null, or the new content.

import { types } from "node:util";

import { WireError } from "./wire.mjs";

const MAX_ITEMS = 400_000; // of one array, holes counted
const LOCKS = { frozen: "f", sealed: "s", closed: "c" };
const LOCKING = { f: Object.freeze, s: Object.seal, c: Object.preventExtensions };
const NUMBERS = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity, "-0": -0 };
const ARRAYS = {
  Uint8Array, Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array,
};
const ERRORS = {
  Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError,
};
// Written by the engine, or carried by themselves.
const OWN_OF_ERRORS = new Set(["stack", "message", "name", "__proto__"]);

export const builtInErrors = new Map(Object.entries(ERRORS));

// The kind of a container, or empty for what is none: a function, an instance of a class.
export function kindOf(value) {
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype ? "a" : "";
  if (types.isNativeError(value) || value instanceof Error) return "e";
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return hasData(value) ? "z" : "";
  if (prototype === Object.prototype) return hasData(value) ? "o" : "";
  if (prototype === Map.prototype) return types.isMap(value) ? "m" : "";
  if (prototype === Set.prototype) return types.isSet(value) ? "s" : "";
  if (prototype === Date.prototype) return types.isDate(value) ? "d" : "";
  if (prototype === RegExp.prototype) return types.isRegExp(value) ? "r" : "";
  if (prototype === URL.prototype) return "l";
  return bytesKind(value) ? "b" : "";
}

// No getter, no symbol: what a copy shows is all there is.
function hasData(value) {
  if (types.isProxy(value)) return true; // a copy of what it shows
  if (Object.getOwnPropertySymbols(value).length) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    (each) => "value" in each && each.enumerable,
  );
}

function bytesKind(value) {
  if (Buffer.isBuffer(value)) return "Buffer";
  if (types.isArrayBuffer(value)) return "ArrayBuffer";
  const kind = types.isTypedArray(value) ? value[Symbol.toStringTag] : "";
  return ARRAYS[kind] && Object.getPrototypeOf(value) === ARRAYS[kind].prototype ? kind : "";
}

function lockOf(value) {
  if (Object.isExtensible(value)) return "";
  if (Object.isFrozen(value)) return LOCKS.frozen;
  return Object.isSealed(value) ? LOCKS.sealed : LOCKS.closed;
}

export class Encoder {
  objects = []; // what lies on the heap
  heap = [];
  #places = new Map();
  #waiting = [];
  #peer;
  #brought;

  // `brought` are the containers of the question that is answered, with their entries.
  constructor(peer, brought = { objects: [], heap: [] }) {
    this.#peer = peer;
    this.#brought = brought;
    for (const each of brought.objects) this.#put(each);
  }

  value(value) {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : ["n", spelled(value)];
      case "undefined":
        return ["u"];
      case "bigint":
        return ["i", String(value)];
      case "object":
        return value === null ? null : this.#object(value);
    }
    return this.#peer.foreign(value, this);
  }

  #object(value) {
    const place = this.#places.get(value);
    if (place !== undefined) return ["@", place];
    const known = this.#peer.known(value);
    if (known) return known;
    if (!this.#peer.isShared(value)) return this.#peer.foreign(value, this);
    this.#waiting.push(this.objects.length);
    return ["@", this.#put(value)];
  }

  #put(value) {
    this.#places.set(value, this.objects.length);
    this.heap.push(null);
    return this.objects.push(value) - 1;
  }

  // Write down everything that was met so far, and what is met on the way.
  finish() {
    while (this.#waiting.length) {
      const place = this.#waiting.pop();
      this.heap[place] = this.#entry(this.objects[place]);
    }
  }

  // Write down what has become of the containers of the question, since it was last told.
  changes() {
    for (const [place, before] of this.#brought.heap.entries()) {
      const now = this.#entry(this.objects[place]);
      if (JSON.stringify(now) === JSON.stringify(before)) continue;
      this.heap[place] = this.#brought.heap[place] = now;
    }
    this.finish();
  }

  #entry(value) {
    const kind = kindOf(value) || "o"; // an object of the test with methods
    switch (kind) {
      case "a":
        return ["a", this.#items(value), lockOf(value)];
      case "m":
        return ["m", this.#pairs(Map.prototype.entries.call(value))];
      case "s":
        return ["s", [...Set.prototype.values.call(value)].map((each) => this.value(each))];
      case "d":
        return ["d", Number.isNaN(value.getTime()) ? null : value.getTime()];
      case "b":
        return ["b", bytesKind(value), base64(value)];
      case "r":
        return ["r", value.source, value.flags];
      case "l":
        return ["l", value.href];
      case "e":
        return this.#error(value);
    }
    return [kind, this.#pairs(this.#peer.parts(value)), lockOf(value)];
  }

  #items(value) {
    if (value.length > MAX_ITEMS) throw new WireError(`It has ${value.length} items.`);
    return Array.from(value, (each, place) => (place in value ? this.value(each) : ["h"]));
  }

  #pairs(pairs) {
    return Array.from(pairs, ([key, value]) => [this.value(key), this.value(value)]);
  }

  #error(error) {
    const names = Object.keys(error).filter((name) => !OWN_OF_ERRORS.has(name));
    for (const name of ["cause", "errors"]) {
      if (Object.hasOwn(error, name) && !names.includes(name)) names.push(name);
    }
    const pairs = this.#pairs(names.map((name) => [name, error[name]]));
    return ["e", this.#peer.errorClass(error), String(error.name), String(error.message), pairs];
  }
}

function spelled(value) {
  return Object.is(value, -0) ? "-0" : String(value);
}

function base64(value) {
  const bytes = types.isArrayBuffer(value)
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return bytes.toString("base64");
}

export class Decoder {
  objects = [];
  #heap;
  #peer;

  // `known` are our containers that the answer may change.
  constructor(peer, heap, known = []) {
    this.#peer = peer;
    this.#heap = list(heap);
    if (this.#heap.length < known.length) throw new WireError("The heap is too short.");
    this.objects = this.#heap.map((entry, place) =>
      place < known.length ? known[place] : this.#shell(list(entry)),
    );
    for (const [place, entry] of this.#heap.entries()) {
      if (entry !== null) this.#fill(this.objects[place], entry, place < known.length);
    }
  }

  value(value) {
    if (!Array.isArray(value)) {
      if (value !== null && typeof value === "object") throw new WireError("An object is no value.");
      return value;
    }
    const [tag, detail] = value;
    switch (tag) {
      case "u":
        return undefined;
      case "n":
        if (!Object.hasOwn(NUMBERS, detail)) throw new WireError("There is no such number.");
        return NUMBERS[detail];
      case "i":
        return BigInt(text(detail));
      case "@":
        if (!Number.isInteger(detail) || !(detail in this.objects)) {
          throw new WireError("There is no such place.");
        }
        return this.objects[detail];
    }
    return this.#peer.adopt(tag, value.slice(1), this);
  }

  // An empty container; what never changes is there at once.
  #shell(entry) {
    switch (entry[0]) {
      case "a":
        return [];
      case "o":
        return {};
      case "z":
        return Object.create(null);
      case "m":
        return new Map();
      case "s":
        return new Set();
      case "d":
        return new Date(entry[1] === null ? NaN : number(entry[1]));
      case "b":
        return bytes(text(entry[1]), text(entry[2]));
      case "r":
        return new RegExp(text(entry[1]), text(entry[2]));
      case "l":
        return new URL(text(entry[1]));
      case "e":
        return this.#peer.madeError(entry[1], text(entry[2]), text(entry[3]));
    }
    throw new WireError("There is no such container.");
  }

  #fill(target, entry, isOurs) {
    const [kind, content, lock] = entry;
    if (isOurs && (kindOf(target) || "o") !== kind) throw new WireError("It changed its kind.");
    switch (kind) {
      case "a":
        target.length = 0;
        list(content).forEach((each, place) => {
          if (Array.isArray(each) && each[0] === "h") target.length = place + 1;
          else target[place] = this.value(each);
        });
        break;
      case "o":
      case "z":
        this.#fillObject(target, list(content));
        break;
      case "m":
        target.clear();
        for (const [key, value] of list(content)) target.set(this.value(key), this.value(value));
        break;
      case "s":
        target.clear();
        for (const each of list(content)) target.add(this.value(each));
        break;
      case "d":
        if (isOurs) target.setTime(content === null ? NaN : number(content));
        break;
      case "b":
        if (isOurs) Buffer.from(target.buffer ?? target).set(bytes("Buffer", text(entry[2])));
        break;
      case "e":
        if (!isOurs) this.#fillError(target, list(entry[4]));
    }
    if (Object.hasOwn(LOCKING, lock ?? "")) LOCKING[lock](target);
  }

  #fillObject(target, pairs) {
    for (const key of Object.keys(target)) delete target[key];
    for (const [key, value] of pairs) {
      this.#peer.define(target, text(key), this.value(value), true);
    }
  }

  #fillError(target, pairs) {
    for (const [key, value] of pairs) {
      if (OWN_OF_ERRORS.has(key)) continue;
      const isShown = key !== "cause" && key !== "errors";
      this.#peer.define(target, text(key), this.value(value), isShown);
    }
  }
}

function bytes(kind, content) {
  const read = Buffer.from(content, "base64");
  if (kind === "Buffer") return read;
  const buffer = read.buffer.slice(read.byteOffset, read.byteOffset + read.byteLength);
  if (kind === "ArrayBuffer") return buffer;
  if (!Object.hasOwn(ARRAYS, kind)) throw new WireError("There are no such bytes.");
  return new ARRAYS[kind](buffer);
}

export function list(value) {
  if (!Array.isArray(value)) throw new WireError("It should be a list.");
  return value;
}

export function text(value) {
  if (typeof value !== "string") throw new WireError("It should be a text.");
  return value;
}

export function number(value) {
  if (typeof value !== "number") throw new WireError("It should be a number.");
  return value;
}
