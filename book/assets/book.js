// What the pages can do beyond being read: sessions and drawings that are
// stepped through, copy buttons, ticks for what is done, and some mending of
// mdBook's template.
//
// Without this script the pages are whole. Nothing here moves what has been
// painted: the style sheet keeps room for all that is added.

"use strict";

// ---- Small helpers ----

// An element with attributes and children; a child may be text.
function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
}

// A button with a drawing on it, and its name for all who do not see it.
function iconButton(name, path) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(space, "path"));
    svg.firstChild.setAttribute("d", path);
    return element("button", { type: "button", "aria-label": name, title: name }, svg);
}

function rename(button, name) {
    button.setAttribute("aria-label", name);
    button.title = name;
}

// Makes a button of what is none: keys press it, too.
function pressable(control) {
    control.tabIndex = 0;
    control.setAttribute("role", "button");
    control.addEventListener("keydown", event => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            control.click();
        }
    });
}

// ---- Steppers ----

const ICONS = {
    first: "M3 3h2v10H3zM13 3v10L6 8z",
    back: "M12 3v10L4 8z",
    play: "M4 2v12l9-6z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
    forward: "M4 3v10l8-5z",
    all: "M3 3v10l7-5zM11 3h2v10h-2z",
};

// Long enough to read a line and find the next.
const MILLISECONDS_A_STEP = 1200;

// Shows the steps of a figure one after another. At first all are shown, and
// who does not touch the buttons reads the page as it was printed.
class Stepper {
    constructor(figure, steps, tell) {
        this.steps = steps;
        this.tell = tell;
        this.shown = steps.length;
        this.timer = null;
        this.position = element("output", { "aria-live": "polite" });
        const { bar, buttons } = this.makeBar();
        this.buttons = buttons;
        // A click into the figure gives it the arrow keys, too.
        figure.tabIndex = -1;
        figure.append(bar);
        figure.addEventListener("keydown", event => this.press(event));
        this.update();
    }

    makeBar() {
        const make = (name, icon, action) => {
            const button = iconButton(name, icon);
            button.addEventListener("click", action);
            return button;
        };
        const buttons = {
            first: make("First step", ICONS.first, () => this.go(1)),
            back: make("One step back", ICONS.back, () => this.go(this.shown - 1)),
            play: make("Play", ICONS.play, () => this.toggle()),
            forward: make("One step forward", ICONS.forward, () => this.go(this.shown + 1)),
            all: make("All steps", ICONS.all, () => this.go(this.steps.length)),
        };
        const bar = element("div", {
            class: "stepper", role: "group", "aria-label": "Step by step",
        }, ...Object.values(buttons), this.position);
        return { bar, buttons };
    }

    // Goes to a step by hand, which ends the playing.
    go(step) {
        this.stop();
        this.show(step);
    }

    show(step) {
        this.shown = Math.min(Math.max(step, 1), this.steps.length);
        this.update();
    }

    toggle() {
        if (this.timer !== null) {
            this.stop();
            return;
        }
        if (this.shown === this.steps.length) {
            this.show(1);
        }
        this.timer = setInterval(() => this.advance(), MILLISECONDS_A_STEP);
        this.drawPlay("Pause", ICONS.pause);
    }

    advance() {
        this.show(this.shown + 1);
        if (this.shown === this.steps.length) {
            this.stop();
        }
    }

    stop() {
        clearInterval(this.timer);
        this.timer = null;
        this.drawPlay("Play", ICONS.play);
    }

    drawPlay(name, icon) {
        rename(this.buttons.play, name);
        this.buttons.play.querySelector("path").setAttribute("d", icon);
    }

    update() {
        const { steps, shown, buttons } = this;
        const whole = shown === steps.length;
        steps.forEach((step, index) => {
            step.classList.toggle("later", index >= shown);
            step.classList.toggle("now", index === shown - 1 && !whole);
        });
        // They keep the focus, which a disabled button would lose.
        for (const name of ["first", "back"]) {
            buttons[name].setAttribute("aria-disabled", shown === 1);
        }
        for (const name of ["forward", "all"]) {
            buttons[name].setAttribute("aria-disabled", whole);
        }
        this.position.replaceChildren(`${shown} of ${steps.length}`, this.tell(steps[shown - 1]));
    }

