/**
 * KindTypes are the types of a kind: its input and its output. Kinds of `makeAsync` carry them, so a client needs only
 * `typeof kinds`, and none of their code.
 */
export interface KindTypes<Input = unknown, Output = unknown> {
  /** Never set: it exists only for its type. */
  readonly "~types"?: { readonly input: Input; readonly output: Output } | undefined;
}

/** KindsTypes are kinds by name. */
export type KindsTypes = Readonly<Record<string, KindTypes>>;

/** AnyKinds stands for unknown kinds: any name, any input. */
// biome-ignore lint/suspicious/noExplicitAny: an unknown type can be anything
export type AnyKinds = Readonly<Record<string, KindTypes<any, any>>>;

/** NameOf is the name of a kind. */
export type NameOf<K> = keyof K & string;

/** InputOf is the input of a kind. */
export type InputOf<Kind> = Kind extends { readonly "~types"?: infer T }
  ? Member<T, "input">
  : never;

/** OutputOf is the result of a kind as a client receives it: what its work returned, after a round trip through JSON. */
export type OutputOf<Kind> = Kind extends { readonly "~types"?: infer T }
  ? Json<Awaited<Member<T, "output">>>
  : never;

type Member<T, M extends "input" | "output"> =
  NonNullable<T> extends { readonly [N in M]: infer V } ? V : never;

/** Json is the type of a value after a round trip through JSON, in which a Date becomes a string. */
export type Json<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? unknown
    : T extends { toJSON(...args: never[]): infer R }
      ? Json<R>
      : T extends string | number | boolean | null
        ? T
        : T extends undefined
          ? null
          : T extends bigint | symbol | ((...args: never[]) => unknown)
            ? never
            : T extends Response
              ? Response
              : T extends readonly unknown[]
                ? { [I in keyof T]: Json<T[I]> }
                : { [M in keyof T as Kept<T, M>]: Json<Exclude<T[M], undefined>> };

/** The members that JSON keeps. */
type Kept<T, M extends keyof T> = M extends symbol
  ? never
  : Exclude<T[M], undefined> extends symbol | ((...args: never[]) => unknown)
    ? never
    : M;
