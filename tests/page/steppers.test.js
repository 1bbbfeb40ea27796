// Sessions and drawings that are stepped through, by mouse and by keyboard.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { launch, serve } from "./support/site.js";

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
    context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    page = await context.newPage();
    // Time passes when a test says so.
    await page.clock.install();
});

afterEach(() => context.close());

// The first figure on a page that has these steps.
async function open(name, steps) {
    await page.goto(site.url + name);
    return page.locator("figure", { has: page.locator(steps) }).first();
}

const SESSION = ["testing-the-server.html", ".line"];
const DRAWINGS = [["echo-server.html", "svg .step"], ["taking-turns.html", "svg .step"],
    ["room.html", "svg .step"], ["let-it-crash.html", "svg .step"]];

function button(figure, name) {
    return figure.getByRole("button", { name, exact: true });
}

// How many steps can be seen, and what the bar says of it.
async function state(figure, steps) {
    const seen = await figure.locator(steps).evaluateAll(all =>
        all.filter(one => getComputedStyle(one).visibility === "visible").length);
    const position = await figure.locator("output").textContent();
    assert.equal(position.split(" ")[0], String(seen), `the bar says "${position}"`);
    return seen;
}

for (const [name, steps] of [SESSION, ...DRAWINGS]) {
    test(`${name}: the mouse steps through ${steps}`, async () => {
        const figure = await open(name, steps);
        const all = await figure.locator(steps).count();
        assert.ok(all > 2, "there is something to step through");
        assert.equal(await state(figure, steps), all, "at first all is shown");
        await button(figure, "First step").click();
        assert.equal(await state(figure, steps), 1);
        await button(figure, "One step forward").click();
        await button(figure, "One step forward").click();
        assert.equal(await state(figure, steps), 3);
        await button(figure, "One step back").click();
        assert.equal(await state(figure, steps), 2);
        await button(figure, "All steps").click();
        assert.equal(await state(figure, steps), all);
        const forward = button(figure, "One step forward");
        assert.equal(await forward.getAttribute("aria-disabled"), "true");
        await forward.click({ force: true });
        assert.equal(await state(figure, steps), all, "there is nothing behind the end");
    });

    test(`${name}: the keyboard steps through ${steps}`, async () => {
        const figure = await open(name, steps);
        const all = await figure.locator(steps).count();
        await button(figure, "Play").focus();
        await page.keyboard.press("Home");
        assert.equal(await state(figure, steps), 1);
        await page.keyboard.press("ArrowLeft");
        assert.equal(await state(figure, steps), 1, "there is nothing before the beginning");
        await page.keyboard.press("ArrowRight");
        assert.equal(await state(figure, steps), 2);
        await page.keyboard.press("End");
        assert.equal(await state(figure, steps), all);
        assert.equal(page.url(), site.url + name, "mdBook has not turned the page");
        // From button to button, and to press one.
        await page.keyboard.press("Shift+Tab");
        await page.keyboard.press("Enter");
        assert.equal(await state(figure, steps), all - 1);
    });

    test(`${name}: ${steps} play, and can be paused`, async () => {
        const figure = await open(name, steps);
        const all = await figure.locator(steps).count();
        await button(figure, "Play").click();
        assert.equal(await state(figure, steps), 1);
        await page.clock.runFor(1300);
        assert.equal(await state(figure, steps), 2);
        await button(figure, "Pause").click();
        await page.clock.runFor(5000);
        assert.equal(await state(figure, steps), 2, "the pause holds");
        await button(figure, "Play").click();
        await page.clock.runFor(100_000);
        assert.equal(await state(figure, steps), all, "it plays to the end");
        await button(figure, "Play").waitFor();
    });
}

test("a click into a session gives it the arrow keys", async () => {
    const session = await open(...SESSION);
    await session.locator(".line").last().click();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await state(session, ".line"), await session.locator(".line").count() - 1);
});

test("a step shows its line in its terminal, and moves nothing", async () => {
    const session = await open(...SESSION);
    const boxes = () => session.locator(".line, .terminal").evaluateAll(all =>
        all.map(one => [one.offsetLeft, one.offsetTop, one.offsetWidth, one.offsetHeight]));
    const whole = await boxes();
    const lines = session.locator(".line");
    await button(session, "First step").click();
    assert.deepEqual(await boxes(), whole);
    for (let step = 1; step < await lines.count(); step += 1) {
        assert.match(await lines.nth(step - 1).getAttribute("class"), /now/);
        await button(session, "One step forward").click();
    }
});

test("each step is told to who does not see it", async () => {
    const session = await open(...SESSION);
    const position = session.locator("output");
    assert.equal(await position.getAttribute("aria-live"), "polite");
    await button(session, "First step").click();
    assert.match(await position.textContent(), /: server, run: .*cargo run$/);
});

test("the lines stand in the order of time, and say whose they are", async () => {
    const session = await open(...SESSION);
    const rows = await session.locator(".line").evaluateAll(all =>
        all.map(line => line.getBoundingClientRect().top));
    assert.deepEqual(rows, rows.toSorted((one, other) => one - other));
    for (const line of await session.locator(".line").all()) {
        assert.match(await line.textContent(), /^(server|client)(, run|, type|, press| prints): /);
    }
});

test("narrow, the terminals are stacked and hold their lines", async () => {
    await page.setViewportSize({ width: 400, height: 900 });
    const session = await open(...SESSION);
    const holds = await session.evaluate(session => {
        const frames = [...session.querySelectorAll(".terminal")];
        const boxes = frames.map(frame => frame.getBoundingClientRect());
        const stacked = boxes.every((box, i) => i === 0 || box.top >= boxes[i - 1].bottom);
        const inside = [...session.querySelectorAll(".line")].every(line => {
            const column = line.style.getPropertyValue("--column");
            const { top, bottom } = line.getBoundingClientRect();
            const box = boxes[column - 1];
            return box.top < top && bottom < box.bottom;
        });
        return { stacked, inside };
    });
    assert.deepEqual(holds, { stacked: true, inside: true });
});

test("a copy button copies what is typed in its terminal", async () => {
    const session = await open(...SESSION);
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await button(session, "Copy what you type in client").click();
    assert.equal(await copied(), "nc localhost 8000\nhello\n?\n123");
    // The keyboard copies as well, and the button says that it has.
    await button(session, "Copy what you type in server").focus();
    await page.keyboard.press("Enter");
    assert.equal(await copied(), "cargo run");
    await button(session, "Copied").waitFor();
});

test("the code and the command of a listing can be copied", async () => {
    await page.goto(`${site.url}server-module.html`);
    const listing = page.locator("figure.listing").nth(3);
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await listing.getByRole("button", { name: "Copy to clipboard" }).focus();
    await page.keyboard.press("Enter");
    assert.match(await copied(), /^async fn start\(/);
    await button(listing, "Copy cargo run --example step_1_listen").click();
    assert.equal(await copied(), "cargo run --example step_1_listen");
});

test("copy buttons can be seen without a mouse over them", async () => {
    await page.goto(`${site.url}server-log.html`);
    await page.mouse.move(0, 0);
    const hidden = await page.locator("pre .clip-button").evaluateAll(all => all.filter(one =>
        !one.checkVisibility({ opacityProperty: true, visibilityProperty: true })).length);
    assert.equal(hidden, 0);
});
