import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { answering } from "./answering.ts";
import type { Monitor } from "./client.ts";
import type { Ledger } from "./crash-ledger.ts";
import { endOf } from "./crash-work.ts";

/** webhookSecret signs what the receiver is told. */
export const webhookSecret = `whsec_${Buffer.from("crash".repeat(6)).toString("base64")}`;

/** Told is what a webhook was told of one operation. */
interface Told {
  readonly end: string;
  readonly version: number;
  readonly webhookId: string;
}

/**
 * Receiver is the webhook of all operations that have one. It verifies what comes, keeps how each
 * operation is said to have ended, and refuses one in twenty the first time.
 */
export class Receiver {
  /** The nonces of those that were given a webhook. */
  readonly #asked = new Set<string>();
  /** By the operation's nonce. */
  readonly #told = new Map<string, Told[]>();
  readonly #ledger: Ledger;
  readonly #server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const isRefused = this.#take(
        Buffer.concat(parts).toString(),
        request.headers as Record<string, string>,
      );
      response.writeHead(isRefused ? 503 : 204).end();
    }),
  );

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** target is the URL that a create names. */
  readonly target = (nonce: string): string => {
    this.#asked.add(nonce);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${nonce}`;
  };

  /** check holds what was told of an operation against how it ended, where it has a webhook. */
  check(operation: Monitor): void {
    const { id, labels, version } = operation;
    if (!this.#asked.has(labels.nonce ?? "")) return;
    const told = this.#told.get(labels.nonce ?? "") ?? [];
    if (told.length === 0) {
      this.#ledger.untold++;
      this.#ledger.violation(`${id} ended as ${endOf(operation)} and no webhook was told`);
    }
    for (const { end, version: then, webhookId } of told) {
      if (end !== endOf(operation) || then !== version || webhookId !== told[0]?.webhookId) {
        this.#ledger.violation(`${id} is ${endOf(operation)}, and its webhook was told ${end}`);
      }
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(body: string, headers: Record<string, string>): boolean {
    try {
      const monitor = new Webhook(webhookSecret).verify(body, headers) as Monitor;
      const nonce = monitor.labels.nonce ?? "";
      const known = this.#told.get(nonce) ?? [];
      const { version } = monitor;
      const told = { end: endOf(monitor), version, webhookId: headers["webhook-id"] ?? "" };
      this.#told.set(nonce, [...known, told]);
      this.#ledger.told++;
      return known.length === 0 && Math.random() < 0.05;
    } catch (thrown) {
      this.#ledger.violation(`what a webhook was told does not verify: ${thrown}`);
      return false;
    }
  }
}
