// Frames between a process in a sandbox and the host: four bytes of length, and one object of JSON.

import { readSync, writeSync } from "node:fs";

export const MAX_FRAME = 8 * 1024 * 1024; // bytes
const MAX_PARTS = 400_000; // values in one frame
const HEAD = 4; // bytes of length

// What came is no message, or what shall be sent cannot be one.
export class WireError extends Error {}

// The other end is gone.
export class Lost extends Error {}

export class Pipe {
  #source;
  #sink;

  constructor(source, sink) {
    this.#source = source;
    this.#sink = sink;
  }

  // Wait for a message; null when the other end is gone.
  receive() {
    const head = this.#exactly(HEAD);
    if (head === null) return null;
    const size = head.readUInt32BE(0);
    if (size > MAX_FRAME) throw new WireError(`It announces ${size} bytes.`);
    const body = this.#exactly(size);
    return body === null ? null : JSON.parse(body.toString("utf8"));
  }

  // Throws WireError, and sends nothing, for what is too large.
  send(message) {
    const body = Buffer.from(JSON.stringify(message), "utf8");
    if (body.length > MAX_FRAME) throw new WireError(`It has ${body.length} bytes.`);
    // A part takes two bytes at least.
    if (body.length > 2 * MAX_PARTS && partsOf(message) > MAX_PARTS) {
      throw new WireError(`It has more than ${MAX_PARTS} parts.`);
    }
    const head = Buffer.alloc(HEAD);
    head.writeUInt32BE(body.length, 0);
    this.#write(Buffer.concat([head, body]));
  }

  #write(bytes) {
    let done = 0;
    while (done < bytes.length) done += writeSync(this.#sink, bytes, done);
  }

  #exactly(size) {
    const bytes = Buffer.alloc(size);
    let done = 0;
    while (done < size) {
      const count = readSync(this.#source, bytes, done, size - done, null);
      if (count === 0) return null;
      done += count;
    }
    return bytes;
  }
}

function partsOf(message) {
  let count = 0;
  const waiting = [message];
  while (waiting.length) {
    const part = waiting.pop();
    count += 1;
    if (part !== null && typeof part === "object") {
      for (const each of Object.values(part)) waiting.push(each);
    }
  }
  return count;
}
