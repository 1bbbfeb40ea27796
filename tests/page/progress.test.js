// Ticks for what is done: by mouse and by keyboard, kept, shown, and cleared.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { BOOK, ROOT, launch, serve, watch } from "./support/site.js";

// The chapters of all parts, as the summary lists them.
const summary = await readFile(join(ROOT, "book/SUMMARY.md"), "utf8");
const parts = summary.slice(summary.indexOf("\n# Part"));
const CHAPTERS = [...parts.matchAll(/^- \[(.+)\]\((.+)\.md\)/gm)].map(([, title, name]) =>
    ({ title, name: `${name}.html` }));

let site;
let browser;
let context;
let page;

before(async () => {
    [site, browser] = await Promise.all([serve(), launch()]);
});

after(async () => {
    await browser.close();
    await site.close();
});

beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
});

afterEach(() => context.close());

const tick = page => page.getByRole("checkbox", { name: /^Done reading/ });
const progress = page => page.locator(".progress");

// What the sidebar shows behind a chapter.
function mark(page, name) {
    return page.locator(`.chapter > li > .chapter-link-wrapper:has(a[href$="${name}"]) .mark`);
}

test("every chapter says where it is", async () => {
    assert.ok(CHAPTERS.length >= 8);
    for (const [index, { name }] of CHAPTERS.entries()) {
        await page.goto(site.url + name);
        const text = await progress(page).textContent();
        assert.match(text, new RegExp(`You are here: ${index + 1} of ${CHAPTERS.length}`));
    }
});

test("a tick by mouse is kept, and shown in the sidebar of every page", async () => {
    const { name, title } = CHAPTERS[1];
    await page.goto(site.url + name);
    await page.getByText("Done reading").click();
    assert.equal(await mark(page, name).textContent(), "done ✓");
    await page.goto(`${site.url}files/server.html`);
    assert.equal(await mark(page, name).textContent(), "done ✓", title);
    assert.equal(await mark(page, CHAPTERS[0].name).textContent(), "");
    assert.match(await progress(page).textContent(), new RegExp(`1 of ${CHAPTERS.length} read`));
    await page.goto(site.url + name);
    assert.equal(await tick(page).isChecked(), true);
    await tick(page).uncheck();
    await page.reload();
    assert.equal(await tick(page).isChecked(), false);
});

test("a tick by keyboard", async () => {
    await page.goto(site.url + CHAPTERS[0].name);
    await tick(page).focus();
    await page.keyboard.press("Space");
    assert.equal(await mark(page, CHAPTERS[0].name).textContent(), "done ✓");
});

test("each exercise can be ticked off, and its list says so", async () => {
    for (const list of ["exercises", "more-exercises"]) {
        await page.goto(`${site.url}${list}.html`);
        const links = page.locator(`main li > a[href^='${list}/']`);
        const names = await links.evaluateAll(all => all.map(one => one.getAttribute("href")));
        assert.ok(names.length >= 3);
        for (const name of names.slice(0, 2)) {
            await page.goto(site.url + name);
            await page.getByRole("checkbox", { name: /^Done: / }).focus();
            await page.keyboard.press("Space");
        }
        await page.goto(`${site.url}${list}.html`);
        const behind = page.locator(`.chapter-link-wrapper:has(a[href="${list}.html"]) .mark`);
        assert.equal(await behind.textContent(), "2 done");
        const marks = await page.locator("main .mark").allTextContents();
        const expected = names.map((_, index) => index < 2 ? "done ✓" : "");
        assert.deepEqual(marks, expected);
    }
});

test("all ticks can be cleared, if the reader means it", async () => {
    await page.goto(site.url + CHAPTERS[0].name);
    const clear = page.getByRole("button", { name: "Clear all ticks" });
    assert.equal(await clear.isVisible(), false, "there is nothing to clear");
    await tick(page).check();
    page.once("dialog", dialog => dialog.dismiss());
    await clear.click();
    assert.equal(await tick(page).isChecked(), true);
    page.once("dialog", dialog => dialog.accept());
    await clear.focus();
    await page.keyboard.press("Enter");
    assert.equal(await tick(page).isChecked(), false);
    await page.reload();
    assert.equal(await tick(page).isChecked(), false);
});

test("another window sees the tick", async () => {
    const other = await context.newPage();
    await page.goto(site.url + CHAPTERS[0].name);
    await other.goto(site.url + CHAPTERS[1].name);
    await tick(page).check();
    const shown = await mark(other, CHAPTERS[0].name).elementHandle();
    await other.waitForFunction(mark => mark.textContent === "done ✓", shown);
});

test("ticks are kept without a server", async () => {
    const url = pathToFileURL(join(BOOK, CHAPTERS[0].name)).href;
    await page.goto(url);
    await tick(page).check();
    await page.reload();
    assert.equal(await tick(page).isChecked(), true);
});

test("where storage is denied, nothing breaks and a tick lasts as long as the page", async () => {
    const faults = watch(page, site.url);
    await page.addInitScript(() => {
        const denied = { get() { throw new DOMException("denied", "SecurityError"); } };
        Object.defineProperty(Window.prototype, "localStorage", denied);
        Object.defineProperty(window, "localStorage", denied);
    });
    await page.goto(site.url + CHAPTERS[0].name);
    const isDenied = await page.evaluate(() => {
        try { return !localStorage; } catch { return true; }
    });
    assert.equal(isDenied, true);
    await tick(page).check();
    assert.equal(await mark(page, CHAPTERS[0].name).textContent(), "done ✓");
    assert.match(await progress(page).textContent(), /1 of/);
    assert.deepEqual(faults, []);
});

test("what somebody else has stored breaks nothing", async () => {
    const faults = watch(page, site.url);
    await page.addInitScript(() => localStorage.setItem("the-echo-server.done", "{"));
    await page.goto(site.url + CHAPTERS[0].name);
    await tick(page).check();
    assert.deepEqual(faults, []);
});

test("the sidebar and its folds can be worked by keyboard", async () => {
    await page.goto(`${site.url}files.html`);
    const fold = page.getByRole("button", { name: /^Pages of .*The files/ });
    const inside = page.locator("#mdbook-sidebar a[href$='files/server.html']");
    const before = await inside.isVisible();
    await fold.focus();
    await page.keyboard.press("Enter");
    assert.equal(await inside.isVisible(), !before);
    assert.equal(await fold.getAttribute("aria-expanded"), String(!before));
    const toggle = page.getByRole("button", { name: "Toggle Table of Contents" });
    assert.equal(await toggle.getAttribute("aria-expanded"), "true");
    await toggle.focus();
    await page.keyboard.press("Enter");
    await page.locator("#mdbook-sidebar").waitFor({ state: "hidden" });
    assert.equal(await toggle.getAttribute("aria-expanded"), "false");
});
