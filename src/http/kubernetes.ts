import { basePath } from "../protocols/kubernetes/status.ts";
import { storages } from "../protocols/kubernetes/storages.ts";
import {
  createDocument,
  deleteDocument,
  getDocument,
  listDocuments,
  updateDocument,
} from "./kubernetes-documents.ts";
import { getServerOp, listServerOps } from "./kubernetes-operations.ts";
import { type Route, route } from "./routes.ts";

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
