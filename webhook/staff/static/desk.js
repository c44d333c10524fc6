// The console's page: puts its parts to work.
import { follow } from "./live.js";
import { startClocks } from "./clocks.js";
import { attend, showTyping } from "./thread.js";
import { writeWith } from "./composer.js";
import { mentionWith } from "./mentions.js";
import { notify } from "./notify.js";
import { useKeys } from "./shortcuts.js";
import { useDialogs } from "./dialogs.js";
import { usePanel } from "./panel.js";
import { tellTroubles } from "./troubles.js";

const desk = document.getElementById("desk");
startClocks();
useDialogs(desk);
usePanel(desk);
writeWith(desk);
mentionWith(desk);
useKeys(desk);
tellTroubles();
const react = attend(desk);
const ring = notify(desk);
follow(desk, (change) => {
  react(change);
  ring(change);
}, (sign) => showTyping(desk, sign));
