//! What can be said to cargo.

/// What cargo itself can do.
pub(super) const SUBCOMMANDS: [&str; 32] = [
    "add", "b", "bench", "build", "c", "check", "clean", "clippy", "d", "doc",
    "expand", "fetch", "fix", "fmt", "help", "info", "init", "install",
    "login", "metadata", "miri", "new", "package", "publish", "r", "remove",
    "run", "search", "t", "test", "tree", "update",
];

/// Those that build something, and of which every word is checked.
pub(super) const BUILDING: [&str; 12] = [
    "b", "bench", "build", "c", "check", "clippy", "d", "doc", "r", "run", "t",
    "test",
];

/// Options that take a value which is not checked.
pub(super) const WITH_VALUE: [&str; 14] = [
    "--color",
    "--config",
    "--exclude",
    "--features",
    "--jobs",
    "--manifest-path",
    "--message-format",
    "--profile",
    "--target",
    "--target-dir",
    "-F",
    "-Z",
    "-j",
    "-C",
];

/// Options without a value.
pub(super) const FLAGS: [&str; 29] = [
    "--all",
    "--all-features",
    "--all-targets",
    "--benches",
    "--bins",
    "--check",
    "--doc",
    "--document-private-items",
    "--examples",
    "--frozen",
    "--help",
    "--keep-going",
    "--lib",
    "--locked",
    "--no-default-features",
    "--no-deps",
    "--no-fail-fast",
    "--no-run",
    "--offline",
    "--open",
    "--quiet",
    "--release",
    "--tests",
    "--verbose",
    "--workspace",
    "-h",
    "-q",
    "-r",
    "-v",
];
