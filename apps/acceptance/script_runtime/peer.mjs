// What both ends have in common: questions, answers, and what they brought along.

import { Decoder, Encoder, builtInErrors, list } from "./plain.mjs";
import { Lost, WireError } from "./wire.mjs";

export class Peer {
  lost = ""; // why the other end is gone
  faults = 0; // what went wrong between the two, and is no answer
  faulty = ""; // the last of it, as a sentence
  #number = 0;

  constructor(pipe) {
    this.pipe = pipe;
  }

  // Ask the other end and wait for its answer, serving what it asks meanwhile.
  ask(op, args, awaited = []) {
    const encoder = new Encoder(this, { objects: awaited, heap: [] });
    const root = args.map((each) => encoder.value(each));
    const message = { k: "ask", n: ++this.#number, op, v: this.packed(encoder, root) };
    this.pipe.send(message);
    for (;;) {
      const answer = this.#receive();
      if (answer.k === "ask") this.serve(answer);
      else return this.#taken(answer, message.n, encoder.objects);
    }
  }

  #receive() {
    const message = this.lost ? null : this.pipe.receive();
    if (message?.k !== "gone" && message !== null) return message;
    this.lost ||= message?.why ?? "The console has ended the conversation.";
    throw new Lost(this.lost);
  }

  #taken(answer, number, objects) {
    if (answer.n !== number) throw new WireError("It answers what was not asked.");
    this.output(answer);
    let value;
    try {
      if (answer.k === "fault") throw new WireError(answer.why);
      this.learn(answer.v);
      const decoder = new Decoder(this, answer.v.h, objects);
      value = decoder.value(answer.v.r);
      this.learnStates(answer.v, decoder); // of what was mentioned by now
    } catch (error) {
      this.faults += 1;
      this.faulty = `An answer of the code cannot be read: ${error.message}`;
      throw new WireError(this.faulty);
    }
    if (answer.k === "error") throw value;
    this.taken(value, objects);
    return value;
  }

  // Read a question: its arguments, and the containers that came with it.
  read(message) {
    this.learn(message.v);
    const decoder = new Decoder(this, message.v.h);
    const args = list(message.v.r).map((each) => decoder.value(each));
    return { args, brought: { objects: decoder.objects, heap: message.v.h } };
  }

  // Answer a question; what cannot be sent becomes a fault.
  answer(message, kind, value, brought, seen = []) {
    let answer;
    try {
      const encoder = new Encoder(this, brought);
      const root = encoder.value(value);
      encoder.finish();
      encoder.changes();
      answer = { k: kind, n: message.n, v: this.packed(encoder, root, seen), ...this.printed() };
      this.pipe.send(answer);
    } catch (error) {
      if (error instanceof Lost || error.code === "EPIPE") throw error;
      this.pipe.send({ k: "fault", n: message.n, why: String(error?.message).slice(0, 1000) });
    }
  }

  packed(encoder, root, seen = []) {
    encoder.finish();
    const states = this.states(encoder, seen);
    return { h: encoder.heap, r: root, s: states, c: this.news() };
  }

  // --- what one end does and the other does not ---------------------------------------------

  known() {
    return null;
  }

  parts(value) {
    return Object.keys(value).map((name) => [name, value[name]]);
  }

  states() {
    return [];
  }

  news() {
    return [];
  }

  printed() {
    return {};
  }

  output() {}

  taken() {}

  learn() {}

  learnStates() {}

  madeError(name, shown, message) {
    const kind = builtInErrors.get(name) ?? Error;
    const error = name === "AggregateError" ? new AggregateError([], message) : new kind(message);
    if (shown !== error.name) this.define(error, "name", shown, false);
    return error;
  }

  define(target, name, value, enumerable) {
    const rest = { configurable: true, writable: true };
    Object.defineProperty(target, name, { value, enumerable, ...rest });
  }
}
