//! All that a measurement needs: the servers' programs, `load`, and how.

use std::{
    ffi::OsString,
    io::{Write, stderr},
};

use anyhow::{Error, Result, ensure};
use echo::files::need_files;
use tempfile::TempDir;

use crate::{
    build,
    choice::Choice,
    figures::Figures,
    guarded::beside,
    launch::Launched,
    lists::{SERVERS, STEPS},
    loader::Loader,
    progress::Progress,
    run::Args,
    subjects::{List, Silent, Subject, Talking, Watched},
    words::Setting,
};

/// Besides one for each client, `load` or a server opens so many files.
const OTHER_FILES: u64 = 200;

/// What everything is measured with.
pub struct Bench {
    pub choice: Choice,
    pub setting: Setting,
    pub loader: Loader,
    pub progress: Progress,
    /// What the compilers have made.
    folder: TempDir,
}

impl Bench {
    /// Builds what is to be measured.
    ///
    /// # Errors
    ///
    /// When that fails, or nothing that was asked for is installed.
    pub async fn prepare(args: &Args) -> Result<Bench> {
        let choice = Choice::new(args.only.clone());
        let clients = most_clients(args, &choice);
        let files = u64::from(clients) + OTHER_FILES;
        need_files(files, &format!("{clients} clients"))?;
        let setting = Setting::new(args, choice.missing())?;
        let _ = write!(stderr(), "{}", setting.missing_line());
        let subjects = choice.all();
        ensure!(!subjects.is_empty(), "there is nothing to be measured");
        let folder = tempfile::tempdir()?;
        build::peers(&subjects, folder.path()).await?;
        if !args.built {
            build::cargo(&subjects).await?;
        }
        Ok(Bench {
            loader: Loader {
                words: vec![beside("load")?.into()],
                core: setting.cores.map(|cores| cores.load),
            },
            progress: Progress::new(steps(&choice, &setting)),
            choice,
            setting,
            folder,
        })
    }

    /// Starts a server.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub async fn start(
        &self,
        list: &List,
        subject: &Subject,
    ) -> Result<Launched> {
        self.start_under(&[], list, subject).await
    }

    /// Starts a server by another program, whose command comes before its own.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub async fn start_under(
        &self,
        before: &[OsString],
        list: &List,
        subject: &Subject,
    ) -> Result<Launched> {
        let cores = self.setting.cores_of(list);
        let core = cores.map(|cores| cores.server);
        let command = |port| subject.command(self.folder.path(), port);
        Launched::start(before, core, command).await
    }

    /// Measures all that a list asks for.
    pub async fn measure(&mut self, list: &List) -> Vec<Figures> {
        self.setting.failures.clear();
        let subjects = self.choice.of(list);
        let names = subjects.iter().map(|one| one.name);
        let mut all: Vec<_> = names.map(Figures::new).collect();
        if list.talk != Talking::Nobody && !all.is_empty() {
            self.talk(list, &subjects, &mut all).await;
        }
        if list.silent != Silent::Nobody {
            self.open(list, &subjects, &mut all).await;
        }
        if list.calls != Watched::Nobody {
            self.count_calls(list, &subjects, &mut all).await;
        }
        all
    }

    /// `load`, on the processor that a list has for it.
    pub fn loader_of(&self, list: &List) -> Loader {
        let cores = self.setting.cores_of(list);
        Loader {
            core: cores.map(|cores| cores.load),
            ..self.loader.clone()
        }
    }

    /// Goes on without a figure.
    pub fn fail(&mut self, name: &str, what: &str, error: &Error) {
        let sentence = format!("{name}, {what}: {error:#}");
        if !self.setting.failures.contains(&sentence) {
            self.progress.warn(&sentence);
            self.setting.failures.push(sentence);
        }
    }
}

/// How many clients there are at a time, at most.
fn most_clients(args: &Args, choice: &Choice) -> u32 {
    let mut lists = STEPS.iter().chain([&SERVERS]);
    let comes_a_crowd = lists.any(|list| {
        list.silent != Silent::Nobody && !choice.of(list).is_empty()
    });
    let silent = comes_a_crowd.then_some(args.idle.get());
    let most = args.clients.iter().copied().chain(silent).max();
    most.unwrap_or_default()
}

/// How many steps there are to tell of.
fn steps(choice: &Choice, setting: &Setting) -> usize {
    let lists = STEPS.iter().chain([&SERVERS]).map(|list| {
        let count = choice.of(list).len();
        let talks = match list.talk {
            Talking::Nobody => 0,
            _ if count == 0 => 0,
            _ => setting.rounds_of(list) as usize,
        };
        let opens = match list.silent {
            Silent::Nobody => 0,
            _ => setting.openings,
        };
        let calls = match list.calls {
            Watched::Nobody => 0,
            _ => 1,
        };
        talks + (opens + calls) * count
    });
    let stalls = if choice.stalled().is_some() { 2 } else { 0 };
    lists.sum::<usize>() + stalls
}
