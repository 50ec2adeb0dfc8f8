// Opens pages in a headless Chromium as readers do, and looks: at three widths, in light and dark, and
// printed. Ends with 1 if a page asks for anything, says anything on its console, or breaks a rule of axe.
//
//     node look.mjs CHROMIUM FOLDER PAGE...
//
// FOLDER gets a picture for each width and scheme, and a PDF for each page. axe-core and puppeteer-core are
// found where NODE_PATH or the nearest node_modules has them (make pages installs them into .pages).
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "here.js"));
const puppeteer = require("puppeteer-core");
const axe = require("axe-core");

const WIDTHS = [400, 1000, 1600];
const SCHEMES = ["light", "dark"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// A picture of more is of no use to anybody, and one customer is made as the other is: axe takes minutes for 500.
const TALLEST = 12000;
const BEYOND = ".portfolio tr:nth-child(n+40), .customer:nth-of-type(n+20), .action:nth-of-type(n+40), .scroll tr:nth-child(n+60)";

const [chromium, folder, ...pages] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const wrong = [];

async function opened(file, width, scheme) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const address = pathToFileURL(resolve(file)).href;
  page.on("request", (request) => request.url() === address || wrong.push(`${file}: asks for ${request.url()}`));
  page.on("console", (message) => wrong.push(`${file}: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`${file}: ${error.message}`));
  const begun = performance.now();
  await page.goto(address);
  return [page, performance.now() - begun];
}

async function seen(file, width, scheme) {
  const name = basename(file, ".html");
  const [page, milliseconds] = await opened(file, width, scheme);
  const shot = async (state) => {
    const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    if (size[0] > width) wrong.push(`${file}: is ${size[0]} wide at ${width}, ${state}`);
    const clip = { x: 0, y: 0, width, height: Math.min(size[1], TALLEST) };
    await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}-${state}.png`), clip, captureBeyondViewport: true });
  };
  await shot("closed");
  await page.evaluate((most) => {
    [...document.querySelectorAll("details")].slice(0, most).forEach((part) => { part.open = true; });
  }, 300);
  await shot("open");
  await page.evaluate(axe.source);
  await page.evaluate((beyond) => document.querySelectorAll(beyond).forEach((part) => part.remove()), BEYOND);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), RULES);
  for (const rule of violations) {
    const where = rule.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ") + ` ${rule.nodes[0].failureSummary}`;
    wrong.push(`${file} at ${width}, ${scheme}: ${rule.id}: ${rule.help}: ${where}`);
  }
  console.log(`${name} ${width} ${scheme}: ${Math.round(milliseconds)} ms, ${violations.length} violations`);
  await page.close();
}

for (const file of pages) {
  for (const width of WIDTHS) for (const scheme of SCHEMES) await seen(file, width, scheme);
  const [page] = await opened(file, 1000, "dark");
  await page.pdf({ path: join(folder, `${basename(file, ".html")}.pdf`), preferCSSPageSize: true });
  await page.close();
}
await browser.close();
[...new Set(wrong)].forEach((line) => console.error(line));
process.exit(wrong.length ? 1 : 0);
