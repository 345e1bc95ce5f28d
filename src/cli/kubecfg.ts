#!/usr/bin/env node
import { keepCompiled } from "./compile-cache.ts";

// Modules loaded after this are compiled once, and not at each start.
keepCompiled(process.env);
await import("./main.ts");
