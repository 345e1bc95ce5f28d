import { requestText, WrongAnswer, withConnections } from "../measuring/connection.ts";
import type { Task } from "../measuring/load.ts";
import { serveBare } from "../measuring/serving.ts";
import type { Options } from "../options.ts";
import { type Compared, compareInTurns, type Named } from "./comparison.ts";

/** rows is how many rows there are, in all objects together, and size how large each is: as an operation of ours. */
const rows = 256;
const size = 600;

/** counts are the numbers of objects that are measured beside one. */
const counts = [2, 4, 8];

/**
 * measureBarePages measures pages of rows of several bare objects, each with its part of them, beside those of one: what
 * reading from several objects costs without any code of ours.
 */
export async function measureBarePages(directory: string, options: Options): Promise<Compared[]> {
  const { origin, pid, stop } = await serveBare(directory, "bare-pages");
  try {
    const value = JSON.stringify("x".repeat(size - 2));
    await withConnections(origin, 1, async ([connection]) => {
      for (const count of [1, ...counts]) {
        await connection?.send(requestText("POST", `/fill/${rows}/${count}`, {}, value));
      }
    });
    const task = (count: number): Task => ({
      origin,
      pid,
      // Keys are the places of rows in their objects.
      request: (n) => {
        const key = 20 + (n % (rows / count - 20));
        return requestText("GET", `/page/${String(key).padStart(4, "0")}/${count}`);
      },
      check: ({ status, body }) => {
        if (status !== 200 || JSON.parse(body).length !== 20) {
          throw new WrongAnswer(`bare page: ${status} ${body.slice(0, 200)}`);
        }
      },
    });
    const found: Compared[] = [];
    for (const count of counts) {
      const several: Named = [[`bare, ${count} objects: page of 20`, () => task(count)]];
      const one: Named = [["bare, 1 object: page of 20", () => task(1)]];
      found.push(...(await compareInTurns(several, one, [options.connections], options)));
    }
    return found;
  } finally {
    await stop();
  }
}
