/**
 * By name, the tests that go up to a limit of size, depth or time. Each takes as long as a hundred cases, which every mutant
 * that lives would wait for: a mutation run leaves them out.
 */
export const TO_THE_LIMIT: ReadonlySet<string> = new Set([
  "a loop that makes 10 MB for each of seven elements: six have room in 64 MB",
  "have at most 64 MB of arguments together; what has no room any more fails alone, unrendered",
  "nested loops: every turn counts",
  "a template that renders itself ends",
  "templates that double end by the memory limit",
  "size: up to 16 MB",
  "size: what is declared to be large may be",
  "a chain of conditions that would overflow the stack",
  "where tests repeat so often that the smallest set cannot be found in time, a set is given and said to be perhaps not the smallest",
  "however much an event holds, an explanation shows a bounded number of elements",
  "lists of thousands of numbers are passed over, and nothing is said of what was not looked at",
  "every truncation of a rule file is a rule or problems: low stock",
  "every truncation of a rule file is a rule or problems: engine",
]);
