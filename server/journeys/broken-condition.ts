/** A stored condition that cannot be compiled (any more): it fails the step it belongs to, with `bad_condition`, and nobody else. */
export class BrokenCondition extends Error {
  constructor(cause: unknown) {
    super('bad_condition', { cause })
  }
}
