import { describe, expect, it } from "vitest";
import { isCredential } from "../../../src/kinds/http/credentials.ts";

describe("isCredential", () => {
  it.each([
    "authorization",
    "proxy-authorization",
    "x-amz-authorization",
    "cookie",
    "api-key",
    "apikey",
    "x-api-key",
    "x-apikey",
    "x-goog-api-key",
    "dd-application-key",
    "x-rapidapi-key",
    "x-functions-key",
    "ocp-apim-subscription-key",
    "x-auth-key",
    "x-access-token",
    "x-auth-token",
    "x-amz-security-token",
    "x-vault-token",
    "private-token",
    "x-csrf-token",
    "x-shopify-access-token",
    "client-secret",
    "x-client-secret",
    "x-hasura-admin-secret",
    "x-password",
    "x-goog-iap-jwt-assertion",
    "x-session-id",
    "auth",
    "x-auth",
    "x-sentry-auth",
    "x-key",
    "x-user-key",
    "x-pwd",
    "aeg-sas-key",
    "x-ms-encryption-key",
    "x-amz-server-side-encryption-customer-key",
  ])("%s is one", (name) => {
    expect(isCredential(name)).toBe(true);
  });

  it.each([
    "accept",
    "content-type",
    "idempotency-key",
    "x-routing-key",
    "surrogate-key",
    "x-continuation-token",
    "x-page-token",
    "x-request-id",
    "x-author",
    "x-compass",
    "x-oauth-scopes",
    "x-keyboard",
    "x-tokens-used",
    "x-secretary",
    "traceparent",
  ])("%s is none", (name) => {
    expect(isCredential(name)).toBe(false);
  });
});
