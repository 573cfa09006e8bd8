// On a phone the tabs are wider than the page: the one that is shown comes into sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.parentElement;
  if (row.scrollWidth > row.clientWidth) tab.scrollIntoView({ block: "nearest", inline: "center" });
}
