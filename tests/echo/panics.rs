use std::{
    env,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use nix::sys::signal::Signal::SIGABRT;
use tokio::{process::Command, sync::OnceCell};

use crate::support::{example, within};

/// How a program has ended, and what it has printed until then.
async fn run(program: &Path, folder: &Path) -> (ExitStatus, String) {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    let running = command.kill_on_drop(true).output();
    let output = within("the program's end", running).await.unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    (output.status, String::from_utf8(output.stdout).unwrap())
}

/// What the example `panics` prints of one of its parts.
async fn left_behind(part: &str) -> String {
    static PRINTED: OnceCell<String> = OnceCell::const_new();
    let printed = PRINTED.get_or_init(async || {
        let folder = tempfile::tempdir().unwrap();
        let (status, printed) = run(&example("panics"), folder.path()).await;
        assert!(status.success(), "{status}");
        printed
    });
    let lines = printed.await.lines();
    let words = lines.filter_map(|line| line.strip_prefix(part));
    words.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_panic_ends_a_task_says_why_and_leaves_the_others() {
    let wanted = "has it panicked? true
index out of bounds: the len is 0 but the index is 0
the other one is still here";
    assert_eq!(left_behind("task: ").await, wanted);
}

#[tokio::test]
async fn a_panic_poisons_a_lock_and_the_half_done_can_be_had() {
    let wanted = "has it panicked? true
is it poisoned? true
Accounts { ann: 90, bob: 250 }";
    assert_eq!(left_behind("std: ").await, wanted);
}

#[tokio::test]
async fn a_panic_leaves_the_half_done_in_a_lock_of_tokio_without_a_word() {
    let wanted = "has it panicked? true\nAccounts { ann: 90, bob: 250 }";
    assert_eq!(left_behind("tokio: ").await, wanted);
}

#[tokio::test]
async fn a_panic_that_is_caught_leaves_the_task_with_the_half_done() {
    let wanted = "too much for bob
Accounts { ann: 90, bob: 250 }
has it panicked? false";
    assert_eq!(left_behind("caught: ").await, wanted);
}

#[tokio::test]
async fn a_set_that_is_dropped_aborts_its_tasks() {
    assert_eq!(left_behind("dropped: ").await, "has it ended? true");
}

fn rustc() -> Command {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024"]).kill_on_drop(true);
    command
}

/// The compiler's words for a program that changes a number where it catches
/// panics.
async fn compiled(giving: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("caught.rs");
    let program = format!(
        "use std::panic::{{AssertUnwindSafe, catch_unwind}};
        fn main() {{
            let mut given = 0;
            let giving = || given += 10;
            let _ = catch_unwind({giving});
            let _ = AssertUnwindSafe(given);
        }}"
    );
    std::fs::write(&source, program).unwrap();
    let mut command = rustc();
    command.args(["--emit", "metadata"]).arg(&source);
    let compiling = command.current_dir(folder.path()).output();
    let output = within("rustc", compiling).await.unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn to_catch_a_panic_over_what_it_may_leave_half_done_takes_a_promise() {
    assert_eq!(compiled("AssertUnwindSafe(giving)").await, "");
    let said = compiled("giving").await;
    assert!(said.starts_with("error[E0277]"), "{said}");
    assert!(said.contains("across an unwind boundary"), "{said}");
}

/// Compiles the example `aborts` so that a panic aborts. It uses no crates, so
/// the compiler is all that it takes.
async fn aborting(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder.join("aborts");
    let mut command = rustc();
    command.args(["-C", "panic=abort", "-o"]).arg(&program);
    command.arg(root.join("code/examples/aborts.rs"));
    let compiling = command.status();
    assert!(within("rustc", compiling).await.unwrap().success());
    program
}

#[tokio::test]
async fn a_panic_that_aborts_ends_the_process_with_all_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let program = aborting(folder.path()).await;
    let (status, printed) = run(&program, folder.path()).await;
    assert_eq!(status.signal(), Some(SIGABRT as i32), "{status}");
    assert_eq!(printed, "a panic\n", "nothing is put in order");
}

#[tokio::test]
async fn a_panic_that_unwinds_ends_its_thread_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (status, printed) = run(&example("aborts"), folder.path()).await;
    assert!(status.success(), "{status}");
    let wanted = "a panic
put in order
one thread has panicked
the other thread is still here
";
    assert_eq!(printed, wanted);
}
