import { maxInlineResult } from "../../core/limits.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { linksOf } from "../native/monitor.ts";
import { ticketFor } from "../native/ticket-for.ts";
import { withWholeResult } from "../native/whole-result.ts";
import { root, urlOf } from "./path.ts";

/**
 * artifactsOf returns the artifacts of a task, each as JSON text: `output`, which its work writes, as a URL here and as
 * text in streams, and `result`. A null result is not an artifact.
 *
 * @param isWhole whether to read results too large for the monitor: JSON up to 1 MiB, and text
 */
export async function artifactsOf(
  exchange: Asked,
  snapshot: Snapshot,
  isWhole: boolean,
): Promise<Reply<{ artifacts: readonly string[] }>> {
  const { op } = snapshot;
  const { base } = exchange;
  const artifacts: string[] = [];
  if (op.hasOutput) {
    const url = await lettingIn(exchange, snapshot, linksOf(op.id, base, true).output ?? "");
    artifacts.push(encodeArtifact("output", JSON.stringify({ url, mediaType: "text/plain" })));
  }
  const part = await resultPart(exchange, snapshot, isWhole);
  if (part.error) return part;
  if (part.text !== undefined) artifacts.push(encodeArtifact("result", part.text));
  return { artifacts };
}

/** encodeArtifact writes an artifact of one part, as JSON text. */
export function encodeArtifact(name: "output" | "result", part: string): string {
  return `{"artifactId":"${name}","name":"${name}","parts":[${part}]}`;
}

/** The result as a part: as it is, or as its URL if it is not JSON, or large. */
async function resultPart(
  exchange: Asked,
  snapshot: Snapshot,
  isWhole: boolean,
): Promise<Reply<{ text?: string }>> {
  const { map, base } = exchange;
  const { op } = snapshot;
  if (!op.result) return {};
  const whole: Reply<Snapshot> = isWhole ? await withWholeResult(map, snapshot) : snapshot;
  if (whole.error) return whole;
  const { result } = whole;
  if (result?.trim() === "null") return {};
  if (result !== undefined) {
    const isText = /^\s*"/.test(result);
    return {
      text: isText ? `{"text":${result}}` : `{"data":${result},"mediaType":"application/json"}`,
    };
  }
  const { mediaType, size } = op.result;
  if (isWhole && /^text\//i.test(mediaType) && size <= maxInlineResult) {
    const read = await map.result(op.id, maxInlineResult);
    if (read.error) return read;
    const { body } = read;
    if (body !== undefined) {
      const text = typeof body === "string" ? body : new TextDecoder().decode(body);
      return { text: JSON.stringify({ text, mediaType }) };
    }
  }
  const url = await lettingIn(exchange, snapshot, urlOf(base, `${root}/tasks/${op.id}/result`));
  return { text: JSON.stringify({ url, mediaType }) };
}

/** A URL that gives access by itself, if there are tickets: its receiver may have no token. */
async function lettingIn(exchange: Asked, { op }: Snapshot, url: string): Promise<string> {
  const ticket = await ticketFor(exchange, op);
  return ticket === undefined ? url : `${url}?ticket=${ticket}`;
}
