//! The exercises, and what checks them.
//!
//! 1. [`exercise`]: where the exercises are, and what they consist of.
//! 2. [`program`]: running a test program with a limit of time.
//! 3. [`cargo`]: what cargo says while it builds.
//! 4. [`check`]: what has become of a learner's exercise.
//! 5. [`state`]: what the learner has achieved.
//! 6. [`verify`]: proving that each exercise can be solved, that its start is
//!    no solution, and that the wrong answers are rejected.

pub mod cargo;
pub mod check;
pub mod exercise;
pub mod program;
pub mod state;
pub mod verify;
