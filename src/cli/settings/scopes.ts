/** scopes are what a token may be allowed; the service's own list is in config/grants.ts, which needs zod. */
export const scopes = ["read", "write", "work", "admin"] as const;
