//! Runs the tool in a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run has left.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

/// A folder with files, which is gone with the value.
pub struct Folder(PathBuf);

impl Folder {
    /// A folder of this name; no other test may use it.
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// The same, with files.
    pub fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = Self::new(name);
        for (path, text) in files {
            folder.write(path, text.as_bytes());
        }
        folder
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Runs the tool in here.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        self.run_with(arguments, b"")
    }

    /// Runs the tool in here, with this standard input.
    pub fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Run {
        self.run_in(&[], arguments, input)
    }

    /// Runs the tool in here, with AWS at this address, and credentials that nobody checks.
    pub fn run_on(&self, address: &str, arguments: &str) -> Run {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let environment = [
            ("AWS_ENDPOINT_URL", address),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        self.run_in(&environment, &words, b"")
    }

    /// Runs the tool in here, in this environment: nothing of the caller's AWS is in it.
    pub fn run_in<S: AsRef<OsStr>>(
        &self,
        environment: &[(&str, &str)],
        arguments: &[S],
        input: &[u8],
    ) -> Run {
        let caller = std::env::vars_os().map(|(name, _)| name);
        let of_aws = caller.filter(|name| name.to_string_lossy().starts_with("AWS_"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_org-policy"));
        of_aws.for_each(|name| _ = command.env_remove(name));
        let mut child = command
            .env("AWS_CONFIG_FILE", "config")
            .env("AWS_SHARED_CREDENTIALS_FILE", "credentials")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(environment.iter().copied())
            .args(arguments)
            .current_dir(&self.0)
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        // It may end without having read all.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        let output = child.wait_with_output().expect("the tool ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit: output.status.code().expect("no signal"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
