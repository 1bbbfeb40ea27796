// The lab, run as readers run it, on a free port, and the processes that it has
// started.

import { spawn, execFile } from "node:child_process";
import { createInterface } from "node:readline";
import { cp, mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { ROOT } from "./site.js";

const run = promisify(execFile);

const TARGET = join(ROOT, "target");
const PROGRAM = join(TARGET, "debug/lab");

// Built once for all tests of a file.
let built;

function build() {
    const env = { ...process.env, CARGO_TARGET_DIR: TARGET };
    built ??= run("cargo", ["build", "--quiet", "--package", "lab"], { cwd: ROOT, env });
    return built;
}

// The lab serves the first page when the book is built.
const STARTING = 120_000;

// A reader's machine is free again after a second.
export const ENDING = 1_000;

// Waits until something holds, and returns it.
export async function until(holds, milliseconds, what) {
    const end = Date.now() + milliseconds;
    for (;;) {
        const held = await holds();
        if (held) {
            return held;
        }
        if (Date.now() > end) {
            throw new Error(`after ${milliseconds} ms: ${await what()}`);
        }
        await pause(10);
    }
}

// Starts a lab in a folder of the project. It types without waiting.
export async function startLab({ root = ROOT, port = 0 } = {}) {
    await build();
    const lab = spawn(PROGRAM, ["--port", String(port), "--pace", "0"], {
        cwd: root, stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise(resolve => lab.once("exit", resolve));
    const lines = createInterface(lab.stdout);
    const line = await new Promise((resolve, reject) => {
        lines.once("line", resolve);
        lab.once("error", reject);
        lab.once("exit", code => reject(new Error(`the lab has ended: ${code}`)));
    });
    const [url] = line.match(/http:\/\/localhost:\d+$/);
    // It answers as soon as the book is there.
    await fetch(url, { signal: AbortSignal.timeout(STARTING) });
    return {
        url: `${url}/`,
        host: url.slice("http://".length),
        port: Number(new URL(url).port),
        pid: lab.pid,
        async end(signal = "SIGTERM") {
            lab.kill(signal);
            await ended;
        },
    };
}

// A copy of the project as git knows it, with changes, to be spoilt.
export async function copyProject() {
    const folder = await mkdtemp(join(tmpdir(), "lab-"));
    const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
    for (const file of stdout.split("\0").filter(file => file !== "")) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await cp(join(ROOT, file), join(folder, file));
    }
    return { folder, remove: () => rm(folder, { recursive: true }) };
}

// A process, or null if it is gone. A dead one that nobody has asked about is.
async function look(pid) {
    try {
        const text = await readFile(`/proc/${pid}/stat`, "utf8");
        const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
        const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
        const [state, parent, group, session] = fields;
        return "ZX".includes(state)
            ? null
            : { pid, name, parent: +parent, group: +group, session: +session, start: fields[19] };
    } catch {
        return null;
    }
}

async function all() {
    const pids = (await readdir("/proc")).filter(name => /^\d+$/.test(name));
    const found = await Promise.all(pids.map(pid => look(Number(pid))));
    return found.filter(process => process !== null);
}

// All that a process has started, and all that belongs to their groups.
export async function startedBy(pid) {
    const processes = await all();
    const found = new Set();
    const add = parent => {
        for (const process of processes) {
            if (process.parent === parent && !found.has(process)) {
                found.add(process);
                add(process.pid);
            }
        }
    };
    add(pid);
    const own = await look(pid);
    const groups = new Set([...found].map(({ group }) => group).filter(group => group !== own?.group));
    return processes.filter(process => found.has(process) || groups.has(process.group));
}

// Waits until processes are gone, with all that is in their groups.
export async function areGone(processes) {
    const groups = new Set(processes.map(({ group }) => group));
    const left = async () => (await all()).filter(({ pid, start, group, session }) =>
        groups.has(group) || groups.has(session)
        || processes.some(one => one.pid === pid && one.start === start));
    await until(async () => (await left()).length === 0, ENDING,
        async () => `still there: ${(await left()).map(({ name, pid }) => `${name} (${pid})`).join(", ")}`);
}
