/**
 * The invariants of the simulation. A history that breaks one is a fault of the code under test, or
 * of the invariant: then its text here is wrong, and is mended first.
 */
export const invariants = {
  S1: "What was acknowledged is there, until it is deleted or expires.",
  S2: "What was told stands: nobody is told an older version after a newer one.",
  S3: "An operation ends once: its end never changes, and is one that its work can have.",
  S4: "Nothing is unfinished 60 s past its deadline, asked or not.",
  S5: "No attempt is begun twice, here or by workers.",
  S6: "A late report is refused: only the current attempt ends an operation.",
  S7: "Attempts are used by their own failures alone, and are never more than `retry` allows.",
  S8: "Every request is answered in its time, and a wait soon after the end that it waits for.",
  S9: "A watcher sees versions only grow, the end once, and nothing after it.",
  S10: "A key makes one operation; another request with it is refused.",
  S11: "Nothing runs in a circle.",
  S12: "What is due happens without being asked: work that runs is being done, and work that may start starts.",
  S13: "What a claim took is in the answer of a claim, or is given back.",
  S14: "What has expired is gone, for every reader at once and from the disk soon.",
  S15: "What an object has in memory agrees with its rows.",
  S16: "Nothing breaks by itself: no panic and no 500 without a statement that threw.",
  S17: "A webhook is told of the end, and nothing else, at least once.",
  S18: "A forced cancel that is answered has ended its operation.",
  S19: "Of a kind that is paused nothing is handed out, and what is made of it waits.",
  S20: "A step that is stored is not made again, and none is made while others are undone.",
  S21: "A step is undone only where the operation ends so, newest first, not again once that is stored, and else told not to be.",
  S22: "A worker that waits is soon told of what it can claim, whoever listened for it before.",
} as const;

export type Invariant = keyof typeof invariants;
