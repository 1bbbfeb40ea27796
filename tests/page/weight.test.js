// What the look costs: bytes, movement, and time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { BOOK, ROOT, isLikeAnother, launch, pages, serve, shifts } from "./support/site.js";

const run = promisify(execFile);

const ASSETS = ["book/assets/book.css", "book/assets/book.js"];

let site;
let slow;
let browser;

before(async () => {
    [site, slow, browser] = await Promise.all([serve(), serve(BOOK, sendSlowly), launch()]);
});

after(async () => {
    await browser.close();
    await slow.close();
    await site.close();
});

test("our style sheet and script weigh less than 30 KiB", async () => {
    const sizes = await Promise.all(ASSETS.map(async file => (await stat(join(ROOT, file))).size));
    const sum = sizes.reduce((one, other) => one + other);
    console.log(`${ASSETS.join(" and ")}: ${sizes.join(" + ")} = ${sum} bytes`);
    assert.ok(sum < 30 * 1024, `${sum} bytes`);
});

// Less than a session or a table, so that each is painted before it is whole.
const PIECE = 1024;

// As high as the longest page: what cannot be seen does not count as moved.
const HEIGHT = 40_000;

// What is still to be sent of the page that loads.
let pieces = [];

// Sends a page up to its text. The rest is sent by `loadSlowly`.
function sendSlowly(response, body) {
    if (response.getHeader("content-type") !== "text/html") {
        response.end(body);
        return;
    }
    const text = body.indexOf("<main>");
    const count = Math.ceil((body.length - text) / PIECE);
    pieces = Array.from({ length: count }, (_, index) => {
        const start = text + index * PIECE;
        return () => response.write(body.subarray(start, start + PIECE));
    });
    pieces.push(() => response.end());
    response.write(body.subarray(0, text));
}

// Loads a page as the slowest network would: what has come is painted before
// more comes, and pictures come last. So what can move in between does.
async function loadSlowly(page, url) {
    const text = new Promise(whole => page.once("domcontentloaded", whole));
    await page.route("**/*.png", async route => {
        await text;
        await route.continue();
    });
    await page.goto(url, { waitUntil: "commit" });
    for (const send of pieces) {
        await page.evaluate(() => new Promise(painted =>
            requestAnimationFrame(() => requestAnimationFrame(painted))));
        send();
    }
    await page.waitForLoadState("load");
    await page.evaluate(() => document.fonts.ready);
}

// Pages of one make move alike.
const names = await pages();
for (const name of names.filter(name => name !== "print.html" && !isLikeAnother(name, names))) {
    test(`${name} does not move while it loads`, async () => {
        for (const width of [400, 1280]) {
            const page = await browser.newPage({ viewport: { width, height: HEIGHT } });
            // What has been ticked is shown from the beginning.
            await page.addInitScript(name => localStorage.setItem(
                "the-echo-server.done", JSON.stringify([name, "exercises/01-shout.html"]),
            ), name);
            await loadSlowly(page, slow.url + name);
            assert.deepEqual(await shifts(page), [], `${width} pixels`);
            await page.close();
        }
    });
}

// The same chapters, with their figures and sessions, in mdBook's own clothes.
async function untouched() {
    const folder = await mkdtemp(join(tmpdir(), "untouched-"));
    const command = { cwd: ROOT, env: {
        ...process.env,
        MDBOOK_OUTPUT__MARKDOWN: "{}",
        MDBOOK_BUILD__BUILD_DIR: join(folder, "rendered"),
    } };
    await run("mdbook", ["build"], command);
    await cp(join(folder, "rendered/markdown"), join(folder, "src"), { recursive: true });
    await cp(join(ROOT, "book/SUMMARY.md"), join(folder, "src/SUMMARY.md"));
    await writeFile(join(folder, "book.toml"), [
        "[book]", "title = \"The Echo Server\"", "[build]", "build-dir = \"site\"",
        "[output.html.playground]", "runnable = false", "",
    ].join("\n"));
    await run("mdbook", ["build", folder]);
    return { folder, site: await serve(join(folder, "site")) };
}

async function firstPaint(url) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "load" });
    const time = await page.evaluate(() => new Promise(resolve => {
        const found = list => list.getEntries().find(({ name }) => name === "first-contentful-paint");
        new PerformanceObserver((list, observer) => {
            if (found(list)) {
                observer.disconnect();
                resolve(found(list).startTime);
            }
        }).observe({ type: "paint", buffered: true });
    }));
    await context.close();
    return time;
}

async function longest() {
    const names = (await pages()).filter(name => name !== "print.html");
    const sizes = await Promise.all(names.map(async name => (await stat(join(BOOK, name))).size));
    return names[sizes.indexOf(Math.max(...sizes))];
}

function median(times) {
    return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
}

// A busy machine delays both alike, since they take turns. What is left is
// noise in one direction only, so the fastest loads are compared, and measured
// until they agree or have had every chance to. One load in some dozens is much
// faster than the others, and each of the two must have had such a one.
test("the longest page is painted as early as in mdBook's own clothes", async () => {
    const plain = await untouched();
    const name = await longest();
    const ours = [];
    const theirs = [];
    const slower = () => Math.min(...ours) / Math.min(...theirs) - 1;
    for (let round = 0; round < 160; round += 1) {
        theirs.push(await firstPaint(plain.site.url + name));
        ours.push(await firstPaint(site.url + name));
        if (round >= 10 && slower() <= 0.1) {
            break;
        }
    }
    const show = times => `${Math.min(...times).toFixed(0)} ms at best, ${median(times).toFixed(0)} in the median`;
    console.log(`${name}, ${ours.length} loads each: ours ${show(ours)}; mdBook's ${show(theirs)}`);
    await plain.site.close();
    await rm(plain.folder, { recursive: true });
    assert.ok(slower() <= 0.1, `${(slower() * 100).toFixed(1)} % later`);
});
