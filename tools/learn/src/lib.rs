//! The exercises, and what checks them.
//!
//! 1. [`exercise`]: where the exercises are, and what they consist of.
//! 2. [`process`]: running a program with a limit of time, and stopping it.
//! 3. [`program`]: running a test program, and what has come of its tests.
//! 4. [`cargo`]: what cargo says while it builds.
//! 5. [`check`]: what has become of a learner's exercise.
//! 6. [`state`] and [`answers`]: what the learner has achieved.
//! 7. [`watch`], [`screen`] and [`coach`]: staying beside the learner.
//! 8. [`shadow`]: a workspace beside the learner's, for code that is not
//!    theirs.
//! 9. [`verify`]: proving that each exercise can be solved, that its start is
//!    no solution, and that the wrong answers are rejected.
//! 10. [`mod@bench`]: how long a learner waits from saving to the verdict.
//! 11. [`project`]: the book's own tests, run on a reader's own programs.

pub mod answers;
pub mod bench;
pub mod cargo;
pub mod check;
pub mod coach;
pub mod exercise;
pub mod process;
pub mod program;
pub mod project;
pub mod screen;
pub mod shadow;
pub mod state;
pub mod verify;
pub mod watch;
