import type { Collected, Findings } from "./findings.ts";

/** findingsRows are the rows of a table in which each task has a column. */
export function findingsRows(
  found: readonly (readonly [task: string, findings: Findings])[],
  { connections, least }: { readonly connections: number; readonly least: number },
): string[][] {
  const row = (name: string, cell: (findings: Findings) => string) => [
    name,
    ...found.map(([, findings]) => cell(findings)),
  ];
  return [
    [`at ${connections} connections`, ...found.map(([task]) => task)],
    row("requests a second, while sampled", ({ rate }) => Math.round(rate).toLocaleString("en")),
    row("p50, p99, p99.9", ({ p50, p99, p999 }) => `${[p50, p99, p999].map(whole).join(", ")} ms`),
    row("scavenges a second", ({ scavenges }) => scavenges.perSecond.toFixed(1)),
    row("requests from one to the next", ({ scavenges }) => count(scavenges.requestsEach)),
    row("a scavenge: mean, longest", ({ scavenges }) => lengths(scavenges)),
    row("mark-compacts a second", ({ markCompacts }) => markCompacts.perSecond.toFixed(1)),
    row("a mark-compact: mean, longest", ({ markCompacts }) => lengths(markCompacts)),
    row("time in both", ({ collecting }) => percent(collecting)),
    row("of it, freeing objects of C++", ({ freeing }) => percent(freeing)),
    row(`requests that one of over ${least} ms holds up`, ({ held }) => percent(held)),
    row("of the time of the slowest 1 % of requests, in both", ({ slowest }) => percent(slowest)),
    row("pauses longer than 2 × p50, a second", ({ pauses }) => pauses.perSecond.toFixed(1)),
    row("their mean length", ({ pauses }) => ms(pauses.mean)),
    row("time in pauses", ({ pauses }) => percent(pauses.time)),
    row("requests that they hold up", ({ pauses }) => percent(pauses.requests)),
    row("workerd in pauses: scavenges", ({ pauses }) => percent(pauses.works.scavenge)),
    row("mark-compacts, sweeping", ({ pauses }) => percent(pauses.works["mark-compact"])),
    row("commits", ({ pauses }) => percent(pauses.works.commit)),
    row("other", ({ pauses }) => percent(pauses.works.other)),
  ];
}

function lengths({ mean, longest }: Collected): string {
  return Number.isFinite(longest) ? `${whole(mean)}, ${whole(longest)} ms` : "–";
}

function ms(milliseconds: number): string {
  return Number.isNaN(milliseconds) ? "–" : `${whole(milliseconds)} ms`;
}

function whole(milliseconds: number): string {
  return milliseconds.toFixed(0);
}

function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}
