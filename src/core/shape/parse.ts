import { isObject } from "../../base/json.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import type { Shape } from "./shape.ts";

/** Issue is one problem with a value, like those of a Standard Schema. */
export interface Issue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

const extra = "unknown field";

/**
 * parse checks a JSON value against a shape. The result has defaults for what is left out, and only members that the
 * shape names.
 */
export function parse<T>(shape: Shape<T>, value: unknown): Result<T, readonly Issue[]> {
  const issues: Issue[] = [];
  const read = reader(issues)(shape, value, []);
  return issues.length > 0 ? failed(issues) : ok(read as T);
}

type Path = readonly (string | number)[];

/** Returns the reader of values: problems are added to `issues`; `unlike` is called if a type does not match. */
function reader(
  issues: Issue[],
  unlike: () => void = () => {},
): (shape: Shape, value: unknown, path: Path) => unknown {
  const read = (shape: Shape, value: unknown, path: Path): unknown => {
    const say = (message: string, at: Path = path) => void issues.push({ path: at, message });
    const mismatch = (expected: string, wrong: string | undefined) => {
      unlike();
      say(wrong ?? `Invalid input: expected ${expected}, received ${typeName(value)}`);
    };
    /** Checks a minimum and a maximum; `what` and `unit` describe what is counted. */
    const bound = (
      count: number,
      { min, max, few, many }: { min?: number; max?: number; few?: string; many?: string },
      what: string,
      unit = "",
    ): boolean => {
      const verb = unit === "" ? "be " : "have ";
      if (min !== undefined && count < min) {
        say(few ?? `Too small: expected ${what} to ${verb}>=${min}${unit}`);
      } else if (max !== undefined && count > max) {
        say(many ?? `Too big: expected ${what} to ${verb}<=${max}${unit}`);
      } else return true;
      return false;
    };
    switch (shape.is) {
      case "unknown":
        return value;
      case "optional":
        return value === undefined ? shape.value : read(shape.of, value, path);
      case "boolean":
        if (typeof value !== "boolean") mismatch("boolean", shape.wrong);
        return value;
      case "oneOf":
        if (!shape.words.includes(value as string)) {
          unlike();
          const words = shape.words.map((word) => JSON.stringify(word)).join("|");
          say(shape.wrong ?? `Invalid option: expected one of ${words}`);
        }
        return value;
      case "number":
      case "int": {
        const { is, wrong } = shape;
        if (!Number.isFinite(value)) mismatch("number", wrong);
        else if (is === "int" && !Number.isInteger(value)) mismatch("int", wrong);
        else {
          const told = wrong === undefined ? {} : { few: wrong, many: wrong };
          const most = is === "int" ? { max: Number.MAX_SAFE_INTEGER } : {};
          bound(value as number, { ...most, ...shape, ...told }, "number");
        }
        return value;
      }
      case "string": {
        if (typeof value !== "string") {
          mismatch("string", shape.wrong);
          return value;
        }
        bound(value.length, shape, "string", " characters");
        const { pattern, fits, want = "Invalid input" } = shape;
        if (pattern?.test(value) === false || fits?.(value) === false) say(want);
        return value;
      }
      case "array":
        if (!Array.isArray(value)) {
          mismatch("array", shape.wrong);
          return value;
        }
        // If there are too many, none is checked.
        if (!bound(value.length, shape, "array", " items")) return value;
        return value.map((item, index) => read(shape.of, item, [...path, index]));
      case "record": {
        if (!isObject(value)) {
          mismatch("record", shape.wrong);
          return value;
        }
        const members = Object.entries(value);
        if (!bound(members.length, shape, "record", " entries")) return value;
        return Object.fromEntries(
          members.map(([name, member]) => {
            read(shape.key, name, [...path, name]);
            return [name, read(shape.of, member, [...path, name])];
          }),
        );
      }
      case "object": {
        if (!isObject(value)) {
          mismatch("object", shape.wrong);
          return value;
        }
        const names = Object.keys(shape.members);
        const entries = Object.entries(shape.members).map(([name, member]) => [
          name,
          read(member, Object.hasOwn(value, name) ? value[name] : undefined, [...path, name]),
        ]);
        for (const name of Object.keys(value)) {
          if (names.includes(name)) continue;
          if (shape.wrong === undefined) say(extra, [...path, name]);
          else say(shape.wrong);
        }
        return Object.fromEntries(entries.filter(([, member]) => member !== undefined));
      }
      case "either": {
        const near: (readonly Issue[])[] = [];
        for (const one of shape.of) {
          const own: Issue[] = [];
          let isLike = true;
          const made = reader(own, () => {
            isLike = false;
          })(one, value, path);
          if (own.length === 0) return made;
          if (isLike) near.push(own);
        }
        // If exactly one alternative has the right types, it is the one that was meant.
        if (near.length === 1) issues.push(...(near[0] ?? []));
        else say(shape.wrong);
        return value;
      }
    }
  };
  return read;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? "array" : typeof value;
}
