//! The exercises, and what checks them.
//!
//! 1. [`exercise`]: where the exercises are, and what they consist of.
//! 2. [`program`]: running a test program with a limit of time.
//! 3. [`check`]: what has become of a learner's exercise.
//! 4. [`state`]: what the learner has achieved.
//! 5. [`verify`]: proving that each exercise can be solved, that its start is
//!    no solution, and that the wrong answers are rejected.

pub mod check;
pub mod exercise;
pub mod program;
pub mod state;
pub mod verify;
