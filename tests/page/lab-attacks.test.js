// The lab starts processes because a page asks for it. These are all who must
// not be able to: other sites, other names, other users' tokens, and pages that
// ask for what the book does not say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "./support/site.js";
import { startLab, startedBy, until } from "./support/lab.js";

const SOON = 10_000;

let lab;
let cookie;
let oldCookie;
// What our own page says it is.
let digest;

before(async () => {
    const before = await startLab();
    oldCookie = await askForCookie(before);
    await before.end();
    lab = await startLab({ port: before.port });
    assert.equal(lab.port, before.port);
    cookie = await askForCookie(lab);
    const { text } = await get("/introduction.html");
    [, digest] = text.match(/name="lab-digest" content="(\d+)"/);
});

after(() => lab?.end());

// ---- Raw HTTP ----

// Sends a request as it is written, and returns the answer's head and body.
async function request(head, { port = lab.port } = {}) {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(SOON, () => socket.destroy(new Error("no answer")));
    socket.write(head.join("\r\n") + "\r\n\r\n");
    const parts = [];
    for await (const part of socket) {
        parts.push(part);
    }
    const [, status, rest] = Buffer.concat(parts).toString().match(/^HTTP\/1\.1 (\d+)(.*)$/s);
    return { status: Number(status), text: rest };
}

function get(path, headers = [`Host: ${lab.host}`]) {
    return request([`GET ${path} HTTP/1.1`, "Connection: close", ...headers]);
}

async function askForCookie(at) {
    const { text } = await request(
        ["GET /introduction.html HTTP/1.1", `Host: ${at.host}`, "Connection: close"], { port: at.port });
    return text.match(/set-cookie: ([^;]+);/i)[1];
}

// ---- A WebSocket of our own, since a browser's would be too polite ----

function frame(kind, payload) {
    const mask = randomBytes(4);
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
    const size = payload.length;
    const head = size < 126
        ? [0x80 | kind, 0x80 | size]
        : [0x80 | kind, 0x80 | 127, ...[56, 48, 40, 32, 24, 16, 8, 0].map(bits => Math.floor(size / 2 ** bits) & 255)];
    return Buffer.concat([Buffer.from(head), mask, masked]);
}

// The texts in what has come so far, and how much of it they are.
function unframe(data) {
    const texts = [];
    let at = 0;
    while (data.length >= at + 2) {
        const short = data[at + 1];
        const head = short === 127 ? 10 : short === 126 ? 4 : 2;
        if (data.length < at + head) {
            break;
        }
        const size = short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short === 126 ? data.readUInt16BE(at + 2) : short;
        if (data.length < at + head + size) {
            break;
        }
        if ((data[at] & 15) === 1) {
            texts.push(data.subarray(at + head, at + head + size).toString());
        }
        at += head + size;
    }
    return { texts, rest: data.subarray(at) };
}

const OURS = Symbol("what our own page sends");

// Opens a socket with these headers. `opened` is whether the lab has let us in.
async function open({ host = OURS, origin = OURS, token = OURS, page = "introduction.html", says = digest } = {}) {
    const or = (given, ours) => given === OURS ? ours : given;
    const key = randomBytes(16).toString("base64");
    const headers = [
        ["Host", or(host, lab.host)],
        ["Origin", or(origin, `http://${lab.host}`)],
        ["Cookie", or(token, cookie)],
    ].filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`);
    const socket = connect(lab.port, "127.0.0.1");
    socket.setTimeout(SOON, () => socket.destroy());
    socket.on("error", () => {});
    socket.write([
        `GET /lab/socket?page=${page}&digest=${says} HTTP/1.1`,
        "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`, ...headers, "", "",
    ].join("\r\n"));
    const page_ = { socket, told: [], isOpen: null, isClosed: false };
    let data = Buffer.alloc(0);
    socket.on("data", part => {
        data = Buffer.concat([data, part]);
        if (page_.isOpen === null && data.includes("\r\n\r\n")) {
            const end = data.indexOf("\r\n\r\n") + 4;
            page_.status = Number(data.subarray(9, 12).toString());
            page_.isOpen = page_.status === 101;
            if (page_.isOpen) {
                const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
                assert.ok(data.subarray(0, end).includes(accept));
            }
            data = data.subarray(end);
        }
        if (page_.isOpen) {
            const { texts, rest } = unframe(data);
            page_.told.push(...texts.map(text => JSON.parse(text)));
            data = rest;
        }
    });
    socket.on("close", () => { page_.isClosed = true; });
    await until(() => page_.isOpen !== null || page_.isClosed, SOON, () => "no answer to the handshake");
    return {
        status: page_.status,
        isOpen: page_.isOpen === true,
        told: page_.told,
        isClosed: () => page_.isClosed,
        send: text => socket.write(frame(1, Buffer.from(text))),
        ask: message => socket.write(frame(1, Buffer.from(JSON.stringify(message)))),
        sendBytes: bytes => socket.write(frame(2, bytes)),
        close: () => socket.destroy(),
        // Waits for a message like this one.
        hears: async like => until(
            () => page_.told.find(message => Object.entries(like).every(([name, value]) => message[name] === value)),
            SOON, () => JSON.stringify(page_.told)),
    };
}

