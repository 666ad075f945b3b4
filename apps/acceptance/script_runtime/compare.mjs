// Who decides whether two values are equal: this process, by data that came before it was asked.
//
// - Plain data with plain data: the runner itself.
// - An object of the code with plain data: its own fields, as the runner would compare them.
// - Two objects of the code: one class, equal fields and accessors, at least one of them. One that
//   the test made by `new` counts only when its data show every plain argument that it was made
//   with: a class that forgets its arguments would equal anything. Once the test has called it or
//   passed it on, it may have changed for good reason.
// - What was there before the test made an object is compared as it stood then.

import { equals } from "@vitest/expect";

const MAX_SHOWN = 100_000; // values of one object

export function tester(peer) {
  const fresh = (value) => {
    if (peer.mayRefresh(value)) peer.refresh(value);
    return peer.about(value);
  };
  return function compare(one, other, testers) {
    const [mine, theirs] = [aboutObject(peer, one), aboutObject(peer, other)];
    if (!mine && !theirs) return undefined;
    if (mine && theirs) {
      if (!isShowing(fresh(one)) || !isShowing(fresh(other))) return false;
      return one === other || isSame(mine, theirs, testers);
    }
    if (isAbout(testers, "subsetEquality")) return undefined; // it looks at single fields
    if (isAbout(testers, "typeEquality")) return false; // they are of two types
    const [standIn, plain] = mine ? [one, other] : [other, one];
    if (plain === null || typeof plain !== "object" || Object.getPrototypeOf(plain) !== Object.prototype) {
      return false;
    }
    const { fields } = fresh(standIn);
    return mine ? equals(fields, plain, testers) : equals(plain, fields, testers);
  };
}

function aboutObject(peer, value) {
  if (value === null || typeof value !== "object") return undefined;
  const about = peer.about(value);
  return about?.kind === "ref" ? about : undefined;
}

function isAbout(testers, name) {
  return testers.some((each) => each.name === name);
}

function isSame(mine, theirs, testers) {
  if (mine.class !== theirs.class || !hasData(mine) || !hasData(theirs)) return false;
  return equals(mine.fields, theirs.fields, testers) && equals(mine.getters, theirs.getters, testers);
}

function hasData({ fields, getters }) {
  return Object.keys(fields).length + Object.keys(getters).length > 0;
}

function isShowing(about) {
  if (!about.made || about.isTouched) return true;
  const shown = new Set([...scalars([about.fields, about.getters])].map(tidied));
  return [...scalars(about.made)].every((each) => shown.has(tidied(each)));
}

// Everything in there that is no container and stands for itself.
function* scalars(top) {
  const waiting = [top];
  const met = new Set();
  for (let count = 0; waiting.length && count < MAX_SHOWN; count += 1) {
    const value = waiting.pop();
    if (value === undefined || typeof value === "function" || met.has(value)) continue;
    if (value === null || typeof value !== "object" || value instanceof Date) {
      yield value;
      continue;
    }
    met.add(value);
    if (Array.isArray(value) || value instanceof Set) waiting.push(...value);
    else if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    else if (Object.getPrototypeOf(value) === Object.prototype) waiting.push(...Object.values(value));
  }
}

// But for what a constructor may tidy up: blanks, case, the type of a number, the time of a day.
function tidied(value) {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString().slice(0, 10);
  const text = String(value).replaceAll(/\s/g, "").toLowerCase();
  return text !== "" && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}
