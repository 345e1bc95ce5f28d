import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser } from "../../../src/client/watching/event-parser.ts";

/** What a library reads. */
function known(pieces: readonly string[]) {
  const events: unknown[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => events.push({ event, id, data }),
  });
  for (const piece of pieces) parser.feed(piece);
  return events;
}

const token = fc.constantFrom(
  ...[
    "data",
    "event",
    "id",
    "retry",
    ":",
    ": ",
    "  ",
    "a",
    "é",
    "{}",
    "\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    "\r",
  ],
);

describe("EventParser", () => {
  it("reads what a library reads, in whatever pieces it comes", () => {
    let found = 0;
    const property = fc.property(fc.array(token, { maxLength: 40 }), fc.nat(7), (tokens, size) => {
      // A line feed last, so that a carriage return does not wait for one.
      const text = `${tokens.join("")}\n`;
      const pieces = text.match(new RegExp(`.{1,${size + 1}}`, "gs")) ?? [];
      const parser = new EventParser();
      const events = pieces.flatMap((piece) => parser.feed(piece));
      expect(events).toEqual(known([text]));
      found += events.length;
    });
    fc.assert(property, { seed: 11, numRuns: 6_000 });
    expect(found).toBeGreaterThan(200);
  });

  it("keeps a line that is long, and comes in small pieces", () => {
    const parser = new EventParser();
    for (let piece = 0; piece < 2_000; piece++) expect(parser.feed("data")).toEqual([]);
    expect(parser.feed("\n\ndata: a\ndata:\ndata:  b\n\n")).toEqual([
      { event: undefined, id: undefined, data: "a\n\n b" },
    ]);
  });
});
