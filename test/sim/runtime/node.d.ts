// What the simulation uses of Node; the types of Node itself and of workerd exclude each other.

declare module "node:async_hooks" {
  export class AsyncLocalStorage<T> {
    getStore(): T | undefined;
    run<R>(store: T, callback: () => R): R;
  }
}

declare module "node:crypto" {
  export function createHash(algorithm: string): {
    update(data: Uint8Array): { digest(): Uint8Array<ArrayBuffer> };
  };
}

declare module "node:fs" {
  export function readFileSync(path: string | URL, encoding: "utf8"): string;
  export function writeFileSync(path: string, text: string): void;
  export function readdirSync(path: string | URL): string[];
}

declare module "node:module" {
  interface Resolved {
    url: string;
    shortCircuit?: boolean;
  }
  type Context = { readonly parentURL?: string };
  export function registerHooks(hooks: {
    resolve(
      specifier: string,
      context: Context,
      next: (specifier: string, context: Context) => Resolved,
    ): Resolved;
  }): void;
}

declare module "node:sqlite" {
  export class DatabaseSync {
    constructor(path: string);
    exec(sql: string): void;
    prepare(sql: string): StatementSync;
    close(): void;
    readonly isTransaction: boolean;
  }
  export interface StatementSync {
    all(...bindings: unknown[]): Record<string, unknown>[];
    columns(): { name: string }[];
  }
}

declare module "node:util" {
  export function parseArgs<T>(config: T): {
    values: { readonly [name: string]: string | boolean | undefined };
  };
}