const START = { ask: "start", play: 1, what: { session: 0 }, way: "watch" };

// Nothing may have been started when this is over.
async function startsNothing(attack) {
    assert.deepEqual(await startedBy(lab.pid), [], "before");
    await attack();
    assert.deepEqual(await startedBy(lab.pid), [], "after");
}

// ---- Who does not come in ----

test("our own page comes in", async () => {
    const page = await open();
    assert.equal(page.status, 101);
    await page.hears({ tell: "hello" });
    await page.hears({ tell: "exercises" });
    page.close();
});

test("pages of another host are not served", async () => {
    for (const host of ["evil.example", `evil.example:${lab.port}`, `localhost:${lab.port + 1}`, "localhost",
        `localhost:${lab.port}.evil.example`, `0.0.0.0:${lab.port}`, `user@localhost:${lab.port}`, ""]) {
        const { status, text } = await get("/introduction.html", [`Host: ${host}`]);
        assert.ok(status >= 400, `${host}: ${status}`);
        assert.doesNotMatch(text, /set-cookie/i, host);
    }
    const twice = await get("/introduction.html", [`Host: ${lab.host}`, "Host: evil.example"]);
    assert.ok(twice.status >= 400);
    const none = await get("/introduction.html", []);
    assert.ok(none.status >= 400);
});

// Each would have everything else right.
const STRANGERS = {
    "a host of another name": () => ({ host: `evil.example:${lab.port}` }),
    "another port in its host": () => ({ host: `localhost:${lab.port + 1}` }),
    "a host and an origin of another name": () =>
        ({ host: `evil.example:${lab.port}`, origin: `http://evil.example:${lab.port}` }),
    "a foreign origin": () => ({ origin: "http://evil.example" }),
    "our name and another port as its origin": () => ({ origin: `http://localhost:${lab.port + 1}` }),
    "our other name as its origin": () => ({ origin: `http://127.0.0.1:${lab.port}` }),
    "an origin over TLS": () => ({ origin: `https://${lab.host}` }),
    "the origin of a file": () => ({ origin: "null" }),
    "no origin": () => ({ origin: null }),
    "no cookie": () => ({ token: null }),
    "an empty cookie": () => ({ token: `${cookie.split("=")[0]}=` }),
    "a wrong token": () => ({ token: `${cookie.split("=")[0]}=${"A".repeat(43)}` }),
    "a shorter token": () => ({ token: cookie.slice(0, -1) }),
    "the cookie of a lab before": () => ({ token: oldCookie }),
    "a page that is not there": () => ({ page: "nothing.html" }),
    "no page at all": () => ({ page: "" }),
    "a page above the site": () => ({ page: "../book.toml" }),
    "a page above the site, encoded": () => ({ page: "%2e%2e%2fbook.toml" }),
    "a file that is no page": () => ({ page: "lab/lab.js" }),
    "a digest that is no number": () => ({ says: "x" }),
};

for (const [who, how] of Object.entries(STRANGERS)) {
    test(`a socket with ${who} is refused`, () => startsNothing(async () => {
        const page = await open(how());
        assert.equal(page.isOpen, false);
        assert.ok(page.status >= 400, `${page.status}`);
        page.close();
    }));
}

test("nothing outside the book is served", async () => {
    for (const path of ["/../book.toml", "/%2e%2e/book.toml", "/..%2fbook.toml", "/exercises/../../book.toml",
        "/%2e%2e%2f%2e%2e%2fetc/passwd", "//etc/passwd", "/lab/../book.toml", "/lab/%2e%2e/%2e%2e/Cargo.toml",
        "/..\\book.toml", "/introduction.html%00.js", "/.learn", "/lab/lab.rs"]) {
        const { status, text } = await get(path);
        assert.ok(status >= 400, `${path}: ${status}`);
        assert.doesNotMatch(text, /\[preprocessor|root:|\[workspace/, path);
    }
});

test("nothing can be sent to it", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        const { status, text } = await request([`${method} /introduction.html HTTP/1.1`, `Host: ${lab.host}`,
            `Origin: http://evil.example`, "Content-Length: 0", "Connection: close"]);
        assert.ok(status >= 400, `${method}: ${status}`);
        assert.doesNotMatch(text, /access-control/i);
    }
});

test("a page may run our scripts only, and be in no frame of another site", async () => {
    const { text } = await get("/introduction.html");
    const policy = text.match(/content-security-policy: (.*)/i)[1];
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy.match(/script-src [^;]*/)[0], /unsafe|\*|data:|http/);
    assert.match(policy, /frame-ancestors '(self|none)'/);
    assert.match(text, /set-cookie: .*SameSite=Strict.*HttpOnly/i);
});

