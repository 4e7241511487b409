// The switch between light and dark. Switched back to what the system shows, it follows the system again.

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const YEAR = 31_536_000; // seconds

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-switch-theme]")) return;
  const shown = root.dataset.theme || (system.matches ? "dark" : "light");
  const wanted = shown === "dark" ? "light" : "dark";
  const isSystem = wanted === (system.matches ? "dark" : "light");
  root.dataset.theme = isSystem ? "" : wanted;
  const age = isSystem ? 0 : YEAR;
  document.cookie = `theme=${wanted}; path=/; max-age=${age}; SameSite=Lax`;
});
