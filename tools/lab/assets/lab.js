// The lab in the page: sessions whose terminals are live, listings that run,
// and exercises that are solved here.
// `protocol.rs` has the messages, and `lab.css` keeps room free.

"use strict";

(() => {

// ---- Small helpers, beside those of book.js ----

// An element from its HTML, and what is in it, by its classes. Keys in it are
// no business of the stepper or of mdBook.
function build(html) {
    const box = document.createRange().createContextualFragment(html).firstChild;
    const parts = { box };
    for (const part of box.querySelectorAll("[class^=lab-]")) {
        parts[part.className.slice(4)] = part;
    }
    box.addEventListener("keydown", event => event.stopPropagation());
    return parts;
}

function button(text, action, attributes) {
    const made = element("button", { type: "button", ...attributes }, text);
    made.onclick = action;
    return made;
}

function focus(control) {
    control.focus({ preventScroll: true });
}

// A text with backticks, as a page would show it.
function withCode(text) {
    return text.split("`").map((part, index) => index % 2 ? element("code", {}, part) : part);
}

function highlight(code, text) {
    code.innerHTML = hljs.highlight("rust", text, true).value;
}

// ---- News: a bar at the foot of the window ----

const news = element("div", { class: "lab-news", role: "status" });
document.body.append(news);

function say(...content) {
    const said = element("div", {}, ...content, button("Close", () => said.remove()));
    news.replaceChildren(said);
    return said;
}

// ---- The line to the lab ----

const SECOND = 1000;

const here = {
    page: decodeURIComponent(location.pathname.slice(1)) || "index.html",
    digest: Number(document.querySelector("meta[name=lab-digest]")?.content),
};

const plays = new Map();
let isGone, panel, socket;

function connect() {
    socket = new WebSocket(`ws://${location.host}/lab/socket?${new URLSearchParams(here)}`);
    socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        const hearer = message.play ? plays.get(message.play) : heard;
        hearer?.[message.tell]?.(message);
    };
    socket.onclose = lose;
}

function ask(what, message) {
    socket.send(JSON.stringify({ ask: what, ...message }));
}

// The page is the plain book again, until the lab is back.
function lose() {
    document.documentElement.classList.remove("lab");
    plays.forEach(play => play.leave());
    panel?.lose();
    if (!isGone) {
        say("The lab has gone; this is the plain book.");
    }
    isGone = true;
    // Another lab has another cookie, which comes with the page.
    setTimeout(() => fetch("").catch(() => {}).then(connect), SECOND);
}

// Loads the page anew, if that takes nothing away from the reader.
function renew() {
    const isAlive = panel?.isUnsaved() || [...plays.values()].some(play => play.isOn());
    if (isAlive) {
        say("This page has changed.", button("Reload", () => location.reload()));
    } else {
        location.reload();
    }
}

// What the lab says about no play.
const heard = {
    hello() {
        document.documentElement.classList.add("lab");
        if (isGone) {
            const back = say("The lab is back.");
            setTimeout(() => back.remove(), 4 * SECOND);
        }
        isGone = false;
    },
    built({ pages }) {
        news.replaceChildren();
        if (pages.includes(here.page)) {
            renew();
        }
    },
    broken({ said }) {
        say("The book cannot be built; this is the one of before.", element("pre", {}, said));
    },
    sorry: ({ why }) => say(why),
    exercises: ({ exercises }) => exercises.forEach(showExercise),
    stands: ({ exercise }) => showExercise(exercise),
};

// ---- A live terminal ----

const MOST_LINES = 500;

const TERMINAL = `<div class="lab-box">
    <div class="lab-name"></div>
    <div class="lab-log" role="log" tabindex="0"><div class="lab-lines"></div></div>
    <p class="lab-due" aria-live="polite"></p>
    <form class="lab-form">
        <span class="prompt" aria-hidden="true">$</span>
        <input class="lab-input" autocomplete="off" spellcheck="false">
    </form>
</div>`;

const TURNS = { command: "type ", line: "type ", key: "press ", edit: "save the edit of " };

function typed(kind, text) {
    return element("kbd", {}, kind === "key" ? `Ctrl-${text}` : text);
}

function makeTerminal(terminal, tell) {
    const { box, name, log, lines, due, form, input } = build(TERMINAL);
    const label = `Type in ${terminal}`;
    const edit = button("Save the edit", () => {
        // It goes, and must not take the focus with it.
        focus(input);
        tell("edit");
    });

    name.append(terminal);
    log.ariaLabel = terminal;
    input.ariaLabel = label;
    for (const key of ["C", "D"]) {
        form.append(button(`Ctrl-${key}`, () => tell("key", { terminal, key })));
    }
    form.onsubmit = event => {
        event.preventDefault();
        tell("type", { terminal, text: input.value });
        input.value = "";
    };
    // Ctrl-C copies if something is selected, as everywhere.
    input.onkeydown = event => {
        const isMeant = { c: input.selectionStart === input.selectionEnd, d: !input.value }[event.key];
        if (event.ctrlKey && isMeant) {
            event.preventDefault();
            tell("key", { terminal, key: event.key.toUpperCase() });
        }
    };

    function print(kind, content) {
        lines.append(element("div", { class: `line ${kind}` }, content));
        if (lines.childElementCount > MOST_LINES) {
            lines.firstChild.remove();
            lines.firstChild.replaceChildren("Earlier lines are gone.");
        }
    }

    // Returns what takes the focus then.
    function offer(kind, text) {
        const control = kind === "edit" ? edit : input;
        const what = typed(kind, text || "Enter");
        due.append("Your turn: ", TURNS[kind], what);
        box.dataset.turn = kind === "key" ? text : kind;
        input.placeholder = control === input && kind !== "key" ? what.textContent : "";
        input.ariaLabel = `${label}. ${due.textContent}`;
        due.append(control === edit ? edit : "");
        return control;
    }

    function withdraw() {
        delete box.dataset.turn;
        due.replaceChildren();
        input.placeholder = "";
        input.ariaLabel = label;
    }

    return { box, form, input, print, offer, withdraw };
}

// ---- A play: a session or a command that runs ----

const PLAY = `<div class="lab-play session" role="group" aria-label="Live terminals" tabindex="-1">
    <div class="lab-boxes"></div>
    <div class="lab-bar">
        <span class="lab-counter"></span>
        <strong class="lab-outcome" role="status"></strong>
        <span class="lab-status" role="status"></span>
    </div>
    <div class="lab-differs"></div>
    <p class="lab-remark" role="status"></p>
    <p class="lab-port"></p>
    <div class="lab-diffs"></div>
</div>`;

let lastPlay = 0;

// A host is the place of a play on the page: the figure, what the lab calls it,
// and the button that opens it.
function start(host, way) {
    const { figure, what, opener } = host;
    const { box, boxes, bar, counter, status, outcome, differs, remark, port, diffs } = build(PLAY);
    const play = lastPlay += 1;
    const terminals = new Map();
    let all, isOver;

    const tell = (what, message) => ask(what, { play, ...message });
    const hasFocus = () => box.contains(document.activeElement);
    const withdraw = () => terminals.forEach(terminal => terminal.withdraw());
    const stop = button("Stop", () => tell("stop"));
    const netcat = button("+ netcat", () => tell("visit"), { disabled: "" });

    // The terminal of a name. A new one is that of a visitor.
    function find(name) {
        if (!terminals.has(name)) {
            const made = makeTerminal(name, tell);
            terminals.set(name, made);
            boxes.append(made.box);
            if (document.activeElement === netcat) {
                focus(made.input);
            }
        }
        return terminals.get(name);
    }

    // Back to the page as it was printed.
    function leave() {
        const hadFocus = hasFocus();
        if (!isOver) {
            tell("stop");
        }
        plays.delete(play);
        host.leave = null;
        box.remove();
        figure.classList.remove("lab-on");
        if (hadFocus) {
            focus(opener);
        }
    }

    function refused({ why }) {
        remark.replaceChildren(...withCode(why));
    }

    // What the lab says about this play.
    const heard = {
        leave,
        refused,
        isOn: () => !isOver,
        started({ terminals, steps, ports }) {
            terminals.forEach(find);
            all = steps;
            counter.hidden = !steps;
            heard.at({ step: 0 });
            netcat.disabled = steps > 0;
            const here = ports.map(([page, used]) => `${page} is ${used} here`).join(", ");
            port.append(here && `The boxes show the page’s ports: ${here}.`);
        },
        progress({ text }) {
            status.textContent = text;
        },
        typed({ terminal, kind, text }) {
            const { print, form } = find(terminal);
            withdraw();
            print(kind, typed(kind, text));
            // While a program runs, there is no prompt.
            if (kind === "command") {
                form.classList.add("lab-runs");
            }
        },
        printed({ terminal, text }) {
            find(terminal).print("printed", element("samp", {}, text));
        },
        ended({ terminal }) {
            find(terminal).form.classList.remove("lab-runs");
        },
        turn({ terminal, kind, text }) {
            withdraw();
            const control = find(terminal).offer(kind, text);
            if (hasFocus()) {
                focus(control);
            }
        },
        at({ step }) {
            counter.textContent = `${step} of ${all}`;
            remark.replaceChildren();
        },
        diff({ file, text }) {
            const names = { "+": "ins", "-": "del" };
            const lines = text.trimEnd().split("\n").map(line => element(names[line[0]] ?? "span", {}, line));
            diffs.append(`Changed in the copy: ${file}`, element("pre", { tabindex: 0 }, ...lines));
        },
        verdict({ said, difference }) {
            counter.hidden = true;
            outcome.textContent = `${difference ? "✗" : "✓"} ${said}`;
            if (difference) {
                differs.replaceChildren(...showDifference(difference));
            }
        },
        free({ why }) {
            withdraw();
            netcat.disabled = false;
            refused({ why });
        },
        over({ why }) {
            isOver = true;
            if (hasFocus()) {
                focus(box);
            }
            withdraw();
            status.textContent = "";
            refused({ why });
            terminals.forEach(({ form }) => { form.hidden = true; });
            netcat.remove();
            stop.replaceWith(button("Back to the page", leave), button("Run again", () => start(host, way)));
        },
    };

    host.leave?.();
    host.leave = leave;
    for (const { textContent, style } of figure.querySelectorAll(".terminal-name")) {
        find(textContent).box.style = style.cssText;
    }
    bar.prepend(stop, netcat);
    plays.set(play, heard);
    figure.classList.add("lab-on");
    figure.append(box);
    box.scrollIntoView({ block: "nearest" });
    focus(stop);
    tell("start", { what, way });
}

function showDifference({ terminal, step, expected, got, why }) {
    const box = (label, text) => element("div", { role: "group", "aria-label": label },
        element("b", {}, label), element("samp", {}, text ?? "(nothing)"));
    return [
        element("p", {}, `Line ${step}, in ${terminal}: `, ...withCode(why)),
        box("Expected", expected),
        box("Got", got),
    ];
}

// ---- What starts a play: sessions, edits, and commands of listings ----

const sessions = [...document.querySelectorAll("figure.session")].map((figure, session) => {
    const host = { figure, what: { session }, opener: button("Watch", () => start(host, "watch")) };
    const yourself = button("Do it yourself", () => start(host, "yourself"));
    figure.querySelector(".stepper").append(element("span", { class: "lab-buttons" }, host.opener, yourself));
    return host;
});

// An edit is tried in the session behind it.
for (const edit of document.querySelectorAll("figure.edit")) {
    const host = sessions.find(({ figure }) =>
        edit.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (host) {
        edit.append(button("Try this edit", () => start(host, "watch"), { class: "lab-button lab-try" }));
    }
}

document.querySelectorAll("kbd.run").forEach((command, chip) => {
    const opener = button("Run", () => start(host, "watch"), {
        class: "lab-button lab-run", "aria-label": `Run ${command.textContent}`,
    });
    const host = { figure: command.closest("figure"), what: { chip }, opener };
    const place = element("span", { class: "lab-chip" });
    command.replaceWith(place);
    place.append(command, opener);
});

// ---- Exercises ----

const STANDINGS = {
    "not-begun": "not begun",
    begun: "begun",
    checking: "checking…",
    passed: "✓ passed",
    failed: "failed",
    kept: "passed before, and changed since",
};

function showExercise(exercise) {
    const { page, standing, brief } = exercise;
    for (const { parentNode } of document.querySelectorAll(`main li > a[href="${page}"]`)) {
        parentNode.querySelector(".lab-badge")?.remove();
        parentNode.append(element("span", { class: "lab-badge" }, brief || STANDINGS[standing]));
    }
    if (page === here.page) {
        panel?.show(exercise);
    }
}

// A pass sets the page's own tick, once: who takes it away has a reason.
function tickOnce(name, isPassed) {
    try {
        const key = `the-echo-server.passed.${name}`;
        if (isPassed && !localStorage[key]) {
            document.querySelector(".tick input:not(:checked)")?.click();
        }
        localStorage[key] = isPassed ? "yes" : "";
    } catch {
        // Storage is denied, and no tick would last.
    }
}

const PANEL = `<section class="lab-panel" aria-label="Your answer">
    <div class="lab-caption">
        <span><code class="lab-path">src/lib.rs</code> <span class="lab-unsaved"></span></span>
        <span class="lab-standing" role="status"></span>
    </div>
    <div class="lab-editor">
        <code class="hljs" aria-hidden="true"><span class="lab-colours"></span></code>
        <textarea class="lab-area" disabled aria-label="src/lib.rs" aria-describedby="lab-keys"
            spellcheck="false"></textarea>
    </div>
    <p id="lab-keys">Tab inserts four spaces; after Escape, it moves on. Ctrl-S saves.</p>
    <div class="lab-choice" role="status"></div>
    <fieldset class="lab-bar" disabled></fieldset>
    <pre class="lab-said" role="log" aria-label="What the check said" hidden></pre>
    <div class="lab-more" role="log" aria-label="Hints and solution"></div>
</section>`;

// The learner's file, in an editor: a box for the text over its coloured copy.
function makePanel(heading) {
    const { box, path, unsaved, standing, colours, area, choice, bar, said, more } = build(PANEL);
    let file = { text: "" };
    let hints = 0;
    let exercise, sent, then, solved, isAnew, mayLeave;

    const tell = (what, message) => ask(what, { exercise: exercise.name, ...message });
    const isUnsaved = () => area.value !== file.text;
    const hinter = button("Hint", () => hinter.ariaDisabled || tell("hint", { number: hints += 1 }));
    const solve = button("Solution", () => tell("solution"));

    function show(now) {
        const isFirst = !exercise;
        exercise = now;
        path.textContent = `code/exercises/${now.name}/src/lib.rs`;
        bar.disabled = false;
        standing.textContent = STANDINGS[now.standing];
        said.hidden = !now.said;
        said.textContent = now.said;
        solve.hidden = !["passed", "kept"].includes(now.standing);
        if (now.standing !== "checking") {
            tickOnce(now.name, now.standing === "passed");
        }
        if (isFirst) {
            tell("open");
        }
    }

    function lose() {
        bar.disabled = true;
        sent = exercise = undefined;
    }

    function draw() {
        highlight(colours, area.value);
        unsaved.textContent = isUnsaved() ? "(not saved)" : "";
    }

    function press(event) {
        // The browser's own insertion can be undone by its own undo.
        const insert = text => document.execCommand("insertText", false, text);
        const [, indentation] = area.value.slice(0, area.selectionStart).match(/(?:^|\n)([ \t]*).*$/);
        const action = {
            "Ctrl-s": () => save(),
            Enter: () => insert(`\n${indentation}`),
            Tab: mayLeave ? null : () => insert("    "),
        }[(event.ctrlKey || event.metaKey ? "Ctrl-" : "") + (event.shiftKey ? "Shift-" : "") + event.key];
        if (action) {
            event.preventDefault();
            action();
        }
        mayLeave = event.key === "Escape";
    }

    // Saves what is not saved yet, and then does what is to be done then.
    function save(next) {
        then = next;
        if (!isUnsaved()) {
            then?.();
        } else if (sent === undefined && exercise) {
            sent = area.value;
            tell("save", { text: sent, version: file.version });
        }
    }

    function take(now) {
        file = now;
        isAnew = area.disabled = false;
        choice.replaceChildren();
        if (isUnsaved()) {
            area.value = file.text;
        }
        draw();
    }

    function choose(now) {
        const choose = text => {
            take({ ...now, text });
            file = now;
            draw();
            focus(area);
        };
        choice.replaceChildren(
            "The file has changed outside this page, and your text here is not saved. ",
            button("Take the file’s", () => choose(now.text)),
            button("Keep mine", () => choose(area.value)));
    }

    // The lab sends the file when it is asked to, and when it has changed.
    heard.source = now => {
        if (now.note) {
            say(now.note);
        }
        if (isAnew || !isUnsaved() || now.text === area.value) {
            take(now);
        } else if (now.text === file.text) {
            file = now;
        } else {
            choose(now);
        }
    };
    heard.saved = ({ version }) => {
        file = { text: sent, version };
        sent = undefined;
        choice.replaceChildren();
        draw();
        then?.();
        then = null;
    };
    heard.conflict = now => {
        sent = undefined;
        choose(now);
    };
    heard.hint = ({ number, of, text }) => {
        more.append(element("p", {}, element("b", {}, `Hint ${number} of ${of}. `), ...withCode(text)));
        hinter.ariaDisabled = number === of || null;
    };
    heard.solution = ({ text }) => {
        const code = element("code", { class: "hljs" });
        highlight(code, text);
        solved?.remove();
        solved = element("div", {}, element("b", {}, "A solution"), element("pre", { tabindex: 0 }, code));
        more.append(solved);
    };

    bar.append(
        button("Save", () => save()),
        button("Check", () => isUnsaved() ? save() : tell("check")),
        hinter,
        button("Start anew", () => {
            if (confirm("Start anew? What you have written is kept beside the file.")) {
                save(() => {
                    isAnew = true;
                    tell("anew");
                });
            }
        }),
        solve);
    area.oninput = draw;
    area.onscroll = () => {
        colours.style.translate = `${-area.scrollLeft}px ${-area.scrollTop}px`;
    };
    area.onkeydown = press;
    addEventListener("beforeunload", event => {
        if (isUnsaved()) {
            event.preventDefault();
        }
    });
    heading.before(box);
    return { show, lose, isUnsaved };
}

const stuck = document.querySelector("#if-you-are-stuck:has(+ details)");
if (stuck) {
    panel = makePanel(stuck);
}

connect();

})();