// ---- What our own page cannot ask for ----

// A socket of our own page that asks for this, and is told that it does not
// happen.
function isRefused(message, { closes = false } = {}) {
    return startsNothing(async () => {
        const page = await open();
        await page.hears({ tell: "exercises" });
        const before = page.told.length;
        if (Buffer.isBuffer(message)) {
            page.sendBytes(message);
        } else {
            page.send(typeof message === "string" ? message : JSON.stringify(message));
        }
        await until(() => page.isClosed() || page.told.length > before, SOON, () => "it says nothing");
        if (closes) {
            await until(page.isClosed, SOON, () => "it is still open");
        } else {
            assert.match(page.told[before].tell, /^(sorry|refused|over)$/, JSON.stringify(page.told[before]));
            assert.notEqual(page.told[before].why, "");
        }
        assert.equal(page.told.some(({ tell }) => tell === "started"), false);
        page.close();
    });
}

const REQUESTS = {
    "a session that the page does not have": { ...START, what: { session: 99 } },
    "a session before the first": { ...START, what: { session: -1 } },
    "a chip that the page does not have": { ...START, what: { chip: 0 } },
    "a chip far away": { ...START, what: { chip: 2 ** 53 } },
    "a command in the place of a number": { ...START, what: { session: "touch /tmp/never" } },
    "a command in the place of what": { ...START, what: "touch /tmp/never" },
    "a command of its own": { ...START, what: { command: "touch /tmp/never" } },
    "a command besides": { ...START, command: "touch /tmp/never" },
    "two things at once": { ...START, what: { session: 0, chip: 0 } },
    "a way that there is not": { ...START, way: "quickly" },
    "a number that is none": { ...START, play: "1" },
    "nothing": {},
    "a list": [],
    "something that there is not": { ask: "run", command: "touch /tmp/never" },
    "a line for a play that there is not": { ask: "type", play: 7, terminal: "server", text: "x" },
    "a visit to a play that there is not": { ask: "visit", play: 7 },
    "an exercise above the others": { ask: "open", exercise: "../learn" },
    "an exercise above the others, to be written":
        { ask: "save", exercise: "../../tools/lab", text: "", version: "" },
    "an exercise above the others, to be checked": { ask: "check", exercise: "../testkit" },
    "an exercise with a slash": { ask: "open", exercise: "ex01-shout/../ex02-count" },
    "an exercise that is encoded": { ask: "open", exercise: "%2e%2e%2flearn" },
    "an empty exercise": { ask: "anew", exercise: "" },
    "a hint that there is not": { ask: "hint", exercise: "ex01-shout", number: 0 },
    "a hint far away": { ask: "hint", exercise: "ex01-shout", number: 99 },
    "the solution of what has not passed": { ask: "solution", exercise: "ex12-shutdown" },
};

for (const [what, message] of Object.entries(REQUESTS)) {
    test(`a page that asks for ${what} does not get it`, () => isRefused(message));
}

test("broken JSON is refused", async () => {
    await isRefused("{");
    await isRefused("");
    await isRefused("\0");
});

test("bytes that are no text end the socket", () => isRefused(Buffer.from(JSON.stringify(START)), { closes: true }));

test("a message that is too long ends the socket", () =>
    isRefused(JSON.stringify({ ...START, way: "x".repeat(1 << 20) }), { closes: true }));

test("an edition that is not there any more has no sessions", () => startsNothing(async () => {
    const page = await open({ says: "0" });
    page.ask(START);
    await page.hears({ tell: "over", play: 1 });
    assert.equal(page.told.some(({ tell }) => tell === "started"), false);
    page.close();
}));

test("a save over another text writes nothing", () => startsNothing(async () => {
    const file = join(ROOT, "code/exercises/ex01-shout/src/lib.rs");
    const before = await readFile(file, "utf8");
    const page = await open();
    page.ask({ ask: "save", exercise: "ex01-shout", text: "// never\n", version: "" });
    await page.hears({ tell: "conflict" });
    assert.equal(await readFile(file, "utf8"), before);
    page.close();
}));

test("of a hundred starts at once, eight are let in", async () => {
    const page = await open();
    for (let play = 1; play <= 100; play += 1) {
        page.ask({ ...START, play });
    }
    await until(() => page.told.filter(({ tell }) => tell === "over").length >= 92, SOON,
        () => JSON.stringify(page.told.map(({ tell }) => tell)));
    const started = page.told.filter(({ tell }) => tell === "started");
    assert.ok(started.length >= 1 && started.length <= 8, `${started.length}`);
    const processes = await startedBy(lab.pid);
    page.close();
    await until(async () => (await startedBy(lab.pid)).length === 0, 1_000,
        async () => JSON.stringify(await startedBy(lab.pid)));
    assert.ok(processes.length < 100);
});
