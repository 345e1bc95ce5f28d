import { expect, it } from "vitest";
import { errors, failure } from "../../../src/core/errors.ts";
import { encodeError } from "../../../src/dialects/a2a/refusal.ts";
import { encodeFailure } from "../../../src/dialects/google/failure.ts";
import { googleCode } from "../../../src/dialects/rpc/google-code.ts";

/** The codes that clients know. Source: google/rpc/code.proto. */
const codes =
  "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED UNAUTHENTICATED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS";

it.each(Object.values(errors))("googleCode has a word for $status: $title", ({ status }) => {
  const word = googleCode(status);
  expect(codes.split(" ")).toContain(word);
  expect(word).not.toBe("UNKNOWN");
});

it("a range that is not satisfiable is OUT_OF_RANGE in both dialects", () => {
  const outside = failure("range-not-satisfiable", "The range is outside the result");
  for (const encode of [encodeFailure, encodeError]) {
    expect(JSON.parse(encode(outside)).error.status).toBe("OUT_OF_RANGE");
  }
});
