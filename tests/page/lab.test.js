// The lab in a browser: the sessions of all pages, played by the lab and by a
// reader who does what the page says; listings, exercises, and ends of all
// kinds.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

import { BOOK, ROOT, launch, pages, shifts, watch } from "./support/site.js";
import { areGone, copyProject, startLab, startedBy, until } from "./support/lab.js";

const run = promisify(execFile);

// A session may have to wait for cargo.
const SESSION = 400_000;

// What a page does by itself.
const SOON = 10_000;

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const SERVER = "cargo run --bin server";
const PICTURE = "book/assets/lab.png";

// What somebody has typed in a live terminal.
const TYPED = ".lab-log .line:not(.printed)";

let lab;
let browser;

before(async () => {
    [lab, browser] = await Promise.all([startLab(), launch()]);
});

after(async () => {
    await browser?.close();
    await lab?.end();
});

// Who leaves a page stops what runs there.
const opened = new Set();
afterEach(async () => {
    await Promise.all([...opened].map(context => context.close()));
    opened.clear();
});

// ---- What a reader does ----

async function open(name, { at = lab, isShared = false, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    if (!isShared) {
        opened.add(context);
    }
    const page = await context.newPage();
    page.faults = watch(page, at.url);
    await page.goto(at.url + name);
    await page.locator("html.lab").waitFor({ timeout: SOON });
    return page;
}

// Nothing has gone wrong that a reader does not see.
function isWell(page) {
    assert.deepEqual(page.faults, []);
}

function button(place, name) {
    return place.getByRole("button", { name, exact: true });
}

function session(page, index) {
    return page.locator("figure.session").nth(index);
}

// A live terminal.
function terminal(place, name) {
    return place.locator(".lab-box").filter({ has: place.page().getByRole("log", { name, exact: true }) });
}

function printed(place, name, text) {
    return terminal(place, name).locator(".printed", { hasText: text }).first();
}

function typeIn(place, name) {
    return terminal(place, name).getByRole("textbox");
}

// Waits for the verdict, and returns it with all that the page says besides.
async function verdict(place) {
    const outcome = place.locator(".lab-outcome:not(:empty), .lab-remark:not(:empty)").first();
    await outcome.waitFor({ timeout: SESSION });
    return place.locator(".lab-play").innerText();
}

async function stop(place) {
    await button(place, "Stop").click();
    await button(place, "Run again").waitFor({ timeout: SOON });
}

// Opens one more client of what runs there, and says something that comes back.
async function visit(page, place, text) {
    await button(place, "+ netcat").click();
    await typeIn(place, "netcat-1").waitFor({ timeout: SOON });
    await page.keyboard.type(`${text}\n`);
    await printed(place, "netcat-1", text).waitFor({ timeout: SOON });
}

// Runs the book's server from a listing.
async function runServer(page) {
    const run = button(page, `Run ${SERVER}`).first();
    const listing = page.locator("figure.listing").filter({ has: run }).first();
    await run.click();
    await printed(listing, "terminal", "Listening on port").waitFor({ timeout: SESSION });
    return listing;
}

// ---- Sessions ----

// What stands behind the word `session` of each of a page's sessions. Pages that
// no file is behind have none.
async function sessionsOf(name) {
    try {
        const text = await readFile(join(ROOT, "book", name.replace(/html$/, "md")), "utf8");
        return [...text.matchAll(/^```session(.*)$/gm)].map(([, how]) => how);
    } catch {
        return [];
    }
}

// The site's own page is the introduction once more.
const names = (await pages()).filter(name => !["index.html", "print.html"].includes(name));
const sessions = new Map();
for (const name of names) {
    sessions.set(name, await sessionsOf(name));
}
const WITH_SESSIONS = names.filter(name => sessions.get(name).length > 0);

const summary = await readFile(join(ROOT, "book/SUMMARY.md"), "utf8");
const [, part] = summary.split(/^# Part.*$/m);
const PART_I = [...part.matchAll(/\(([^)]+)\.md\)/g)].map(([, name]) => `${name}.html`)
    .filter(name => WITH_SESSIONS.includes(name));

// There is one copy of the project, so what is played in it stands in a queue,
// beside the queue of all the rest.
const QUEUES = {
    "in the copy of the project": how => /,(copy|with=)/.test(how),
    "in the project": how => how === "",
};

function forEachSession(queue, pages, what, play) {
    for (const name of pages) {
        for (const [index, how] of sessions.get(name).entries()) {
            if (!QUEUES[queue](how)) {
                continue;
            }
            test(`${name}, session ${index + 1}: ${what}`, async () => {
                // The other queue's tests end while this one runs.
                const page = await open(name, { isShared: true });
                try {
                    const figure = session(page, index);
                    await play(page, figure);
                    await stop(figure);
                    await button(figure, "Back to the page").click();
                    assert.equal(await figure.locator(".lab-play").count(), 0);
                    assert.equal(await figure.locator("> .line").first().isVisible(), true);
                    isWell(page);
                } finally {
                    await page.context().close();
                }
            });
        }
    }
}

test("the pages have sessions, Part I has, and each stands in a queue", async () => {
    assert.ok(WITH_SESSIONS.length > 10);
    assert.ok(PART_I.length > 5);
    for (const name of WITH_SESSIONS) {
        const html = await readFile(join(BOOK, name), "utf8");
        const how = sessions.get(name);
        assert.equal(html.split("<figure class=\"session\"").length - 1, how.length, name);
        assert.ok(how.every(how => Object.values(QUEUES).filter(is => is(how)).length === 1), name);
    }
});

describe("every session", { concurrency: 2 }, () => {
    for (const queue of Object.keys(QUEUES)) {
        describe(queue, { concurrency: 1 }, () => {
            forEachSession(queue, WITH_SESSIONS, "what the lab types happens as the page says",
                async (page, figure) => {
                    await button(figure, "Watch").click();
                    assert.match(await verdict(figure), /✓ as the page says/);
                });

            forEachSession(queue, ["introduction.html", ...PART_I], "a reader types it and nothing else",
                async (page, figure) => {
                    const turns = await doItYourself(page, figure);
                    assert.ok(turns > 0, "there was something to type");
                    assert.match(await verdict(figure), /✓ as the page says/);
                });
        });
    }
});

// Does what the page says that the reader is to do, and nothing else.
async function takeTurn(page, figure, turn) {
    const [, todo, what] = (await turn.locator(".lab-due").innerText()).match(/^Your turn: (type|press|save the edit of) (.*)/s);
    const input = turn.getByRole("textbox");
    if (todo === "save the edit of") {
        await page.keyboard.press("Enter");
        return;
    }
    // Nobody has to look for the place to type in.
    assert.equal(await input.evaluate(input => input === document.activeElement), true);
    assert.match(await input.getAttribute("aria-label"), /Your turn/);
    if (todo === "press") {
        await page.keyboard.press(what.trim().replace("Ctrl-", "Control+").replace(/.$/, key => key.toLowerCase()));
    } else {
        await page.keyboard.insertText(what === "Enter" ? "" : await input.getAttribute("placeholder"));
        await page.keyboard.press("Enter");
    }
}

async function doItYourself(page, figure) {
    const turn = figure.locator(".lab-box[data-turn]");
    const done = figure.locator(".lab-outcome:not(:empty), .lab-remark:not(:empty)");
    const typed = figure.locator(TYPED);
    await button(figure, "Do it yourself").focus();
    await page.keyboard.press("Enter");
    for (let turns = 0; ; turns += 1) {
        await turn.or(done).first().waitFor({ timeout: SESSION });
        if (await done.count() > 0) {
            return turns;
        }
        assert.equal(await turn.count(), 1);
        await takeTurn(page, figure, turn);
        await until(async () => await typed.count() > turns, SESSION, () => figure.innerText());
    }
}

test("what is compared is counted, and the terminals are free at the end", async () => {
    const page = await open("introduction.html");
    const figure = session(page, 0);
    await doItYourself(page, figure);
    assert.match(await figure.locator(".lab-outcome").innerText(), /10 of 10/);
    assert.equal(await button(figure, "+ netcat").isEnabled(), true);
    isWell(page);
});

test("who types something else is free, and is told so", async () => {
    const page = await open("introduction.html");
    const figure = session(page, 0);
    await button(figure, "Do it yourself").click();
    const turn = name => figure.locator(".lab-box[data-turn]").and(terminal(figure, name));
    for (const name of ["server", "client"]) {
        await turn(name).waitFor({ timeout: SESSION });
        await takeTurn(page, figure, turn(name));
        await turn(name).waitFor({ state: "detached", timeout: SESSION });
    }
    await turn("client").waitFor({ timeout: SOON });
    await page.keyboard.type("something else\n");
    await printed(figure, "client", "something else").waitFor({ timeout: SOON });
    assert.match(await figure.locator(".lab-remark").innerText(), /something else/);
    assert.equal(await figure.locator("[data-turn]").count(), 0);
    // A server that runs can be visited.
    await visit(page, figure, "from a visitor");
    await stop(figure);
    isWell(page);
});

test("a command that is not the page's is refused", async () => {
    const page = await open("introduction.html");
    const figure = session(page, 0);
    await button(figure, "Do it yourself").click();
    await figure.locator("[data-turn]").waitFor({ timeout: SESSION });
    const before = await startedBy(lab.pid);
    await page.keyboard.type("touch /tmp/never\n");
    await figure.locator(".lab-remark:not(:empty)").waitFor({ timeout: SOON });
    assert.deepEqual(await startedBy(lab.pid), before);
    assert.equal(await figure.locator("[data-turn]").count(), 1, "it is still the reader's turn");
    await stop(figure);
    isWell(page);
});

test("arrow keys in a live terminal belong to it", async () => {
    const page = await open("introduction.html");
    const figure = session(page, 0);
    await button(figure, "Do it yourself").click();
    await figure.locator("[data-turn]").waitFor({ timeout: SESSION });
    await page.keyboard.type("ab");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.type("s?");
    assert.equal(await typeIn(figure, "server").inputValue(), "as?b");
    assert.equal(page.url(), `${lab.url}introduction.html`);
    await stop(figure);
    isWell(page);
});

test("an edit is tried in a copy, in the session behind it", async () => {
    const page = await open("accept-errors.html");
    const file = join(ROOT, "code/src/server.rs");
    const before = await readFile(file, "utf8");
    const edit = page.locator("figure.edit").first();
    await button(edit, "Try this edit").click();
    const figure = page.locator("figure.edit ~ figure.session").first();
    assert.match(await verdict(figure), /✓ as the page says/);
    assert.match(await figure.locator("ins").first().innerText(), /^\+.*let _ = time::sleep/);
    assert.match(await figure.locator("del").first().innerText(), /^-.*time::sleep.*await/);
    assert.equal(await readFile(file, "utf8"), before, "the reader's file is as it was");
    assert.equal(await figure.evaluate(figure => figure.contains(document.activeElement)), true);
    await stop(figure);
    isWell(page);
});

// ---- Listings ----

test("a server with its port in its code has netcats, too", async () => {
    const page = await open("echo-server.html");
    const command = "cargo run --example step_0_smallest";
    const run = button(page, `Run ${command}`).first();
    const listing = page.locator("figure.listing").filter({ has: run }).first();
    await run.click();
    await printed(listing, "terminal", "Listening on port 8000").waitFor({ timeout: SESSION });
    await visit(page, listing, "hello");
    await stop(listing);
    isWell(page);
});

test("a server runs below its listing, and netcat talks to it", async () => {
    const page = await open("server-module.html");
    const listing = await runServer(page);
    assert.equal(await listing.locator(".lab-counter").isVisible(), false, "nothing is counted");
    await visit(page, listing, "hello");
    await printed(listing, "terminal", "Got packet hello").waitFor({ timeout: SOON });
    await page.keyboard.press("Control+c");
    await printed(listing, "terminal", "Connection closed").waitFor({ timeout: SOON });
    await stop(listing);
    await button(listing, "Back to the page").click();
    assert.equal(await listing.locator(".lab-play").count(), 0);
    isWell(page);
});

// ---- Ends ----

async function endsWith(end) {
    const page = await open("server-module.html");
    const listing = await runServer(page);
    const processes = await startedBy(lab.pid);
    assert.ok(processes.some(({ name }) => name === "server"), "the server is one of them");
    await end(page, listing);
    await areGone(processes);
    return page;
}

test("Stop ends all processes", async () => {
    isWell(await endsWith((page, listing) => button(listing, "Stop").click()));
});

test("closing the tab ends all processes", async () => {
    isWell(await endsWith(page => page.close()));
});

test("leaving the page ends all processes", async () => {
    isWell(await endsWith(page => page.goto(`${lab.url}project.html`, { waitUntil: "commit" })));
});

for (const signal of ["SIGTERM", "SIGKILL"]) {
    test(`${signal} to the lab ends all processes, and the page is the plain book until it is back`, async () => {
        let listing;
        const { port } = lab;
        const page = await endsWith(async (_, there) => {
            listing = there;
            await lab.end(signal);
        });
        const news = text => page.getByRole("status").getByText(text);
        await news("The lab has gone; this is the plain book.").waitFor({ timeout: SOON });
        assert.equal(await listing.locator(".lab-play").count(), 0);
        const figure = session(page, 0);
        assert.equal(await figure.getByRole("button", { name: "Watch" }).isVisible(), false);
        await button(figure, "First step").click();
        assert.match(await figure.locator("output").textContent(), /^1 of/);
        lab = await startLab({ port });
        assert.equal(lab.port, port);
        await news("The lab is back.").waitFor({ timeout: SOON });
        await button(session(page, 0), "Watch").waitFor({ timeout: SOON });
    });
}

// ---- A copy of the project, to be spoilt ----

describe("in a copy of the project", () => {
    let copy;
    let there;

    before(async () => {
        copy = await copyProject();
        const file = join(copy.folder, "book/introduction.md");
        const text = await readFile(file, "utf8");
        assert.match(text, /^client \| hello$/m);
        await writeFile(file, text.replace(/^client \| hello$/m, "client | jello"));
        // From nothing, which takes longer than a session may.
        await run("cargo", ["build", "--quiet", "--package", "echo", "--bin", "server"], {
            cwd: copy.folder, env: { ...process.env, CARGO_TARGET_DIR: join(copy.folder, "target") },
        });
        there = await startLab({ root: copy.folder });
    });

    after(async () => {
        // Nobody writes into the folder any more when it is removed.
        const processes = await startedBy(there.pid);
        await there.end();
        await areGone(processes);
        await copy.remove();
    });

    test("a line that is not so is reported, expected beside got", async () => {
        const page = await open("introduction.html", { at: there });
        const figure = session(page, 0);
        await button(figure, "Watch").click();
        assert.match(await verdict(figure), /✗ not as the page says/);
        const group = name => figure.getByRole("group", { name, exact: true }).locator("samp");
        assert.equal(await group("Expected").innerText(), "jello");
        assert.equal(await group("Got").innerText(), "hello");
        assert.match(await figure.locator(".lab-differs").innerText(), /^Line 7, in client/);
        const faults = await violations(page);
        assert.deepEqual(faults, []);
        await stop(figure);
        isWell(page);
    });

    const PAGE = "exercises/01-shout.html";
    const FILE = "code/exercises/ex01-shout/src/lib.rs";
    const editor = page => page.getByRole("textbox", { name: "src/lib.rs" });
    const standing = (page, text) => page.locator(".lab-standing", { hasText: text });

    async function openExercise() {
        const page = await open(PAGE, { at: there });
        await page.locator(".lab-area:enabled").waitFor({ timeout: SOON });
        return page;
    }

    test("an exercise is failed, solved and passed in the page", async () => {
        const page = await openExercise();
        assert.equal(await editor(page).inputValue(), await readFile(join(copy.folder, FILE), "utf8"));
        await button(page, "Check").click();
        await standing(page, "failed").waitFor({ timeout: SESSION });
        assert.match(await page.locator(".lab-said").innerText(), /HELLO/);
        const list = await open("exercises.html", { at: there });
        await list.getByRole("listitem").filter({ hasText: "1. Shout backfails: shouts a word" }).first()
            .waitFor({ timeout: SOON });
        await list.context().close();
        for (const number of [1, 2, 3]) {
            await button(page, "Hint").focus();
            await page.keyboard.press("Enter");
            await page.getByText(`Hint ${number} of 3.`).waitFor({ timeout: SOON });
        }
        assert.equal(await button(page, "Solution").isVisible(), false);
        const solution = await readFile(join(copy.folder, "code/exercises/ex01-shout/variants/solution.rs"), "utf8");
        await editor(page).focus();
        await page.keyboard.press("Control+a");
        await page.keyboard.insertText(solution);
        await page.getByText("(not saved)").waitFor({ timeout: SOON });
        const tick = page.getByRole("checkbox", { name: /^Done: 1/ });
        assert.equal(await tick.isChecked(), false);
        await page.keyboard.press("Control+s");
        await standing(page, "passed").waitFor({ timeout: SESSION });
        assert.equal(await readFile(join(copy.folder, FILE), "utf8"), solution);
        assert.equal(await tick.isChecked(), true);
        assert.match(await page.locator("#mdbook-sidebar a[href$='exercises.html'] ~ .mark").first().textContent(), /1 done/);
        await button(page, "Solution").click();
        await page.getByText("A solution").waitFor({ timeout: SOON });
        // The reader's own word counts: the tick is set once for a pass.
        await tick.uncheck();
        await page.reload();
        await standing(page, "passed").waitFor({ timeout: SOON });
        assert.equal(await tick.isChecked(), false);
        await page.goto(`${there.url}exercises.html`);
        await page.getByRole("listitem").filter({ hasText: "1. Shout back✓ passed" }).first().waitFor({ timeout: SOON });
        isWell(page);
    });

    test("the editor knows Tab, Escape, Enter, and how to undo", async () => {
        const page = await openExercise();
        const text = await editor(page).inputValue();
        await editor(page).focus();
        await page.keyboard.press("Control+Home");
        await page.keyboard.press("Tab");
        await page.keyboard.type("// a");
        await page.keyboard.press("Enter");
        await page.keyboard.type("// b");
        assert.equal(await editor(page).inputValue(), `    // a\n    // b${text}`);
        await page.keyboard.press("ArrowRight");
        assert.equal(page.url(), there.url + PAGE, "mdBook has not turned the page");
        assert.equal(await page.locator(".lab-colours").textContent(), await editor(page).inputValue());
        for (let undone = 0; undone < 20 && await editor(page).inputValue() !== text; undone += 1) {
            await page.keyboard.press("Control+z");
        }
        assert.equal(await editor(page).inputValue(), text);
        await page.keyboard.press("Escape");
        await page.keyboard.press("Tab");
        assert.equal(await button(page, "Save").evaluate(save => save === document.activeElement), true);
        isWell(page);
    });

    test("a change on the disk is taken over, unless that would lose something", async () => {
        const page = await openExercise();
        const text = await editor(page).inputValue();
        await writeFile(join(copy.folder, FILE), `// from outside\n${text}`);
        await page.waitForFunction(() => document.querySelector(".lab-area").value.startsWith("// from outside"),
            null, { timeout: SOON });
        await editor(page).focus();
        await page.keyboard.press("Control+Home");
        await page.keyboard.type("// mine\n");
        await writeFile(join(copy.folder, FILE), `// again\n${text}`);
        await button(page, "Keep mine").click({ timeout: SOON });
        await button(page, "Save").click();
        await page.getByText("(not saved)").waitFor({ state: "detached", timeout: SOON });
        assert.match(await readFile(join(copy.folder, FILE), "utf8"), /^\/\/ mine\n\/\/ from outside\n/);
        await editor(page).focus();
        await page.keyboard.press("Control+Home");
        await page.keyboard.type("// lost\n");
        await writeFile(join(copy.folder, FILE), text);
        await button(page, "Take the file’s").click({ timeout: SOON });
        assert.equal(await editor(page).inputValue(), text);
        isWell(page);
    });

    for (const signal of ["SIGTERM", "SIGKILL"]) {
        test(`${signal} to the lab ends a check`, async () => {
            const page = await openExercise();
            await button(page, "Check").click();
            const processes = await until(async () => {
                const found = await startedBy(there.pid);
                return found.some(({ name }) => name === "cargo") && found;
            }, SOON, () => "no check has begun");
            await there.end(signal);
            await areGone(processes);
            there = await startLab({ root: copy.folder });
        });
    }

    test("who saves over somebody else's text is asked first", async () => {
        const one = await openExercise();
        const other = await openExercise();
        // The other page does not hear of it before it saves.
        await other.context().setOffline(true);
        for (const page of [one, other]) {
            await editor(page).focus();
            await page.keyboard.press("Control+Home");
            await page.keyboard.type(page === one ? "// one\n" : "// other\n");
        }
        await button(one, "Save").click();
        await one.getByText("(not saved)").waitFor({ state: "detached", timeout: SOON });
        await other.context().setOffline(false);
        await button(other, "Save").click({ timeout: SOON });
        await button(other, "Take the file’s").click({ timeout: SOON });
        assert.match(await editor(other).inputValue(), /^\/\/ one\n/);
    });
});

// ---- What the lab says, said by this test ----

// A page whose lab is this test.
async function openWith(says) {
    const context = await browser.newContext();
    opened.add(context);
    const page = await context.newPage();
    await page.routeWebSocket(/lab.socket/, socket => {
        const tell = message => socket.send(JSON.stringify(message));
        socket.onMessage(text => says(JSON.parse(text), tell));
        tell({ tell: "hello" });
    });
    await page.goto(`${lab.url}introduction.html`);
    await page.locator("html.lab").waitFor({ timeout: SOON });
    return page;
}

test("a terminal forgets its first lines, and says so", async () => {
    const page = await openWith(({ play }, tell) => {
        tell({ tell: "started", play, terminals: ["server"], steps: 0, port: null });
        for (let line = 1; line <= 700; line += 1) {
            tell({ tell: "printed", play, terminal: "server", text: `line ${line}` });
        }
    });
    const figure = session(page, 0);
    await button(figure, "Watch").click();
    await figure.getByText("line 700", { exact: true }).waitFor({ timeout: SOON });
    const lines = terminal(figure, "server").locator(".line");
    assert.equal(await lines.count(), 500);
    assert.equal(await lines.first().innerText(), "Earlier lines are gone.");
    assert.equal(await lines.last().evaluate(line => {
        const box = line.closest(".lab-log").getBoundingClientRect();
        return line.getBoundingClientRect().bottom <= box.bottom;
    }), true, "the last line can be seen");
});

test("a page that has changed is loaded anew, but not under a reader's hands", async () => {
    let news;
    const page = await openWith(({ play }, tell) => {
        news = tell;
        tell({ tell: "started", play, terminals: ["server"], steps: 1, port: null });
    });
    const pages = ["introduction.html"];
    await button(session(page, 0), "Watch").click();
    await session(page, 0).getByText("0 of 1", { exact: true }).waitFor({ timeout: SOON });
    news({ tell: "built", pages: ["project.html"] });
    news({ tell: "built", pages });
    await page.getByRole("status").getByText("This page has changed.").waitFor({ timeout: SOON });
    news({ tell: "over", play: 1, why: "" });
    const loaded = page.waitForEvent("load", { timeout: SOON });
    news({ tell: "built", pages });
    await loaded;
});

// ---- What it is for everybody ----

// What axe finds, in a light theme and a dark one.
async function violations(page) {
    await page.evaluate(AXE);
    const faults = [];
    for (const theme of ["light", "navy"]) {
        await page.evaluate(theme => document.getElementById(`mdbook-theme-${theme}`).click(), theme);
        const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
        faults.push(...violations.flatMap(({ id, nodes }) =>
            nodes.map(node => `${theme}: ${id}: ${node.target.join(" ")}: ${node.failureSummary}`)));
        const sideways = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `${theme}: ${sideways} pixels too wide`);
    }
    return faults;
}

