type DateClass = DateConstructor;

let moved: { readonly base: DateClass; readonly date: DateClass } | undefined;
let offset = 0;

/**
 * moveClockTo moves `Date` forward to at least a time, in milliseconds since 1970, everywhere in this isolate, from
 * where it continues. It never goes back, and timers are unaffected. If another library has replaced `Date`, it counts
 * from that one.
 */
export function moveClockTo(time: number): void {
  if (!moved || globalThis.Date !== moved.date) {
    const base = globalThis.Date;
    offset = 0;
    moved = { base, date: movedDate(base) };
    globalThis.Date = moved.date;
  }
  offset = Math.max(offset, time - moved.base.now());
}

function movedDate(base: DateClass): DateClass {
  return new Proxy(base, {
    construct: (target, args: [], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [base.now() + offset] : args, newTarget),
    apply: () => new Date(base.now() + offset).toString(),
    get: (target, name, receiver) =>
      name === "now" ? () => base.now() + offset : Reflect.get(target, name, receiver),
  });
}
