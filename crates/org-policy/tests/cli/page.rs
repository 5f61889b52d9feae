//! Pages: their commands print what they say they print. `REWRITE=1 cargo test -p org-policy` writes that anew.

use std::fs;
use std::path::Path;

use crate::run::Folder;

/// A block of the page: the comment above it, the language, the text, and the lines of the page that the text takes.
struct Block {
    mark: String,
    language: String,
    text: String,
    lines: std::ops::Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let (mut found, mut mark, mut at) = (Vec::new(), "", 0);
    while at < lines.len() {
        if let Some(language) = lines[at].strip_prefix("```") {
            let length = lines[at + 1..].iter().position(|line| *line == "```").expect("an end");
            let text: String =
                lines[at + 1..][..length].iter().map(|line| format!("{line}\n")).collect();
            let lines = at + 1..at + 1 + length;
            at = lines.end;
            found.push(Block { mark: mark.to_owned(), language: language.to_owned(), text, lines });
            mark = "";
        } else if let Some(comment) = lines[at].strip_prefix("<!-- ") {
            mark = comment.trim_end_matches(" -->");
        } else if !lines[at].is_empty() {
            mark = "";
        }
        at += 1;
    }
    found
}

/// Compares every block that is marked as printed with what the command before it prints, in this folder, which gets the
/// policies of the page as well. Says how many were compared.
fn compare(page: &str, folder: &Folder) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let page = fs::read_to_string(&path).expect("the page");
    let (mut command, mut printed) = (String::new(), Vec::new());
    for block in blocks(&page) {
        if let Some(name) = block.mark.strip_prefix("policy ") {
            folder.write(name, block.text.as_bytes());
        }
        if block.language == "console" {
            command = block.text.lines().last().unwrap_or_default().to_owned();
        }
        if block.mark == "printed" {
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            let run = folder.run(&words);
            if std::env::var_os("REWRITE").is_none() {
                assert_eq!(block.text, run.stdout, "{command}: REWRITE=1 writes the page anew");
            }
            printed.push((block.lines, run.stdout));
        }
    }
    if std::env::var_os("REWRITE").is_some() {
        let mut lines: Vec<&str> = page.lines().collect();
        for (place, text) in printed.iter().rev() {
            lines.splice(place.clone(), text.lines());
        }
        fs::write(path, lines.join("\n") + "\n").expect("the page");
    }
    printed.len()
}

#[test]
fn the_page_about_checking_shows_what_its_commands_print() {
    assert_eq!(compare("CHECKING.md", &Folder::new("page")), 2);
}

#[test]
fn the_page_about_effective_policies_shows_what_its_commands_print() {
    let folder = example("page-effective");
    assert_eq!(compare("EFFECTIVE.md", &folder), 7);
    // The file that the page explains is one.
    let run = folder.run(&["effective", "-o", "small.yaml", "shop"]);
    assert!(run.exit == 0 && run.stdout.contains("- eu-north-1"), "{run:?}");
}

/// A folder with the organization of the examples.
pub fn example(name: &str) -> Folder {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/organization");
    let folder = Folder::new(name);
    for file in ["organization.yaml", "base.json", "change.yaml"] {
        folder.write(file, &fs::read(example.join(file)).expect("a file"));
    }
    folder
}

#[test]
fn the_picture_of_the_check_shows_what_it_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let policy = fs::read_to_string(root.join("demo/policy.yaml")).expect("the policy");
    let folder = Folder::with("picture", &[("policy.yaml", &policy)]);
    same_picture("check.svg", "check policy.yaml", &folder);
}

#[test]
fn the_picture_of_an_effective_policy_shows_what_is_printed() {
    let folder = example("picture-effective");
    same_picture("effective.svg", "effective -o organization.yaml ledger", &folder);
}

/// A picture shows what the tool prints today.
fn same_picture(name: &str, command: &str, folder: &Folder) {
    let words: Vec<&str> = command.split(' ').collect();
    let run = folder.run(&words);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images").join(name);
    let picture = fs::read_to_string(path).expect("the picture");
    let drawn = picture.lines().filter(|line| line.starts_with("<text "));
    let drawn: String = drawn
        .map(|line| {
            let text = line.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</text>"));
            text.map_or("", |(text, _)| text)
        })
        .collect();
    let drawn = drawn.replace("&quot;", "\"").replace("&#x27;", "'").replace("&gt;", ">");
    let drawn = drawn.replace("&lt;", "<").replace("&amp;", "&");
    let bare = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(
        bare(&drawn),
        bare(&format!("$ org-policy {command}\n{}", run.stdout)),
        "{name}: make recording"
    );
}
