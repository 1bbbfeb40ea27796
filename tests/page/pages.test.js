// What must hold of every page, in every theme and at every width.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { BOOK, THEMES, isLikeAnother, launch, pages, serve, watch } from "./support/site.js";

// A telephone, a small notebook, a desk. Below 1080 pixels mdBook folds the
// sidebar away.
const WIDTHS = [400, 1280, 1920];

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site;
let browser;

before(async () => {
    [site, browser] = await Promise.all([serve(), launch()]);
});

after(async () => {
    await browser.close();
    await site.close();
});

// One load of the page serves all themes. They are chosen from mdBook's menu,
// since it does more than to change a class: it switches the style sheet of the
// code, too.
async function inTheme(page, theme) {
    await page.evaluate(theme => {
        document.getElementById(`mdbook-theme-${theme}`).click();
    }, theme);
}

// What is wider than its room: the page itself, or a box in it that would
// scroll and is not made for it.
function sideways(page) {
    return page.evaluate(() => {
        const boxes = [document.scrollingElement, document.querySelector(".content")];
        return boxes
            .filter(box => box.scrollWidth > box.clientWidth)
            .map(box => `${box.className || box.tagName}: ${box.scrollWidth} > ${box.clientWidth}`);
    });
}

// A theme changes colours only, so all other rules are asked in one theme.
async function violations(page, theme) {
    await inTheme(page, theme);
    const options = { resultTypes: ["violations"] };
    if (theme !== THEMES[0]) {
        options.runOnly = ["color-contrast", "link-in-text-block"];
    }
    const found = await page.evaluate(options => axe.run(options), options);
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(node => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

// What is wrong with a page at a width.
async function faultsAt(width, name, themes) {
    // Without animations, no colour is on its way to another.
    const context = await browser.newContext({
        viewport: { width, height: 900 }, reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const seen = watch(page, site.url);
    await page.goto(site.url + name);
    await page.evaluate(AXE);
    const faults = (await sideways(page)).map(fault => `${width}: ${fault}`);
    for (const theme of themes) {
        const found = await violations(page, theme);
        faults.push(...found.map(fault => `${width}, ${theme}: ${fault}`));
    }
    await context.close();
    return [...faults, ...seen];
}

// What all pages of a make have in common is tried on the first of them. On the
// others the ends are enough: the narrowest and a wide one, the lightest theme
// and the darkest.
const names = await pages();
for (const name of names) {
    const [widths, themes] = isLikeAnother(name, names)
        ? [WIDTHS.slice(0, 2), [THEMES[0], THEMES.at(-1)]]
        : [WIDTHS, THEMES];
    test(`${name} can be read by everybody`, async () => {
        const faults = await Promise.all(widths.map(width => faultsAt(width, name, themes)));
        assert.deepEqual(faults.flat(), []);
    });

    // The page for what is not there is for servers only.
    test(`${name} works without a server`, { skip: name === "404.html" }, async () => {
        const page = await browser.newPage();
        const faults = watch(page, pathToFileURL(BOOK).href);
        await page.goto(pathToFileURL(join(BOOK, name)).href, { waitUntil: "load" });
        assert.deepEqual(faults, []);
        await page.close();
    });
}
