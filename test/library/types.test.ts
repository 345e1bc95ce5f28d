import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";
import type { InputOf, Operation, OperationsClient, OutputOf } from "../../src/client/index.ts";
import { makeAsync } from "../../src/kinds/kind.ts";
import type { WorkerOperations } from "../../src/operations.ts";
import type { kinds } from "./kinds.ts";

// Types alone: `npm run check:types` is what fails here.

type Kinds = typeof kinds;
type Client = OperationsClient<Kinds>;
type Inside = ReturnType<WorkerOperations<Kinds>["tenant"]>;

describe("the types of kinds", () => {
  it("what goes in is what the schema takes, of each library", () => {
    expectTypeOf<InputOf<Kinds["resize"]>>().toEqualTypeOf<{
      url: string;
      width?: number | undefined;
    }>();
    expectTypeOf<InputOf<Kinds["mini"]>>().toEqualTypeOf<{ count: number }>();
    expectTypeOf<InputOf<Kinds["valibot"]>>().toEqualTypeOf<{
      name: string;
      times?: number | undefined;
    }>();
    expectTypeOf<InputOf<Kinds["arktype"]>>().toEqualTypeOf<{ age: number }>();
  });

  it("what comes out is what JSON makes of what the work returns", () => {
    expectTypeOf<OutputOf<Kinds["resize"]>>().toEqualTypeOf<{ bytes: number; at: string }>();
    expectTypeOf<OutputOf<Kinds["mini"]>>().toMatchTypeOf<{ count: number }>();
    expectTypeOf<OutputOf<Kinds["valibot"]>>().toEqualTypeOf<string>();
    expectTypeOf<OutputOf<Kinds["arktype"]>>().toEqualTypeOf<number>();
    expectTypeOf<OutputOf<Kinds["bytes"]>>().toEqualTypeOf<Response>();
  });

  it("create and run take the kind's own input, and no other kind, input or option", () => {
    const check = async (client: Client) => {
      expectTypeOf(await client.run("resize", { url: "" })).toEqualTypeOf<{
        bytes: number;
        at: string;
      }>();
      const made = await client.create("arktype", { age: 1 }, { ttl: "1h", wait: "5s" });
      expectTypeOf(made).toEqualTypeOf<Operation<number>>();
      if (made.status === "succeeded") {
        expectTypeOf(made.result).toEqualTypeOf<number | undefined>();
      }
      await client.create("refuses");
      // @ts-expect-error: there is no such kind
      await client.run("resiz", { url: "" });
      // @ts-expect-error: the input is another's
      await client.run("resize", { count: 1 });
      // @ts-expect-error: the input is needed
      await client.create("mini");
      // @ts-expect-error: there is no such option
      await client.create("mini", { count: 1 }, { tt: "1h" });
      // @ts-expect-error: the input of an entry is another kind's
      await client.createMany([{ kind: "mini", input: { age: 1 } }]);
    };
    expectTypeOf(check).toBeFunction();
  });

  it("tenant() is typed likewise", () => {
    const check = async (inside: Inside) => {
      expectTypeOf(await inside.run("arktype", { age: 1 })).toEqualTypeOf<number>();
      // @ts-expect-error: there is no such kind
      await inside.create("none", {});
      // @ts-expect-error: the input is another's
      await inside.create("mini", { age: 1 });
    };
    expectTypeOf(check).toBeFunction();
  });

  it("makeAsync gives run what the schema gives, and holds what it returns to `output`", () => {
    const make = () => {
      makeAsync({
        description: "",
        input: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
        run: ({ at }) => expectTypeOf(at).toEqualTypeOf<Date>(),
      });
      makeAsync({
        description: "",
        input: z.null(),
        // @ts-expect-error: what run returns is another
        output: z.object({ bytes: z.int() }),
        run: () => ({ bytes: "many" }),
      });
    };
    expectTypeOf(make).toBeFunction();
  });

  it("a client that was told of no kinds takes any", () => {
    const check = async (client: OperationsClient) => {
      expectTypeOf(await client.create("anything", { any: 1 })).toExtend<Operation>();
      await client.create({ kind: "anything" }, { wait: "1s" });
    };
    expectTypeOf(check).toBeFunction();
  });
});
