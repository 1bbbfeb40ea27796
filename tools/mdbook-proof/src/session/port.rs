//! The ports of a session: the pages write some, and a run uses others.

use std::{collections::BTreeMap, io, net::TcpListener};

/// The ports that the pages write, and those that a run uses.
#[derive(Debug, Default)]
pub struct Ports {
    /// What is used in place of each that is written.
    free: BTreeMap<String, String>,
    /// What is written in place of each that is used.
    written: BTreeMap<String, String>,
}

impl Ports {
    /// A free port for each that the pages write.
    ///
    /// # Errors
    ///
    /// When the system has none to give.
    pub fn new(written: impl IntoIterator<Item = u16>) -> io::Result<Ports> {
        let mut ports = Ports::default();
        // All are held until the last is there, so no two are the same.
        let mut held = Vec::new();
        for written in written {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            let free = listener.local_addr()?.port().to_string();
            held.push(listener);
            let written = written.to_string();
            ports.written.insert(free.clone(), written.clone());
            ports.free.insert(written, free);
        }
        Ok(ports)
    }

    /// The ports as the pages write them, and what is used in their place.
    ///
    /// They were free and have been given back, so another program might take
    /// one; the session would say so and fail.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.free.iter();
        pairs.map(|(written, free)| (&**written, &**free))
    }

    /// What stands on a page, as it is typed in the run.
    pub fn to_run(&self, text: &str) -> String {
        replace_numbers(text, &self.free)
    }

    /// What the run prints, as it would stand on a page.
    pub fn to_page(&self, text: &str) -> String {
        replace_numbers(text, &self.written)
    }
}

/// Replaces numbers where they stand alone, and not as parts of others: each
/// once, since what stands in place of one may be another.
fn replace_numbers(text: &str, by: &BTreeMap<String, String>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = &rest[at..];
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (number, after) = digits.split_at(end.unwrap_or(digits.len()));
        replaced += &rest[..at];
        replaced += by.get(number).map_or(number, String::as_str);
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(pairs: &[(&str, &str)]) -> Ports {
        let mut ports = Ports::default();
        for (written, free) in pairs {
            ports.free.insert((*written).into(), (*free).into());
            ports.written.insert((*free).into(), (*written).into());
        }
        ports
    }

    #[test]
    fn a_port_in_place_of_another_is_not_replaced_again() {
        let ports = ports(&[("8000", "9000"), ("9000", "41000")]);
        assert_eq!(ports.to_run("8000, 9000"), "9000, 41000");
        assert_eq!(ports.to_page("9000, 41000"), "8000, 9000");
    }

    #[test]
    fn a_part_of_a_number_is_no_port() {
        let ports = ports(&[("8000", "41000")]);
        let text = "80000 18000 80008000 é8000: 127.0.0.1:8000";
        let run = "80000 18000 80008000 é41000: 127.0.0.1:41000";
        assert_eq!(ports.to_run(text), run);
        assert_eq!(ports.to_page(run), text);
    }

    #[test]
    fn no_two_free_ports_are_the_same() {
        let ports = Ports::new(1..=500).unwrap();
        assert_eq!((ports.free.len(), ports.written.len()), (500, 500));
    }
}
