//! A workspace beside the learner's, in which exercises can be compiled with
//! other code than the learner's. It shares the lock file and everything that
//! is built.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::exercise::{Exercise, Variant, entries, read};

/// An exercise filled in with one of its variants.
#[derive(Debug, Clone)]
pub struct Package {
    /// Which exercise.
    pub exercise: Exercise,
    /// What stands in its `src/lib.rs`.
    pub variant: Variant,
    /// What the package is called, such as `ex01-shout--solution`.
    pub name: String,
}

impl Package {
    /// The exercise, filled in with the variant.
    pub fn new(exercise: &Exercise, variant: Variant) -> Package {
        let name = format!("{}--{}", exercise.name, variant.name);
        let exercise = exercise.clone();
        Package {
            exercise,
            variant,
            name,
        }
    }
}

/// A workspace beside the learner's.
#[derive(Debug)]
pub struct Shadow {
    /// Its folder.
    pub folder: PathBuf,
}

impl Shadow {
    /// Writes the workspace `name` with these packages, for the workspace in
    /// the folder `root`. What has not changed is not written again, so that
    /// cargo need not build it again.
    ///
    /// # Errors
    ///
    /// When the files cannot be read or written.
    pub fn write(
        root: &Path,
        name: &str,
        packages: &[Package],
    ) -> Result<Shadow> {
        let folder = root.join("target/learn").join(name);
        let shadow = Shadow { folder };
        let own: Table = read(&root.join("Cargo.toml"))?.parse()?;
        let lock = read(&root.join("Cargo.lock"))?;
        let target = root.join("target").to_string_lossy().into_owned();
        let build = toml::toml! { build = { target-dir = target } };

        shadow.put("Cargo.toml", &workspace(root, own)?.to_string())?;
        shadow.put("Cargo.lock", &lock)?;
        shadow.put(".cargo/config.toml", &build.to_string())?;
        for package in packages {
            let manifest = manifest(package)?.to_string();
            let folder = format!("p/{}", package.name);
            let tests = package.exercise.folder.join("tests/check.rs");
            shadow.put(&format!("{folder}/tests/check.rs"), &read(&tests)?)?;
            shadow.put(&format!("{folder}/Cargo.toml"), &manifest)?;
            shadow
                .put(&format!("{folder}/src/lib.rs"), &package.variant.text)?;
        }
        shadow.keep_only(packages)?;
        Ok(shadow)
    }

    /// Packages of an earlier time must not be members any more.
    fn keep_only(&self, packages: &[Package]) -> Result<()> {
        for folder in entries(&self.folder.join("p"))? {
            let is_it = |one: &Package| folder.ends_with(&one.name);
            if !packages.iter().any(is_it) {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }

    /// The exercise that one of the packages is.
    pub fn exercise(&self, package: &Package) -> Exercise {
        Exercise {
            name: package.name.clone(),
            folder: self.folder.join("p").join(&package.name),
            title: package.exercise.title.clone(),
        }
    }

    fn put(&self, path: &str, text: &str) -> Result<()> {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        let folder = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&path, text)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The manifest of the shadow workspace: the learner's, with other members.
fn workspace(root: &Path, own: Table) -> Result<Table> {
    let mut workspace = own["workspace"].clone();
    let table = workspace.as_table_mut().context("[workspace]")?;
    table.remove("default-members");
    table.insert("members".into(), Value::Array(vec!["p/*".into()]));
    let dependencies = table["dependencies"].as_table_mut();
    for (_, dependency) in dependencies.into_iter().flatten() {
        let path = dependency.get("path").and_then(|path| path.as_str());
        if let Some(path) = path.map(|path| root.join(path)) {
            dependency["path"] = path.to_string_lossy().into_owned().into();
        }
    }
    let mut manifest = Table::new();
    manifest.insert("workspace".into(), workspace);
    if let Some(profile) = own.get("profile") {
        manifest.insert("profile".into(), profile.clone());
    }
    Ok(manifest)
}

/// The manifest of an exercise, under another name.
fn manifest(package: &Package) -> Result<Table> {
    let exercise = &package.exercise;
    let mut manifest: Table =
        read(&exercise.folder.join("Cargo.toml"))?.parse()?;
    manifest.remove("example");
    manifest["package"]["name"] = package.name.clone().into();
    let library = toml::toml! {
        name = (exercise.crate_name())
        test = false
        doctest = false
    };
    manifest.insert("lib".into(), library.into());
    Ok(manifest)
}
