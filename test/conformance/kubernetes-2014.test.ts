import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { exchange, type RawAnswer } from "./kubernetes-2014/raw-exchange.ts";

/**
 * The exchange of the kubecfg of June 2014 with an API server. Each request is what that client
 * puts on the wire, byte for byte: `pkg/client/request.go` makes its path and query, Go 1.2 its
 * headers, `pkg/api` its body. It was written down from those sources, since nothing of then can be
 * run here. In braces stands what an earlier answer said.
 */
const folder = path.join(import.meta.dirname, "kubernetes-2014");
const steps = readdirSync(folder)
  .filter((name) => name.endsWith(".request"))
  .map((name) => name.replace(".request", ""))
  .sort();

/** What the answers so far have said. */
const said = { operation: "", creationTimestamp: "", resourceVersion: "" };
const on = serving({ env: { EXTERNAL_KINDS: "place" } });

/** native asks the native API, which old clients do not know. */
async function native(pathAndQuery: string, body?: unknown): Promise<Record<string, string>> {
  const response = await fetch(`${on.served.url}/api/v1/operations${pathAndQuery}`, {
    headers: { authorization: "Bearer test-token", "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, string>;
}

/** What has to happen before a request that is about an operation. */
const before: Readonly<Record<string, () => Promise<void>>> = {
  async "13-poll-resized-controller"() {
    await native(`/${said.operation}?wait=20s`);
  },
  async "14-poll-working"() {
    said.operation = (await native("", { kind: "place" })).id ?? "";
  },
  async "15-poll-finished"() {
    await native(":claim", { kinds: ["place"] });
    const result = { kind: "Service", id: "placed", port: 1 };
    await native(`/${said.operation}:complete`, { attempt: 1, result });
  },
  async "16-poll-failed"() {
    const input = { outcome: "fail", message: "No minion has room" };
    said.operation = (await native("", { kind: "simulate", input })).id ?? "";
    await native(`/${said.operation}?wait=20s`);
  },
};

/** known are the kinds that its pkg/api has, and so all that it can read. */
const known = ["Pod", "Service", "ReplicationController", "Minion", "Status", "ServerOp"].flatMap(
  (kind) => [kind, `${kind}List`],
);

function requestOf(step: string): string {
  const [head = "", body = ""] = readFileSync(path.join(folder, `${step}.request`), "latin1")
    .replace("{host}", new URL(on.served.url).host)
    .replaceAll(
      /\{(operation|creationTimestamp|resourceVersion)\}/g,
      (_, name: keyof typeof said) => said[name],
    )
    .split("\r\n\r\n");
  return `${head.replace("{length}", String(body.length))}\r\n\r\n${body}`;
}

/** listen keeps what an answer says that later requests need. */
function listen({ body }: RawAnswer): void {
  const { kind, status, details, creationTimestamp, resourceVersion } = JSON.parse(body);
  if (kind === "Status" && status === "working") said.operation = details;
  if (creationTimestamp !== undefined) Object.assign(said, { creationTimestamp });
  if (resourceVersion !== undefined) said.resourceVersion = String(resourceVersion);
}

/** The answer as the golden files have it: what this wire promises, without what differs each time. */
function golden({ line, headers, body }: RawAnswer): string {
  const told = ["content-type", "location", "retry-after", "www-authenticate"].flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  return `${[line, ...told].join("\n")}\n\n${body}\n`
    .replaceAll(on.served.url, "http://{host}")
    .replaceAll(/\b[0-9a-hjkmnp-tv-z]{30}\b/g, "{operation}")
    .replaceAll(/"creationTimestamp":"[^"]+"/g, '"creationTimestamp":"{creationTimestamp}"')
    .replaceAll(/"resourceVersion":\d+/g, '"resourceVersion":{resourceVersion}');
}

describe("kubecfg of June 2014", () => {
  it.each(steps)("%s", async (step) => {
    await before[step]?.();
    const answer = await exchange(on.served.url, requestOf(step));
    await expect(golden(answer)).toMatchFileSnapshot(path.join(folder, `${step}.answer`));
    const { kind, details } = JSON.parse(answer.body);
    expect(known).toContain(kind);
    // An object there makes that client poll the list of operations for ever.
    if (kind === "Status") expect(["string", "undefined"]).toContain(typeof details);
    listen(answer);
  });
});
