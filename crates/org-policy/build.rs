//! Puts the commit into `--version`, where there is one: a source archive has none, and builds all the same.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ORG_POLICY_COMMIT");
    // Whoever builds from an archive may know the commit.
    let commit = match env::var("ORG_POLICY_COMMIT") {
        Ok(given) if !given.is_empty() => Some(given),
        _ => of_checkout(),
    };
    let version = commit.map_or(version.clone(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=ORG_POLICY_VERSION={version}");
}

/// The commit that is checked out, and its day; the same whenever and wherever it is built.
fn of_checkout() -> Option<String> {
    // An archive that is unpacked inside of somebody else's checkout has no commit.
    let root =
        Path::new(&env::var("CARGO_MANIFEST_DIR").ok()?).join("../..").canonicalize().ok()?;
    if Path::new(&git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != root {
        return None;
    }
    let commit = git(&["log", "-1", "--abbrev=12", "--format=%h %cs"])?;
    // What changes when another commit is checked out: HEAD, the branch that it names, or the packed branches.
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let path = git(&["rev-parse", "--git-path", name]);
        // cargo would build anew each time for a file that is not there.
        if let Some(path) = path.filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    Some(commit)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
