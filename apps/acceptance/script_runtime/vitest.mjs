// What a test imports from "vitest" or "@jest/globals", made of the packages that Vitest is made of.

import {
  ASYMMETRIC_MATCHERS_OBJECT,
  ChaiStyleAssertions,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  addCustomEqualityTesters,
  chai,
  customMatchers,
  getState,
  setState,
} from "@vitest/expect";
import * as runner from "@vitest/runner";
import { fn } from "@vitest/spy";

for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers]) {
  chai.use(plugin);
}

function expect(value, message) {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
  const assertion = chai.expect(value, message);
  const test = runner.getCurrentTest();
  return test ? assertion.withTest(test) : assertion;
}

Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
Object.assign(expect, {
  getState: () => getState(expect),
  setState: (state) => setState(state, expect),
  extend: (matchers) => chai.expect.extend(expect, matchers),
  addEqualityTesters: addCustomEqualityTesters,
  assertions: (count) => setState({ expectedAssertionsNumber: count }, expect),
  hasAssertions: () => setState({ isExpectingAssertions: true }, expect),
  unreachable: (message) => chai.assert.fail(message ?? "It was not to be reached."),
});
globalThis[GLOBAL_EXPECT] = expect;
expect.extend(customMatchers);

// Before each test: what was counted in the one before counts no more.
export function beginTest(name) {
  const nothing = { expectedAssertionsNumber: null, isExpectingAssertions: false };
  setState({ assertionCalls: 0, currentTestName: name, ...nothing }, expect);
}

// After each test. Throws when there were fewer assertions than the test said.
export function endTest() {
  const { assertionCalls, expectedAssertionsNumber, isExpectingAssertions } = getState(expect);
  if (expectedAssertionsNumber !== null && assertionCalls !== expectedAssertionsNumber) {
    throw new Error(`${assertionCalls} of ${expectedAssertionsNumber} assertions were made.`);
  }
  if (isExpectingAssertions && assertionCalls === 0) throw new Error("No assertion was made.");
}

const { describe, it, suite, test, beforeAll, beforeEach, afterAll, afterEach } = runner;

export const api = {
  __esModule: true,
  ...{ describe, it, suite, test, beforeAll, beforeEach, afterAll, afterEach, expect },
  assert: chai.assert,
  vi: { fn },
};
