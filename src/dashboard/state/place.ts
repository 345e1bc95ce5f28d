import { isSpan, isStatus, noFilter, type Order, type RowFilter } from "./row-filter.ts";

/** View is one of the pages. */
export type View = "now" | "trends" | "start";

/**
 * Place is what is shown, and everything in the address: it can be shared, and contains no secrets. It is in the
 * fragment, which is not sent to servers or logged.
 */
export interface Place {
  readonly view: View;
  /** The operation that is open next to the table. */
  readonly open: string | undefined;
  readonly filter: RowFilter;
  /** The order of the table. */
  readonly order: Order;
  readonly range: "15m" | "24h";
  /** The kind of the new operation. */
  readonly kind: string | undefined;
}

/** firstPlace is the initial place. */
export const firstPlace: Place = {
  view: "now",
  open: undefined,
  filter: noFilter,
  order: "desc",
  range: "15m",
  kind: undefined,
};

/**
 * hashOf writes a place as the fragment of an address: `#/now?status=running`, `#/operations/ID?kind=echo`,
 * `#/trends?range=24h`, `#/start?kind=echo`.
 */
export function hashOf(place: Place): string {
  const query = new URLSearchParams();
  if (place.view === "now") {
    const { statuses, kinds, labels, search, within, from, to } = place.filter;
    for (const status of statuses) query.append("status", status);
    for (const kind of kinds) query.append("kind", kind);
    for (const label of labels) query.append("label", label);
    if (search !== "") query.set("id", search);
    if (within !== undefined) query.set("within", within);
    if (from !== undefined) query.set("from", new Date(from).toISOString());
    if (to !== undefined) query.set("to", new Date(to).toISOString());
    if (place.order === "asc") query.set("order", "asc");
  }
  if (place.view === "trends" && place.range !== firstPlace.range) query.set("range", place.range);
  if (place.view === "start" && place.kind !== undefined) query.set("kind", place.kind);
  const isOpen = place.view === "now" && place.open !== undefined;
  const path = isOpen ? `operations/${encodeURIComponent(place.open)}` : place.view;
  const text = query.toString();
  return `#/${path}${text === "" ? "" : `?${text}`}`;
}

/** placeOf parses what hashOf wrote; invalid parts are ignored. */
export function placeOf(hash: string): Place {
  const [path = "", text = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const query = new URLSearchParams(text);
  const [name, id] = path.split("/");
  if (name === "trends") {
    return { ...firstPlace, view: "trends", range: query.get("range") === "24h" ? "24h" : "15m" };
  }
  if (name === "start") {
    return { ...firstPlace, view: "start", kind: query.get("kind") ?? undefined };
  }
  const filter: RowFilter = {
    statuses: query.getAll("status").filter(isStatus),
    kinds: query.getAll("kind"),
    labels: query.getAll("label"),
    search: query.get("id") ?? "",
    ...timeIn(query),
  };
  const order = query.get("order") === "asc" ? "asc" : "desc";
  const open = name === "operations" && id ? decoded(id) : undefined;
  return { ...firstPlace, open, filter, order };
}

/** A period until now, or custom times. */
function timeIn(query: URLSearchParams): Pick<RowFilter, "within" | "from" | "to"> {
  const within = query.get("within");
  if (isSpan(within)) return { within };
  const [from, to] = [timeOf(query.get("from")), timeOf(query.get("to"))];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** The year 10000: controls for times do not support later ones, nor does Date after a time zone offset. */
const endOfTime = Date.UTC(10_000);

function timeOf(text: string | null): number | undefined {
  const time = Date.parse(text ?? "");
  return time >= 0 && time < endOfTime ? time : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
