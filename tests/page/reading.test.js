// Reading without JavaScript, on paper, and without motion.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, launch, serve } from "./support/site.js";

let site;
let browser;

before(async () => {
    [site, browser] = await Promise.all([serve(), launch()]);
});

after(async () => {
    await browser.close();
    await site.close();
});

// The pages that have sessions, and how many lines those have.
async function pagesWithSessions() {
    const found = [];
    for (const file of await readdir(join(ROOT, "book"))) {
        if (!file.endsWith(".md")) {
            continue;
        }
        const text = await readFile(join(ROOT, "book", file), "utf8");
        const blocks = [...text.matchAll(/^```session.*\n([^]*?)^```/gm)];
        const lines = blocks.flatMap(([, block]) => block.trimEnd().split("\n"));
        if (lines.length > 0) {
            found.push([file.replace(/md$/, "html"), lines.length]);
        }
    }
    return found;
}

// How many lines of sessions can be seen.
function visible(page) {
    return page.locator(".session .line").evaluateAll(all => all.filter(line =>
        line.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && line.getBoundingClientRect().height > 10).length);
}

for (const [name, lines] of await pagesWithSessions()) {
    test(`${name} is whole without JavaScript`, async () => {
        const page = await browser.newPage({ javaScriptEnabled: false });
        await page.goto(site.url + name);
        assert.equal(await visible(page), lines);
        assert.equal(await page.locator("main button, main input").count(), 0, "nothing dead");
        await page.close();
    });

    test(`${name} is whole on paper, wherever its steppers stand`, async () => {
        const page = await browser.newPage();
        await page.goto(site.url + name);
        const first = page.locator(".session").getByRole("button", { name: "First step" });
        for (const button of await first.all()) {
            await button.click();
        }
        assert.equal(await visible(page), await first.count(), "each shows one line");
        await page.emulateMedia({ media: "print" });
        assert.equal(await visible(page), lines);
        const buttons = await page.locator("main button, main input").evaluateAll(all =>
            all.filter(one => one.checkVisibility()).length);
        assert.equal(buttons, 0, "paper has no buttons");
        await page.close();
    });
}

test("the page for printing has every session whole", async () => {
    const all = (await pagesWithSessions()).reduce((sum, [, lines]) => sum + lines, 0);
    const page = await browser.newPage();
    await page.goto(`${site.url}print.html`);
    await page.emulateMedia({ media: "print" });
    assert.equal(await visible(page), all);
    await page.close();
});

// Part I is what SUMMARY.md lists below its first title.
async function chapters() {
    const summary = await readFile(join(ROOT, "book/SUMMARY.md"), "utf8");
    const links = summary.split(/^# /m)[2].matchAll(/^- .*\((.+)\.md\)/gm);
    return [...links].map(([, name]) => `${name}.html`);
}

// Lists have nothing to run.
const WITHOUT_QUESTIONS = ["more-exercises.html", "further-reading.html"];

for (const name of ["introduction.html", ...await chapters()]) {
    test(`${name} asks before it answers`, async () => {
        for (const javaScriptEnabled of [true, false]) {
            const page = await browser.newPage({ javaScriptEnabled });
            await page.goto(site.url + name);
            const questions = page.locator("details.prediction");
            const asks = await questions.count() > 0;
            assert.equal(asks, !WITHOUT_QUESTIONS.includes(name), "there is a question");
            for (const question of await questions.all()) {
                await opensAndCloses(page, question);
            }
            await page.close();
        }
    });
}

async function opensAndCloses(page, question) {
    const answer = question.locator(":scope > p").first();
    assert.equal(await answer.isVisible(), false);
    await question.locator("summary").click({ position: { x: 4, y: 8 } });
    assert.equal(await answer.isVisible(), true);
    await question.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.equal(await answer.isVisible(), false);
}

test("an answer is printed, even if it was not opened", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}testing-the-server.html`);
    await page.emulateMedia({ media: "print" });
    const answers = page.locator("details.prediction > p");
    for (const answer of await answers.all()) {
        assert.equal(await answer.isVisible(), true);
    }
    await page.close();
});

test("nothing of ours moves by itself where motion is not wanted", async () => {
    for (const [reducedMotion, expected] of [["reduce", 0], ["no-preference", 1]]) {
        const page = await browser.newPage({ reducedMotion });
        await page.goto(`${site.url}testing-the-server.html`);
        const moving = await page.locator(".line, .step, .stepper *, .place").evaluateAll(all =>
            all.filter(one => {
                const { transitionDuration, animationName } = getComputedStyle(one);
                return transitionDuration !== "0s" || animationName !== "none";
            }).length);
        assert.equal(Math.sign(moving), expected, reducedMotion);
        // It plays all the same.
        await page.clock.install();
        const session = page.locator(".session").first();
        await session.getByRole("button", { name: "Play" }).click();
        await page.clock.runFor(3000);
        assert.match(await session.locator("output").textContent(), /^3 of /);
        await page.close();
    }
});

test("a picture says what it shows, and can be read on a telephone", async () => {
    const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
    await page.goto(`${site.url}print.html`);
    const drawings = await page.locator("svg.drawing").evaluateAll(all => all.map(svg => {
        const said = svg.getAttribute("aria-labelledby").split(" ")
            .map(id => svg.querySelector(`[id="${id}"]`)?.textContent ?? "");
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const sizes = [...svg.querySelectorAll("text")].map(text =>
            parseFloat(getComputedStyle(text).fontSize) * scale);
        return { said, smallest: Math.min(...sizes, 99), role: svg.getAttribute("role") };
    }));
    assert.ok(drawings.length >= 4);
    for (const { said, smallest, role } of drawings) {
        assert.equal(role, "img");
        assert.ok(said.length === 2 && said.every(text => text.length > 10), said.join());
        assert.ok(smallest >= 11, `${said[0]}: ${smallest} pixels`);
    }
    await page.close();
});
