import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { type Route, routesOf } from "../../edge/routes.ts";
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

const operations = {
  listServerOps: { method: "GET", path: `${basePath}/operations`, scope: "read" },
  getServerOp: { method: "GET", path: `${basePath}/operations/{id}`, scope: "read" },
} as const satisfies ActionSpecs;

/** What can be asked of a storage. */
function documentsOf(storage: string) {
  const all = `${basePath}/${storage}`;
  const one = `${all}/{id}`;
  return {
    listDocuments: { method: "GET", path: all, scope: "read" },
    createDocument: { method: "POST", path: all, scope: "write", request: "json" },
    getDocument: { method: "GET", path: one, scope: "read" },
    updateDocument: { method: "PUT", path: one, scope: "write", request: "json" },
    deleteDocument: { method: "DELETE", path: one, scope: "write" },
  } as const satisfies ActionSpecs;
}

/** kubernetesRoutes are the paths of the wire of 2014: the map of operations, and its storages. */
const kubernetesRoutes: readonly Route[] = [
  ...routesOf(operations, { listServerOps, getServerOp }),
  ...storages.flatMap((storage) =>
    routesOf(documentsOf(storage.name), {
      listDocuments: listDocuments(storage),
      createDocument: createDocument(storage),
      getDocument: getDocument(storage),
      updateDocument: updateDocument(storage),
      deleteDocument: deleteDocument(storage),
    }),
  ),
];

/** kubernetes is the wire of 2014, whose failures are a Status, and whose clients only support Basic. */
export const kubernetes: Dialect = {
  name: "kubernetes",
  place: basePath,
  routes: kubernetesRoutes,
  takesAnyQuery: true,
  failures: {
    mediaType: "application/json",
    challenges: [challenges.basic, challenges.bearer],
    encode: encodeFailure,
  },
};
