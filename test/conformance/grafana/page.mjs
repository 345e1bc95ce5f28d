// The page that npm run grafana draws: the panels of a dashboard, by Grafana's own components. It is bundled with the
// packages that the script installs.
import {
  applyFieldOverrides,
  createTheme,
  dateTime,
  FieldType,
  getDisplayProcessor,
  reduceField,
  ThemeContext,
  toDataFrame,
} from "@grafana/data";
import {
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  GlobalStyles,
  PanelChrome,
  TimeSeries,
} from "@grafana/ui";
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";

const { from, to, dashboard, results } = globalThis.recorded;
const theme = createTheme({ colors: { mode: "dark" } });
const timeZone = "utc";
const times = { from: dateTime(from), to: dateTime(to) };
const timeRange = { ...times, raw: times };

// As large as Grafana has them, of a page of 1,920 pixels.
const [column, row, gap] = [80, 30, 8];

/** What the settings of each type of panel begin with: they stand in its plugin, which is in no package. */
const begins = {
  stat: { color: { mode: "thresholds" } },
  timeseries: {
    color: { mode: "palette-classic" },
    custom: { drawStyle: "line", lineWidth: 1, lineInterpolation: "linear", axisPlacement: "auto" },
  },
};

const thresholds = { mode: "absolute", steps: [{ color: "green", value: -Infinity }] };

function framesOf(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  const start = begins[panel.type];
  const data = panel.targets.flatMap(({ refId, legendFormat }) =>
    results[`${panel.id}/${refId}`].map(({ metric, values }) => {
      const displayNameFromDS = legendFormat?.replace(
        /{{\s*(\w+)\s*}}/g,
        (_, name) => metric[name],
      );
      const fields = [
        { name: "Time", type: FieldType.time, values: values.map(([time]) => time * 1_000) },
        {
          name: "Value",
          type: FieldType.number,
          labels: metric,
          config: { displayNameFromDS },
          // As the panel of a time series does.
          values: values.map(([, text]) => (Number.isFinite(Number(text)) ? Number(text) : null)),
        },
      ];
      return toDataFrame({ refId, fields });
    }),
  );
  const fieldConfig = { defaults: {}, overrides };
  const frames = applyFieldOverrides({
    data,
    fieldConfig,
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
  for (const field of frames.flatMap(({ fields }) => fields)) {
    if (field.type !== FieldType.number) continue;
    Object.assign(field.config, { thresholds }, start, defaults, {
      custom: { ...start.custom, ...defaults.custom },
    });
    field.display = getDisplayProcessor({ field, theme, timeZone });
  }
  return frames;
}

function bodyOf(panel, width, height) {
  const frames = framesOf(panel);
  if (panel.type === "timeseries") {
    const { options } = panel;
    const { legend } = options;
    return h(TimeSeries, { frames, width, height, timeRange, timeZone, legend, options });
  }
  const [x, y] = frames[0].fields;
  return h(BigValue, {
    value: y.display(reduceField({ field: y, reducers: ["lastNotNull"] }).lastNotNull),
    sparkline: { x, y },
    colorMode: BigValueColorMode.Value,
    graphMode: BigValueGraphMode.Area,
    width,
    height,
    theme,
  });
}

const panels = dashboard.panels.map((panel) => {
  const { title, description, gridPos } = panel;
  const size = {
    width: gridPos.w * column - gap,
    height: gridPos.h * (row + gap) - gap,
  };
  const place = { left: gridPos.x * column + gap, top: gridPos.y * (row + gap) + gap };
  return h(
    "div",
    { key: panel.id, style: { position: "absolute", ...place } },
    h(PanelChrome, { title, description, ...size }, (...inner) => bodyOf(panel, ...inner)),
  );
});
document.body.style.background = theme.colors.background.canvas;
const ends = dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h);
const whole = { width: 24 * column + gap, height: Math.max(...ends) * (row + gap) + gap };
createRoot(document.getElementById("root")).render(
  h(ThemeContext.Provider, { value: theme }, h(GlobalStyles), h("div", { style: whole }, panels)),
);
