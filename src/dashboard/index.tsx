import { render } from "preact";

const root = document.getElementById("dashboard");
if (root) render(<p>The dashboard comes here.</p>, root);
