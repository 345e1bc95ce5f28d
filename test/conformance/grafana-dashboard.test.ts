import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

// docs/grafana-dashboard.json, against what Grafana publishes of its dashboards: @grafana/schema, which is types.

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "docs/grafana-dashboard.json"), "utf8");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

const dashboard = JSON.parse(text) as { readonly panels: readonly Panel[] };

// Where the compiler finds the packages.
const directory = mkdtempSync(path.join(root, "node_modules/.grafana-"));
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * What each part of a dashboard may be. Enums stand for their values, as in JSON. The types of a panel let the parts
 * that belong to its plugin or its data source be anything; those of each are put in there.
 */
const types = `
import type { Dashboard, DataQuery, Panel } from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** PrometheusQuery is the part of @grafana/prometheus' that this dashboard has, the rest of which needs all of Grafana's page. */
type PrometheusQuery = Omit<DataQuery, "datasource"> & Pick<Panel, "datasource"> & {
  expr: string;
  legendFormat?: string;
};

type Written<T> =
  T extends string ? \`\${T}\`
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer I)[] ? Written<I>[]
  : T extends object ? { [K in keyof T]: Written<T[K]> }
  : T;

type PanelOf<Type extends string, Options, Custom> = Omit<Panel, "type" | "options" | "fieldConfig" | "targets"> & {
  type: Type;
  options?: Options;
  fieldConfig: {
    defaults: Omit<NonNullable<Panel["fieldConfig"]>["defaults"], "custom"> & { custom?: Custom };
    overrides: NonNullable<Panel["fieldConfig"]>["overrides"];
  };
  targets: PrometheusQuery[];
};

type Written_ = Written<
  Omit<Dashboard, "panels"> & {
    panels: (
      | PanelOf<"stat", stat.Options, never>
      | PanelOf<"timeseries", timeseries.Options, timeseries.FieldConfig>
    )[];
  }
>;
`;

/** What the compiler says of a dashboard. */
function complaints(json: string): string {
  writeFileSync(
    path.join(directory, "dashboard.ts"),
    `${types}\nexport default ${json.trim()} satisfies Written_;\n`,
  );
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: "es2024",
      module: "esnext",
      moduleResolution: "bundler",
      types: [],
    },
    files: ["dashboard.ts"],
  };
  writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify(config));
  const program = path.join(root, "node_modules/.bin/tsc");
  const { stdout, error } = spawnSync(process.execPath, [program, "-p", directory], {
    encoding: "utf8",
  });
  if (error) throw error;
  return stdout;
}

describe("docs/grafana-dashboard.json", () => {
  it("is a dashboard, with panels, options and queries, as Grafana's published types say", () => {
    expect(complaints(text)).toBe("");
  });

  it.each([
    ["a member that there is not", '"title": "Running"', '"titel": "Running"'],
    ["an option of no panel", '"displayMode": "list"', '"displayMode": "lists"'],
    ["a panel of another type", '"type": "stat"', '"type": "singlestat"'],
    ["a query of another kind", '"legendFormat"', '"legend"'],
    ["a field of another kind", '"fillOpacity": 10', '"fillOpacity": "10"'],
  ])("would not be with %s", (_, from, to) => {
    expect(text).toContain(from);
    expect(complaints(text.replace(from, to))).toMatch(/error TS\d+/);
  });

  it("has a panel of spans, and no two panels of one id or in one place", () => {
    const { panels } = dashboard;
    const spans = panels.find(({ title }) => title === "Spans exported and dropped");
    expect(spans?.targets.map(({ expr }) => expr).join()).toContain("edge_operations_spans_total");
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos, targets } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), title).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});