for (const width of [400, 1280]) {
    const look = { viewport: { width, height: 900 }, reducedMotion: "reduce" };

    test(`everybody can use a session at ${width} pixels`, async () => {
        const page = await open("introduction.html", look);
        assert.deepEqual(await violations(page), []);
        const figure = session(page, 0);
        await button(figure, "Do it yourself").click();
        await figure.locator("[data-turn]").waitFor({ timeout: SESSION });
        assert.deepEqual(await violations(page), []);
        await stop(figure);
        assert.deepEqual(await violations(page), []);
        isWell(page);
    });

    test(`everybody can use an exercise at ${width} pixels`, async () => {
        const page = await open("exercises/02-count.html", look);
        await page.locator(".lab-area:enabled").waitFor({ timeout: SOON });
        await button(page, "Hint").click();
        await page.getByText("Hint 1 of 3.").waitFor({ timeout: SOON });
        assert.deepEqual(await violations(page), []);
        await page.goto(`${lab.url}exercises.html`);
        await page.locator(".lab-badge").first().waitFor({ timeout: SOON });
        assert.deepEqual(await violations(page), []);
    });

    // As the browser counts what moved while the page was loaded.
    for (const name of ["introduction.html", "server-module.html", "exercises.html", "exercises/01-shout.html"]) {
        test(`${name} does not move when the lab comes, at ${width} pixels`, async () => {
            const page = await open(name, look);
            if (name.includes("exercises")) {
                await page.locator(".lab-badge, .lab-area:enabled").first().waitFor({ timeout: SOON });
            }
            assert.deepEqual(await shifts(page), []);
            isWell(page);
        });
    }
}