    press(event) {
        if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
            return;
        }
        const step = {
            ArrowRight: this.shown + 1,
            ArrowLeft: this.shown - 1,
            Home: 1,
            End: this.steps.length,
        }[event.key];
        if (step !== undefined) {
            // Elsewhere mdBook turns the page with these keys.
            event.preventDefault();
            event.stopPropagation();
            this.go(step);
        }
    }
}

// Who sees the page sees the line; who hears it is told.
function tellLine(line) {
    return element("span", { class: "unseen" }, `: ${line.textContent}`);
}

// A drawing cannot be read aloud in parts, so each step says what it adds.
function tellDrawing(step) {
    return `: ${step.dataset.says}`;
}

for (const session of document.querySelectorAll(".session")) {
    new Stepper(session, [...session.querySelectorAll(".line")], tellLine);
}

for (const drawing of document.querySelectorAll("svg.drawing")) {
    const steps = [...drawing.querySelectorAll(".step")];
    if (steps.length > 0) {
        new Stepper(drawing.closest("figure"), steps, tellDrawing);
    }
}

// ---- Copy buttons ----

// What is typed in a terminal, line by line, without prompts and keys.
function typedIn(session, column) {
    return [...session.querySelectorAll(".command, .typed")]
        .filter(line => line.style.getPropertyValue("--column") === column)
        .map(line => line.querySelector("kbd").textContent)
        .join("\n");
}

// Makes a button copy a text, and says so when it has.
function makeCopy(button, name, text) {
    button.textToCopy = text;
    rename(button, name);
    button.addEventListener("blur", () => {
        rename(button, name);
        button.classList.remove("copied");
    });
    return button;
}

for (const terminal of document.querySelectorAll(".terminal-name")) {
    const session = terminal.closest(".session");
    const column = terminal.style.getPropertyValue("--column");
    const name = `Copy what you type in ${terminal.textContent}`;
    // In an editor, nothing is typed that a terminal could take.
    if (typedIn(session, column)) {
        terminal.append(makeCopy(element("button", { type: "button", class: "copy" }), name, () => typedIn(session, column)));
    }
}

for (const chip of document.querySelectorAll("kbd.run")) {
    const command = chip.textContent;
    pressable(chip);
    makeCopy(chip, `Copy ${command}`, () => command);
}

// mdBook brings this library for its own buttons. It works where browsers keep
// the clipboard from pages that are not served securely.
new ClipboardJS(".copy, .run", { text: button => button.textToCopy() })
    .on("success", event => {
        // The library copies from a box of its own. This gives the focus back.
        event.clearSelection();
        const { trigger } = event;
        rename(trigger, "Copied");
        trigger.classList.add("copied");
    })
    .on("error", ({ trigger }) => rename(trigger, "The browser does not let us copy"));

// ---- Progress ----

// What is done, kept in the browser. Where the browser keeps nothing, it lasts
// as long as the page.
const done = {
    key: "the-echo-server.done",
    names: new Set(),

    read() {
        try {
            this.names = new Set(JSON.parse(localStorage.getItem(this.key)) ?? []);
        } catch {
            // Storage is denied, or somebody else wrote into it.
        }
    },

    set(name, isDone) {
        this.read();
        this.names[isDone ? "add" : "delete"](name);
        this.write();
    },

    clear() {
        this.names.clear();
        this.write();
    },

    write() {
        try {
            localStorage.setItem(this.key, JSON.stringify([...this.names]));
        } catch {
            // Storage is denied, and the page says nothing of it.
        }
    },
};

// The chapters of all parts, as the sidebar lists them: the links behind the
// first title of a part, without the pages below them.
function readChapters() {
    const links = document.querySelectorAll("#mdbook-sidebar .part-title ~ li > .chapter-link-wrapper > a[href]");
    return [...links].map(link => ({
        name: link.getAttribute("href").slice(path_to_root.length),
        link,
        title: link.textContent.trim(),
    }));
}

// All that shows what is done. Each has a function that brings it up to date.
const views = [];

function updateViews() {
    done.read();
    views.forEach(update => update());
}

function makeTick(name, label, described) {
    const box = element("input", { type: "checkbox", "aria-label": described });
    box.addEventListener("change", () => {
        done.set(name, box.checked);
        views.forEach(update => update());
    });
    views.push(() => { box.checked = done.names.has(name); });
    return element("label", { class: "tick" }, box, label);
}

