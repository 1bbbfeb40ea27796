//! How often a server calls the system for an echo, as `strace` counts it.

use std::{ffi::OsString, path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::NamedTempFile;
use tokio::{
    fs,
    time::{sleep, timeout},
};

use crate::{
    bench::Bench,
    figures::Figures,
    loader::Talk,
    subjects::{List, Subject, Watched},
    system,
};

/// What stands below a table with calls.
pub const OF_CALLS: &str = "Calls: what `strace` counts while clients talk. ";

/// What else, where the clients are watched, too.
pub const OF_BOTH: &str = "It makes the clients as slow as the server, which \
                           looks in vain as often as without it. ";

/// `strace` needs less to write what it has counted.
const LIMIT: Duration = Duration::from_secs(30);

/// Between two looks at what it has written.
const PAUSE: Duration = Duration::from_millis(5);

/// Where it writes what nobody wants to know.
const NOWHERE: &str = "/dev/null";

/// The tool that counts.
const STRACE: &str = "strace";

impl Bench {
    /// Counts the calls of each server, if `strace` is at hand.
    pub async fn count_calls(
        &mut self,
        list: &List,
        subjects: &[Subject],
        all: &mut [Figures],
    ) {
        let has_strace = self.choice.has(STRACE);
        for (subject, figures) in subjects.iter().zip(all) {
            self.progress.step(&format!("calls of {}", subject.name));
            let counted = match has_strace {
                true => self.calls(list, subject).await,
                false => Err(anyhow!("it is not installed")),
            };
            match counted {
                Ok(calls) => figures.calls = Some(calls),
                Err(error) => self.fail(subject.name, STRACE, &error),
            }
        }
    }

    /// All calls of a server, from its start to its end, by its echoes. There
    /// are so many of these that the start and the end do not matter.
    async fn calls(&self, list: &List, subject: &Subject) -> Result<f64> {
        let file = NamedTempFile::new()?;
        let before = counting(file.path());
        let server = self.start_under(&before, list, subject).await?;
        ensure!(system::is_traced(server.process), "it may not count");
        let talk = Talk {
            clients: self.setting.clients_of(list)[0],
            time: self.setting.time * 5,
            rate: None,
        };
        let mut loader = self.loader_of(list);
        if list.calls == Watched::Both {
            loader.words.splice(0..0, counting(Path::new(NOWHERE)));
        }
        let echoes = loader.talk(server.port, talk).await?;
        drop(server);
        let written = timeout(LIMIT, total_in(file.path())).await;
        let calls = written.context("it tells nothing")??;
        let count = (echoes.echoes + echoes.warm_up).max(1);
        Ok(calls as f64 / count as f64)
    }
}

/// What comes before the command of a server to have its calls counted, and
/// written into a file when it has ended.
///
/// By `-D` the server remains the process that was started, so it ends as all
/// servers do, and `strace` after it. It also lets `strace` watch where a
/// process may be watched by its parent only.
fn counting(file: &Path) -> Vec<OsString> {
    let words = [STRACE, "-D", "-f", "-c", "-o"].map(OsString::from);
    words.into_iter().chain([file.into()]).collect()
}

/// Waits until the number of calls is in a file.
async fn total_in(file: &Path) -> Result<u64> {
    loop {
        if let Some(calls) = total(&fs::read_to_string(file).await?) {
            return Ok(calls);
        }
        sleep(PAUSE).await;
    }
}

/// The sum of the calls in what `strace` says, if that is there to its end. It
/// has a sum, too, in a line in which some versions leave out a number.
fn total(text: &str) -> Option<u64> {
    text.lines().rfind(|line| line.ends_with(" total"))?;
    let rows = text.split('\n').skip_while(|line| !line.starts_with("---"));
    let rows = rows.skip(1).take_while(|line| !line.starts_with("---"));
    rows.map(|row| row.split_whitespace().nth(3)?.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_calls_are_in_the_fourth_column() {
        let text = "\
            % time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- --------\n\
             66.41    0.150983          27      5482           sendto\n\
             33.59    0.072657          13      5482       113 recvfrom\n\
            ------ ----------- ----------- --------- --------- --------\n\
            100.00    0.227346                 10964       113 total\n";
        assert_eq!(total(text), Some(10_964));
        assert_eq!(total(&text.replace(" total", "")), None);
        assert_eq!(total(""), None);
    }
}
