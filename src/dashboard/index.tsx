import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/status.css";
import "./styles/shell.css";
import "./styles/now.css";
import "./styles/filters.css";
import "./styles/table.css";
import "./styles/chosen.css";
import "./styles/operation.css";
import "./styles/timeline.css";
import "./styles/result.css";
import "./styles/form.css";
import "./styles/trends.css";
import { startChoice } from "./state/choosing/choice.ts";
import { startFeed } from "./state/feed.ts";
import { startKinds } from "./state/kinds.ts";
import { startOpened } from "./state/operation/opened.ts";
import { resume } from "./state/session.ts";
import { App } from "./views/app.tsx";

// The page under /static/. Its state is in state/, as signals; views/ renders it.

resume();
startFeed();
startOpened();
startKinds();
startChoice();

const root = document.getElementById("dashboard");
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