// A mark behind a link to a chapter. Behind a list of exercises it says how many
// of the pages below it are done.
function markChapter({ name, link }) {
    const mark = element("span", { class: "mark" });
    const below = name.replace(".html", "/");
    link.after(mark);
    views.push(() => {
        const parts = [...done.names].filter(one => one.startsWith(below)).length;
        const text = (done.names.has(name) ? "✓" : "") + (parts > 0 ? ` ${parts} done` : "");
        mark.replaceChildren(text.trim());
        if (text.startsWith("✓")) {
            mark.prepend(element("span", { class: "unseen" }, "done "));
        }
    });
}

function showProgress(chapters, here) {
    const read = element("span");
    const reset = element("button", { type: "button" }, "Clear all ticks");
    const box = element("div", { class: "progress" }, element("p", {}, read, " ", reset));
    if (here) {
        const place = `You are here: ${chapters.indexOf(here) + 1} of ${chapters.length}`;
        box.prepend(element("p", {}, place));
    }
    views.push(() => {
        const count = chapters.filter(chapter => done.names.has(chapter.name)).length;
        read.textContent = `${count} of ${chapters.length} read.`;
        reset.hidden = done.names.size === 0;
    });
    reset.addEventListener("click", () => {
        if (confirm("Clear all ticks, of chapters and exercises?")) {
            done.clear();
            views.forEach(update => update());
        }
    });
    document.querySelector("mdbook-sidebar-scrollbox").prepend(box);
}

// A tick at the end of a chapter, or of an exercise.
function addTick(here) {
    const heading = document.querySelector("main h1").textContent;
    const name = location.pathname.split("/").slice(-2).join("/");
    const isExercise = name.includes("exercises/");
    if (here || isExercise) {
        const label = here ? "Done reading" : "Done";
        const tick = makeTick(here?.name ?? name, label, `${label}: ${heading}`);
        document.querySelector("main").append(tick);
    }
}

function startProgress() {
    const chapters = readChapters();
    if (chapters.length === 0) {
        return;
    }
    const here = chapters.find(chapter => chapter.link.classList.contains("active"));
    chapters.forEach(markChapter);
    for (const link of document.querySelectorAll("main li > a[href*='exercises/']")) {
        markChapter({ name: link.getAttribute("href"), link });
    }
    showProgress(chapters, here);
    addTick(here);
    // Another window may have changed the ticks.
    addEventListener("storage", updateViews);
    updateViews();
}

startProgress();

// ---- Mending mdBook's template ----

// Code and tables that are too wide scroll in their box. Without a mouse, that
// takes the focus.
function makeScrollable() {
    for (const box of document.querySelectorAll("pre > code, .table-wrapper")) {
        if (box.scrollWidth > box.clientWidth) {
            box.tabIndex = 0;
        } else {
            box.removeAttribute("tabindex");
        }
    }
}

makeScrollable();
addEventListener("resize", makeScrollable);

// The switch of the sidebar is a label, which cannot have the focus and must
// not say of itself what a button says. A real button takes its place.
function mendSidebarSwitch() {
    const label = document.getElementById("mdbook-sidebar-toggle");
    const button = element("button", {
        type: "button",
        class: label.className,
        title: label.title,
        "aria-label": label.title,
        "aria-controls": "mdbook-sidebar",
    }, ...label.childNodes);
    const follow = () => button.setAttribute("aria-expanded", label.ariaExpanded);
    button.addEventListener("click", () => label.click());
    new MutationObserver(follow).observe(label, { attributeFilter: ["aria-expanded"] });
    follow();
    label.classList.add("hidden");
    label.after(button);
}

// What folds the sidebar's lists is a link that leads nowhere.
function mendFold(toggle) {
    const item = toggle.closest("li");
    const follow = () => toggle.setAttribute("aria-expanded", item.classList.contains("expanded"));
    pressable(toggle);
    toggle.setAttribute("aria-label", `Pages of ${item.querySelector("a").textContent.trim()}`);
    toggle.addEventListener("click", follow);
    follow();
}

mendSidebarSwitch();
document.querySelectorAll(".chapter-fold-toggle").forEach(mendFold);
// All that a reader can come to belongs to some region of the page.
document.getElementById("mdbook-menu-bar").setAttribute("role", "banner");
