/** longest is how many lines a file may have; see CONTRIBUTING.md. */
export const longest = 400;

/** fullest is how many files a folder may have before it is two. */
export const fullest = 20;

/** reasons say why a file of src is longer, or a folder fuller. A reason that is not needed goes. */
export const reasons: Readonly<Record<string, string>> = {
  "object/operations-object.ts": "what Workers call: each method and what it is for",
  "client/tenant-operations.ts": "what callers hold: each call and what it is for",
  "object/rooms.ts": "the parts of an object, put together in one place",
};
