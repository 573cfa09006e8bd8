// The person's choice of theme is a cookie, so that the server writes it into the page and nothing flashes.
const root = document.documentElement;
const buttons = () => document.querySelectorAll("button[data-theme-choice]");

function show() {
  const current = root.dataset.theme ?? "system";
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest?.("button[data-theme-choice]")?.dataset.themeChoice;
  if (!choice) return;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  const age = choice === "system" ? 0 : 31536000;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${choice}; Path=${document.documentElement.dataset.site}; Max-Age=${age}; SameSite=Lax${secure}`;
  show();
});

show();
