// Looks at every page of the book in Chromium, as a phone and as a desk shows it, light and dark: whether anything is
// wider than the window, fails to load, or is asked of another host; and whether the search finds what it should.
// build/looks then has a picture of each page's beginning. CHROMIUM names the browser.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const BOOK = join(import.meta.dirname, "build", "book");
const LOOKS = join(import.meta.dirname, "build", "looks");
// Nothing listens there: every request is answered from the folder.
const HOST = "http://book.test/";
const WINDOWS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const SCHEMES = ["light", "dark"];
// What somebody searches for, and a page that has to be among the first five.
const SEARCHES = {
  retention: "PARAMETERS",
  rollback: "TROUBLESHOOTING",
  AdoptExisting: "SEMANTICS",
  "restore a volume": "RESTORE",
  uninstall: "LIFECYCLE",
};
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const ARGUMENTS = [...QUIET, "--no-sandbox", "--disable-component-update", "--disable-sync"];

const faults = [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
const pages = readdirSync(BOOK, { recursive: true }).filter((name) => name.endsWith(".html") && name !== "toc.html");
for (const [name, viewport] of Object.entries(WINDOWS)) {
  for (const colorScheme of SCHEMES) {
    const context = await browser.newContext({ viewport, colorScheme });
    await answer(context);
    const folder = join(LOOKS, `${name}-${colorScheme}`);
    mkdirSync(folder, { recursive: true });
    await look(await context.newPage(), `${name}, ${colorScheme}`, folder);
    await context.close();
  }
}
await search();
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages, ${Object.keys(WINDOWS).length * SCHEMES.length} looks at each: ${faults.length} faults`);
process.exitCode = faults.length ? 1 : 0;

/** Requests are answered from the book; of another host, none is made. */
async function answer(context) {
  await context.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (url.href.startsWith(HOST)) return route.fulfill({ path: join(BOOK, decodeURIComponent(url.pathname)) });
    faults.push(`another host is asked: ${url}`);
    return route.abort();
  });
}

async function look(tab, how, folder) {
  let path = "";
  tab.on("requestfailed", (request) => faults.push(`${path} lacks ${request.url()}`));
  tab.on("pageerror", (error) => faults.push(`${path}: ${error.message}`));
  for (path of pages) {
    await tab.goto(HOST + path);
    for (const what of await tab.evaluate(stickingOut)) faults.push(`${path} (${how}): ${what}`);
    await tab.screenshot({ path: join(folder, `${path.replaceAll("/", "-")}.png`) });
  }
}

/** In the page: what is wider than the window, and in nothing that can be moved sideways. mdBook hides the overflow of the
 * body, so the window's own measure does not tell. */
function stickingOut() {
  const moves = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const main = document.querySelector("main");
  const found = [];
  for (const element of main.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (box.right <= innerWidth + 0.5) continue;
    let around = element.parentElement;
    while (around !== main && !moves(around)) around = around.parentElement;
    if (around === main) found.push(`<${element.localName}> ends at ${Math.round(box.right)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return found;
}

async function search() {
  const context = await browser.newContext({ viewport: WINDOWS.phone });
  await answer(context);
  const tab = await context.newPage();
  for (const [words, page] of Object.entries(SEARCHES)) {
    await tab.goto(`${HOST}index.html?search=${encodeURIComponent(words)}`);
    const results = tab.locator("#mdbook-searchresults li a");
    await results.first().waitFor({ timeout: 5000 }).catch(() => {});
    const found = await results.evaluateAll((links) => links.slice(0, 5).map((link) => link.getAttribute("href")));
    if (!found.some((link) => link.includes(page))) faults.push(`a search for "${words}" finds ${found.join(", ") || "nothing"}`);
  }
  await tab.screenshot({ path: join(LOOKS, "search.png") });
}
