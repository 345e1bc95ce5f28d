#!/usr/bin/env node
import { keepCompiled } from "./compile-cache.ts";

// What is loaded after this is compiled once, and not at each start.
keepCompiled(process.env);
await import("./main.ts");
