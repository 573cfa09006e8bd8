// Times are written by the server in words; here they get the reader's own zone on hover and stay fresh.
import { word } from "./words.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

function words(moment) {
  const seconds = (moment - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  return unit ? relative.format(Math.trunc(seconds / length), unit) : word("just now");
}

function refresh() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const moment = new Date(element.dateTime);
    element.title = exact.format(moment);
    element.textContent = words(moment);
  }
}

// The server writes times in this zone too, from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`time-zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `time-zone=${zone}; Path=${document.documentElement.dataset.site}; Max-Age=31536000; SameSite=Lax${secure}`;
}

refresh();
setInterval(refresh, 60000);
document.addEventListener("content-added", refresh);
