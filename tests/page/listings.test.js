// Listings lead to their files, and the files back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, pages, serve } from "./support/site.js";

let site;
let browser;

before(async () => {
    [site, browser] = await Promise.all([serve(), launch()]);
});

after(async () => {
    await browser.close();
    await site.close();
});

// The text of the lines over which the place that the address names lies.
function marked(page) {
    return page.evaluate(() => {
        const place = document.querySelector(".place:target");
        const code = place.closest(".lines").querySelector("code");
        const style = getComputedStyle(code);
        const top = code.getBoundingClientRect().top + parseFloat(style.paddingTop);
        const height = parseFloat(style.lineHeight);
        const box = place.getBoundingClientRect();
        const first = Math.round((box.top - top) / height);
        const count = Math.round(box.height / height);
        return code.textContent.split("\n").slice(first, first + count).join("\n");
    });
}

// The code without the margin that a listing takes off.
function flush(code) {
    const lines = code.trimEnd().split("\n");
    const margins = lines.filter(line => line.trim()).map(line => line.search(/\S/));
    return lines.map(line => line.slice(Math.min(...margins))).join("\n");
}

// What a file adds to another. Its caption leads to both files.
const DIFF = "figure.listing:has(code.language-diff)";

for (const name of (await pages()).filter(name => !/^(files\/|print|index)/.test(name))) {
    test(`${name}: each caption leads to the lines of its listing`, async () => {
        const page = await browser.newPage();
        await page.goto(site.url + name);
        const listings = await page.locator(`figure.listing[id]:not(${DIFF})`).all();
        const found = [];
        for (const listing of listings) {
            const [id, link, code] = await Promise.all([
                listing.getAttribute("id"),
                listing.locator("figcaption a").evaluate(a => a.href),
                listing.locator("pre code").textContent(),
            ]);
            found.push({ id, link, code });
        }
        for (const { id, link, code } of found) {
            await page.goto(link);
            assert.equal(flush(await marked(page)), flush(code), id);
            const back = page.locator(".place:target a");
            assert.equal(await back.isVisible(), true, `${id}: a way back can be seen`);
            assert.ok((await back.evaluate(a => a.href)).endsWith(`${name}#${id}`));
        }
        await page.close();
    });
}

test("a file lists its listings, and leads back to each", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}files/mine-examples-step_3_spawn.html`);
    const entry = page.locator(".shown-on li", { hasText: "accept_loop" });
    await entry.getByRole("link", { name: "The server module" }).click();
    assert.ok(page.url().endsWith("/server-module.html#listing-mine-examples-step_3_spawn-accept_loop"));
    await page.locator("figure.listing:target pre").waitFor();
    await page.close();
});

test("a link marks its place without JavaScript", async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(`${site.url}server-module.html`);
    await page.locator("#listing-mine-examples-step_2_echo-client_loop figcaption a").click();
    await page.locator(".place:target a", { hasText: "The server module" }).waitFor();
    assert.match(await marked(page), /^async fn client_loop/);
    await page.close();
});

test("the links lead to the same places on the page for printing", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}print.html`);
    const lost = await page.evaluate(diff => [...document.querySelectorAll(".listing figcaption a")]
        .filter(link => {
            const target = document.getElementById(link.hash.slice(1));
            if (link.closest(diff)) {
                return !target || !link.textContent.endsWith(target.textContent.trim());
            }
            const file = target?.closest("figure")?.querySelector("figcaption code");
            return file?.textContent !== link.textContent;
        })
        .map(link => link.href), DIFF);
    assert.deepEqual(lost, []);
    await page.close();
});

test("what a program adds leads to both files", async () => {
    const page = await browser.newPage();
    for (const file of ["drained", "logged"]) {
        await page.goto(`${site.url}draining.html`);
        await page.locator(DIFF).getByRole("link", { name: `code/src/bin/${file}.rs` }).click();
        assert.ok(page.url().endsWith(`/files/bin-${file}.html`));
    }
    await page.close();
});

test("an edit leads to its file, and its session says when it is made", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}recompiling.html`);
    const edit = page.locator("figure.edit").first();
    assert.match(await edit.locator("pre code").textContent(), /^\+println!/m);
    const line = page.locator(".session .edit").first();
    assert.equal(await line.textContent(), "editor, save the edit of: code/src/client.rs");
    assert.equal(await page.getByRole("button", { name: "in editor" }).count(), 0, "nothing is typed there");
    await edit.getByRole("link", { name: "code/src/client.rs" }).click();
    assert.ok(page.url().endsWith("/files/client.html"));
    await page.close();
});
