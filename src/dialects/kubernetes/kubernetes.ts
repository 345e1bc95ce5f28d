import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { type Route, route } from "../../edge/routes.ts";
import {
  createDocument,
  deleteDocument,
  getDocument,
  listDocuments,
  updateDocument,
} from "./documents.ts";
import { getServerOp, listServerOps } from "./operations.ts";
import { basePath, encodeFailure } from "./status.ts";
import { storages } from "./storages.ts";

/** kubernetesRoutes is every path of the wire of 2014: its storages, and the map of operations. */
export const kubernetesRoutes: readonly Route[] = [
  route(`${basePath}/operations`, { GET: { scope: "read", handler: listServerOps } }),
  route(`${basePath}/operations/{id}`, { GET: { scope: "read", handler: getServerOp } }),
  ...storages.flatMap((storage) => [
    route(`${basePath}/${storage.name}`, {
      GET: { scope: "read", handler: listDocuments(storage) },
      POST: { scope: "write", handler: createDocument(storage) },
    }),
    route(`${basePath}/${storage.name}/{id}`, {
      GET: { scope: "read", handler: getDocument(storage) },
      PUT: { scope: "write", handler: updateDocument(storage) },
      DELETE: { scope: "write", handler: deleteDocument(storage) },
    }),
  ]),
];

/** kubernetes is the wire of 2014, whose failures are a Status, and whose clients know Basic alone. */
export const kubernetes: Dialect = {
  name: "kubernetes",
  place: basePath,
  routes: kubernetesRoutes,
  failures: {
    mediaType: "application/json",
    challenges: [challenges.basic, challenges.bearer],
    encode: encodeFailure,
  },
};