test("on paper there is nothing of the lab", async () => {
    const page = await open("introduction.html");
    await button(session(page, 0), "Do it yourself").click();
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("[class^=lab-]:visible").count(), 0);
    assert.equal(await session(page, 0).locator("> .line").first().isVisible(), true);
    isWell(page);
});

test("the lab's script weighs less than 20 KiB, and its style sheet less than 8", async () => {
    for (const [file, most] of [["lab.js", 20 * 1024], ["lab.css", 9 * 1024]]) {
        const { size } = await stat(join(ROOT, "tools/lab/assets", file));
        assert.ok(size < most, `${file}: ${size} bytes`);
    }
});

test("the plain book has no trace of the lab", async () => {
    for (const name of await readdir(BOOK, { recursive: true })) {
        if (name.endsWith(".html")) {
            const html = await readFile(join(BOOK, name), "utf8");
            assert.doesNotMatch(html, /lab-digest|\/lab\/lab\./, name);
        }
    }
});

// In the middle of a session, as the introduction shows it.
test("the introduction shows a session that a reader plays", async () => {
    const page = await open("testing-the-server.html", {
        viewport: { width: 800, height: 1200 }, deviceScaleFactor: 2, colorScheme: "light",
    });
    const figure = session(page, 0);
    await button(figure, "Do it yourself").click();
    const turn = figure.locator(".lab-box[data-turn]");
    for (let turns = 0; turns < 4; turns += 1) {
        await turn.waitFor({ timeout: SESSION });
        await takeTurn(page, figure, turn);
        await until(async () => await figure.locator(TYPED).count() > turns, SESSION, () => figure.innerText());
    }
    await turn.waitFor({ timeout: SESSION });
    const boxes = await figure.locator(".lab-boxes").boundingBox();
    const bar = await figure.locator(".lab-bar").boundingBox();
    const clip = { ...boxes, height: bar.y + bar.height - boxes.y };
    const picture = await page.screenshot({ clip });
    await mkdir(join(ROOT, "target/page"), { recursive: true });
    await writeFile(join(ROOT, "target/page/lab.png"), picture);
    if (process.env.PICTURE === "overwrite") {
        await writeFile(join(ROOT, PICTURE), picture);
    }
    const shown = await readFile(join(ROOT, PICTURE));
    assert.equal(shown.subarray(1, 4).toString(), "PNG");
    await stop(figure);
    isWell(page);
});
