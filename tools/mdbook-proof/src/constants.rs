//! Constants as the pages call them: by name, and with a unit.

use std::path::Path;

use crate::index::{Constant, Index, Unit};

/// What is wrong with a number or a name, and what to do about it.
pub type Complaint = (String, Option<String>);

/// The constant of that name.
///
/// # Errors
///
/// When there is none, or when there are several that differ.
pub fn lookup<'a>(
    index: &'a Index,
    name: &str,
) -> Result<&'a Constant, Complaint> {
    match index.constants.get(name).map(Vec::as_slice) {
        Some([first, rest @ ..])
            if rest.iter().all(|one| one.is_worth(first)) =>
        {
            Ok(first)
        }
        Some(several) => {
            let files = several.iter().map(|one| one.file.to_string_lossy());
            let files: Vec<_> = files.collect();
            let message = format!("there are several constants `{name}`");
            let hint = format!(
                "put the file before the name: {}",
                files.join(", or ")
            );
            Err((message, Some(hint)))
        }
        None => {
            let message =
                format!("there is no constant `{name}` with a known value");
            Err((message, None))
        }
    }
}

/// The constant of that name in this file.
///
/// # Errors
///
/// When the file does not have it.
pub fn lookup_in<'a>(
    index: &'a Index,
    file: &str,
    name: &str,
) -> Result<&'a Constant, Complaint> {
    let constants = index.constants.get(name).into_iter().flatten();
    let mut here =
        constants.filter(|constant| constant.file == Path::new(file));
    here.next().ok_or_else(|| {
        let message =
            format!("`{file}` has no constant `{name}` with a known value");
        (message, None)
    })
}

/// A number with the unit that the text gives it, in the unit of a constant.
pub fn in_units(number: u128, told: Option<&str>, unit: Unit) -> Option<u128> {
    let scale = match (unit, told) {
        (Unit::One, Some("KiB")) => 1 << 10,
        (Unit::One, Some("MiB")) => 1 << 20,
        (Unit::One, Some("GiB")) => 1 << 30,
        // Units that a number without one does not have.
        (
            Unit::One,
            Some("ms" | "s" | "milliseconds" | "seconds" | "minutes"),
        )
        | (Unit::One, Some("kB" | "KB" | "MB" | "GB")) => return None,
        (Unit::One, _) => 1,
        (Unit::Milliseconds, Some("ms" | "millisecond" | "milliseconds")) => 1,
        (Unit::Milliseconds, Some("s" | "second" | "seconds")) => 1000,
        (Unit::Milliseconds, Some("minute" | "minutes")) => 60_000,
        (Unit::Milliseconds, _) => return None,
    };
    number.checked_mul(scale)
}
