/** scopes are what a token may allow; the service's own list is in config/grants.ts, which requires zod. */
export const scopes = ["read", "write", "work", "admin"] as const;
