// The built book, served as `mdbook serve` would, and the browser it is read in.

import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";

import { chromium } from "playwright-core";

// The project's folder, and the book that `mdbook build` has put there.
export const ROOT = resolve(import.meta.dirname, "../../..");
export const BOOK = join(ROOT, "target/book");

// The themes that mdBook offers.
export const THEMES = ["light", "rust", "coal", "navy", "ayu"];

const TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
};

// Serves a folder on a free port, to this machine only. How a file is sent is
// the caller's choice.
export async function serve(folder = BOOK, send = (response, body) => response.end(body)) {
    const server = createServer(async (request, response) => {
        const path = decodeURIComponent(new URL(request.url, "http://book").pathname);
        try {
            const body = await readFile(join(folder, path));
            response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain");
            send(response, body);
        } catch {
            response.statusCode = 404;
            response.end();
        }
    });
    await new Promise(listening => server.listen(0, "127.0.0.1", listening));
    return {
        url: `http://127.0.0.1:${server.address().port}/`,
        close: () => new Promise(closed => {
            server.close(closed);
            server.closeAllConnections();
        }),
    };
}

// Debian's Chromium, which must neither update itself nor call home.
export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    });
}

// Every page of the book. The frame that holds the table of contents for
// readers without JavaScript is none.
export async function pages() {
    const files = await readdir(BOOK, { recursive: true });
    const names = files.filter(file => file.endsWith(".html") && file !== "toc.html");
    if (names.length < 10) {
        throw new Error(`the book in ${relative(ROOT, BOOK)} is not built`);
    }
    return names.sort();
}

// Pages of one make, of whole files and of exercises, differ in their text
// only. This is one that is not the first of its make.
export function isLikeAnother(name, names) {
    const make = [/^files\//, /\/\d\d-/].find(make => make.test(name));
    return make !== undefined && names.find(other => make.test(other)) !== name;
}

// What must not happen on a page: errors, and requests to anybody else.
export function watch(page, url) {
    const faults = [];
    page.on("console", message => {
        if (["error", "warning"].includes(message.type())) {
            faults.push(`console: ${message.text()}`);
        }
    });
    page.on("pageerror", error => faults.push(`error: ${error.message}`));
    page.on("requestfailed", request => faults.push(`failed: ${request.url()}`));
    page.on("response", response => {
        if (response.status() >= 400) {
            faults.push(`${response.status()}: ${response.url()}`);
        }
    });
    page.on("request", request => {
        if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
            faults.push(`elsewhere: ${request.url()}`);
        }
    });
    return faults;
}

// Everything that moved while the page was loaded, as the browser counts it.
export function shifts(page) {
    return page.evaluate(() => new Promise(resolve => {
        const found = [];
        const note = list => list.getEntries().forEach(entry => {
            const nodes = entry.sources.map(({ node }) => node?.className || node?.nodeName);
            found.push(`${entry.value}: ${nodes.join(", ")}`);
        });
        const observer = new PerformanceObserver(note);
        observer.observe({ type: "layout-shift", buffered: true });
        // Two frames later, all that the load has caused is in the list.
        requestAnimationFrame(() => requestAnimationFrame(() => {
            note({ getEntries: () => observer.takeRecords() });
            resolve(found);
        }));
    }));
}
