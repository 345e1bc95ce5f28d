/** Storage is a collection of documents on the wire of 2014. */
export interface Storage {
  /** Its name in a path. */
  readonly name: string;
  /** The `kind` of one document. */
  readonly kind: string;
  /** The `kind` of a list of them. */
  readonly list: string;
  /** The member of the list that contains them. */
  readonly member: string;
}

/**
 * storages are those that the clients of June 2014 know. Source: Kubernetes, pkg/api/types.go of that time, with
 * `minions` as in its MinionList.
 */
export const storages: readonly Storage[] = [
  { name: "pods", kind: "Pod", list: "PodList", member: "items" },
  { name: "services", kind: "Service", list: "ServiceList", member: "items" },
  {
    name: "replicationControllers",
    kind: "ReplicationController",
    list: "ReplicationControllerList",
    member: "items",
  },
  { name: "minions", kind: "Minion", list: "MinionList", member: "minions" },
];
