/**
 * Postponed is thrown by work that has done nothing yet and cannot do anything at present; a deployment or the return
 * of a service may change that. The attempt does not count, and another one is made a minute later, until the deadline.
 * The next attempt is not `isRepeated`, unless an earlier one has begun the work.
 */
export class Postponed extends Error {
  override readonly name = "Postponed";
}
