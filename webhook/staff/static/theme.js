// Light or dark: what was chosen here before, else what the machine prefers. Loaded before the
// styles, so that a dark screen never flashes white.
const chosen = localStorage.getItem("jct-theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.bsTheme = chosen ?? (prefersDark ? "dark" : "light");

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const root = document.documentElement;
  root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  localStorage.setItem("jct-theme", root.dataset.bsTheme);
});
