// Pictures of a page in each theme, to be looked at, and the one in the README.
//
// They are not compared with earlier ones: another font or another browser
// would be a difference that no reader minds. `PICTURE=overwrite` takes the
// README's picture anew.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, THEMES, launch, serve } from "./support/site.js";

const FOLDER = join(ROOT, "target/page");
const PICTURE = "tests/page/picture.png";

let site;
let browser;

before(async () => {
    [site, browser] = await Promise.all([serve(), launch()]);
    await mkdir(FOLDER, { recursive: true });
});

after(async () => {
    await browser.close();
    await site.close();
});

// A session in the middle of its story, with the sidebar beside it.
async function open(theme, width) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.addInitScript(theme => {
        localStorage.setItem("mdbook-theme", theme);
        localStorage.setItem("the-echo-server.done", '["echo-server.html", "server-module.html"]');
    }, theme);
    await page.goto(`${site.url}testing-the-server.html`);
    const session = page.locator(".session").first();
    await session.getByRole("button", { name: "Play" }).focus();
    for (const key of ["Home", ...Array(9).fill("ArrowRight")]) {
        await page.keyboard.press(key);
    }
    await page.evaluate(() => {
        document.activeElement.blur();
        scrollTo(0, 0);
    });
    return page;
}

for (const theme of THEMES) {
    for (const width of [400, 1280, 1920]) {
        test(`a picture of ${theme} at ${width} pixels`, async () => {
            const page = await open(theme, width);
            const path = join(FOLDER, `${theme}-${width}.png`);
            await page.screenshot({ path, fullPage: true });
            assert.ok((await stat(path)).size > 10_000, "there is something to see");
            await page.close();
        });
    }
}

test("the README shows a page", async () => {
    const path = join(ROOT, PICTURE);
    if (process.env.PICTURE === "overwrite") {
        const page = await open("light", 1280);
        await page.screenshot({ path });
        await page.close();
    }
    const picture = await readFile(path);
    assert.equal(picture.subarray(1, 4).toString(), "PNG");
    const readme = await readFile(join(ROOT, "README.md"), "utf8");
    assert.match(readme, new RegExp(`!\\[[^\\]]{20,}\\]\\(${PICTURE}\\)`));
});
