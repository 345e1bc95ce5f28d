/**
 * Postponed is thrown by work that has done nothing yet, and can do nothing as things are: a deploy or a service that
 * is back may mend that. The attempt does not count, and another is made a minute later, until the deadline; unless
 * an attempt before has begun the work, it is not `isRepeated`.
 */
export class Postponed extends Error {
  override readonly name = "Postponed";
}
