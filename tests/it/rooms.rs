//! Who may use whom: the table of docs/ARCHITECTURE.md, held by room, over every path that a source names and every
//! manifest of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tidy::{project, read, sources};

/// A path as the source names it: `crate::aws::types::Tags` in segments. Use trees are expanded.
type SourcePath = Vec<String>;

/// Every path of a source, wherever it stands: in `use` lines, code, attributes and macros.
fn paths(source: &str) -> Vec<SourcePath> {
    let tokens: TokenStream = source.parse().expect("Rust");
    let mut found = Vec::new();
    collect(tokens, &[], &mut found);
    found
}

fn collect(tokens: TokenStream, prefix: &[String], found: &mut Vec<SourcePath>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let mut path = match token {
            TokenTree::Ident(first) => [prefix, &[first.to_string()]].concat(),
            TokenTree::Group(group) => {
                collect(group.stream(), &[], found);
                continue;
            }
            _ => continue,
        };
        let is_colon =
            |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
        while tokens.next_if(is_colon).is_some() && tokens.next_if(is_colon).is_some() {
            match tokens.next() {
                Some(TokenTree::Ident(segment)) => path.push(segment.to_string()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    collect(tree.stream(), &path, found);
                    break;
                }
                Some(TokenTree::Group(other)) => collect(other.stream(), &[], found),
                _ => break,
            }
        }
        found.push(path);
    }
}

/// The module of a file below src/: `policy/plan.rs` is `[policy, plan]`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// The path from the root of its crate; none if it leads elsewhere.
fn from_root(module: &[String], path: &SourcePath) -> Option<SourcePath> {
    if path[0] == "crate" || path[0] == "cfn_org_policy" {
        return Some(path[1..].to_vec());
    }
    let is_relative = |segment: &&String| *segment == "self" || *segment == "super";
    let (relative, rest) = path.split_at(path.iter().take_while(is_relative).count());
    let supers = relative.iter().filter(|segment| *segment == "super").count();
    let base = &module[..module.len().checked_sub(supers)?];
    (!relative.is_empty()).then(|| [base, rest].concat())
}

/// The rooms of the code map, with those that each may use.
fn code_map() -> BTreeMap<String, BTreeSet<String>> {
    let page = read("docs/ARCHITECTURE.md");
    let table = page.split("| may use |\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let rows = table.expect("the code map").lines().filter(|line| line.starts_with("| `"));
    let rooms = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let room = cells[1].split('`').nth(1).expect("a name").trim_end_matches('/');
        let uses = cells[3].split(", ").filter(|name| *name != "–").map(str::to_owned);
        (room.trim_end_matches(".rs").to_owned(), uses.collect())
    });
    rooms.collect()
}

#[test]
fn each_room_uses_only_those_that_the_code_map_allows() {
    let map = code_map();
    for (file, source) in sources("src") {
        let module = module_of(&file);
        let Some(room) = module.first() else { continue };
        let may = map.get(room).unwrap_or_else(|| panic!("the code map lacks {room}"));
        for path in paths(&source) {
            let used = match from_root(&module, &path) {
                Some(path) if path.is_empty() => panic!("{file} names the whole crate: {path:?}"),
                Some(path) => path[0].clone(),
                None if path[0] == "policy_document" => "policy-document".to_owned(),
                None => continue,
            };
            assert!(used == *room || may.contains(&used), "{file} uses {used}: {path:?}");
        }
    }
}

/// The rooms that are folders.
fn folders() -> Vec<String> {
    let entries =
        fs::read_dir(project().join("src")).expect("a folder").map(|e| e.expect("an entry"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let folders: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(folders.len() > 3, "{folders:?}");
    folders
}

/// The rooms of the resources, each with a pipeline.
fn resources() -> Vec<String> {
    let has_pipeline = |room: &String| project().join(format!("src/{room}/pipeline.rs")).exists();
    folders().into_iter().filter(has_pipeline).collect()
}

/// A room lists its modules from the end of the flow to its beginning.
#[test]
fn within_a_room_a_module_uses_only_those_listed_after_it() {
    for room in folders() {
        let list = read(&format!("src/{room}/mod.rs"));
        let words = list.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
        let order: Vec<&str> = words.collect();
        assert!(order.len() > 3, "{order:?}");
        let place = |module: &str| order.iter().position(|listed| *listed == module);
        for (file, source) in sources(&format!("src/{room}")) {
            let file = format!("{room}/{file}");
            let module = module_of(&file);
            let Some(own) = module.get(1).and_then(|own| place(own)) else { continue };
            let used = paths(&source).into_iter().filter_map(|path| from_root(&module, &path));
            for path in used.filter(|path| path.first().is_some_and(|first| *first == room)) {
                let used = path.get(1).and_then(|used| place(used)).unwrap_or(own);
                assert!(used >= own, "{file} uses {path:?}, which is listed before it");
            }
        }
    }
}

/// So does the tool, from the command line to the terminal.
#[test]
fn within_the_tool_a_module_uses_only_those_listed_after_it() {
    let list = read("crates/org-policy/src/lib.rs");
    let modules = list.lines().filter_map(|line| {
        line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')
    });
    let order: Vec<&str> = modules.collect();
    assert!(order.len() > 10, "{order:?}");
    let place = |module: &str| order.iter().position(|listed| *listed == module);
    for (file, source) in sources("crates/org-policy/src") {
        let module = module_of(&file);
        let Some(own) = module.first().and_then(|own| place(own)) else { continue };
        for path in paths(&source).into_iter().filter_map(|path| from_root(&module, &path)) {
            let used = path.first().and_then(|used| place(used)).unwrap_or(own);
            assert!(used >= own, "{file} uses {path:?}, which is listed before it");
        }
    }
}

/// The SDK is behind src/aws, each service in its own module; plans and types know none of it.
#[test]
fn the_sdk_stays_in_the_room_for_aws() {
    let homes = [
        ("aws_sdk_organizations", vec!["aws/organizations/"]),
        ("aws_sdk_backup", vec!["aws/backup.rs", "aws/clients.rs"]),
        (
            "aws_sdk_cloudformation",
            vec!["aws/still_wanted.rs", "aws/stacksets.rs", "aws/clients.rs"],
        ),
        ("aws_sdk_sts", vec!["aws/identity.rs", "aws/clients.rs", "aws/failure.rs"]),
    ];
    for (file, source) in sources("src") {
        for path in paths(&source) {
            let krate = path[0].as_str();
            let is_sdk = ["aws_sdk", "aws_smithy", "aws_config", "aws_credential", "hyper"];
            if !is_sdk.iter().any(|prefix| krate.starts_with(prefix)) {
                continue;
            }
            assert!(file.starts_with("aws/"), "{file} uses {krate}");
            assert!(!["aws/types.rs", "aws/poll.rs"].contains(&file.as_str()), "{file}: {krate}");
            let home = homes.iter().find(|(service, _)| *service == krate);
            let fits = home.is_none_or(|(_, files)| files.iter().any(|f| file.starts_with(f)));
            assert!(fits, "{file} uses {krate}");
        }
        assert!(file.starts_with("protocol/") || !source.contains(".expose()"), "{file}");
    }
}

/// What is declared and what is planned are values, made without any call.
#[test]
fn desired_and_plan_are_pure() {
    for room in resources() {
        for (file, source) in sources(&format!("src/{room}")) {
            if !["desired.rs", "plan.rs", "take_over.rs", "step.rs", "removal.rs"]
                .contains(&file.as_str())
            {
                continue;
            }
            let file = format!("{room}/{file}");
            for path in paths(&source) {
                let waits = ["async", "await", "tokio"].contains(&path[0].as_str());
                let used = from_root(&module_of(&file), &path).unwrap_or_default();
                let calls = used.first().is_some_and(|room| room == "aws")
                    && used.get(1).is_none_or(|module| module != "types");
                assert!(!waits && !calls, "{file}: {path:?}");
            }
        }
    }
}

/// Whoever has only a Reader cannot write. Writers are for what carries out a plan.
#[test]
fn only_what_carries_out_a_plan_names_a_writer() {
    let carries_out = |file: &str| {
        let (room, module) = file.split_once('/').unwrap_or(("", file));
        let of_a_resource = resources().iter().any(|resource| resource == room);
        room == "aws"
            || file == "function.rs"
            || of_a_resource && ["apply.rs", "pipeline.rs"].contains(&module)
    };
    let writes = |source: &str| {
        let named = |name: &String| name == "Writer" || name == "writer";
        paths(source).iter().flatten().any(named)
    };
    for (file, source) in sources("src") {
        assert!(carries_out(&file) || !writes(&source), "src/{file} names a Writer");
    }
    for member in ["org-policy", "watch"] {
        let folder = format!("crates/{member}/src");
        if project().join(&folder).exists() {
            for (file, source) in sources(&folder) {
                assert!(!writes(&source), "{folder}/{file} names a Writer");
            }
        }
    }
}

/// The tool and the watch take of the function what reads and plans, and nothing that carries a plan out.
#[test]
fn members_that_only_read_name_nothing_that_carries_out() {
    // What an event asks for (`protocol::request`) is read to plan; nothing is responded.
    let carries_out =
        ["apply", "function", "deliver", "response", "response_url", "creation", "take_over"];
    for member in ["org-policy", "watch"] {
        let folder = format!("crates/{member}/src");
        if !project().join(&folder).exists() {
            continue;
        }
        for (file, source) in sources(&folder) {
            for path in paths(&source).iter().filter(|path| path[0] == "cfn_org_policy") {
                let named = path.iter().find(|name| carries_out.contains(&name.as_str()));
                assert_eq!(named, None, "{folder}/{file} uses {path:?}");
            }
        }
    }
}

/// Of the operations of AWS the tool calls only those that read, but for change sets and holds, each in one file.
#[test]
fn the_tool_writes_change_sets_and_holds_and_nothing_else() {
    let mut writing = BTreeSet::new();
    for (file, source) in sources("crates/org-policy/src") {
        let uses_sdk = paths(&source).iter().any(|path| path[0].starts_with("aws_sdk"));
        assert!(!uses_sdk || file.starts_with("aws/"), "{file} calls AWS by itself");
        let source: String = source.split_whitespace().collect();
        for after in source.split("client.").skip(1) {
            let operation: String =
                after.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let reads =
                ["describe_", "get_", "list_", "query"].iter().any(|v| operation.starts_with(v));
            if uses_sdk && !reads {
                writing.insert(format!("{file} {operation}"));
            }
        }
    }
    let expected = [
        "aws/change_sets.rs create_change_set",
        "aws/change_sets.rs delete_change_set",
        "aws/change_sets.rs execute_change_set",
        "aws/watch.rs delete_item",
        "aws/watch.rs publish",
        "aws/watch.rs put_item",
    ];
    assert_eq!(writing, expected.map(str::to_owned).into());
}

/// The members of the workspace, and which of the others each may depend on.
#[test]
fn each_member_depends_only_on_those_that_it_may_use() {
    let own = ["cfn-org-policy", "policy-document", "org-policy", "watch", "test-world"];
    let allowed = |manifest: &str| -> (&[&str], &[&str]) {
        match manifest {
            "Cargo.toml" => (&["policy-document"], &["org-policy", "test-world"]),
            // Its tests are compiled with all of its features.
            "crates/policy-document" => (&[], &["policy-document"]),
            "crates/test-world" => (&["cfn-org-policy", "policy-document"], &[]),
            "crates/org-policy" => (&["cfn-org-policy", "policy-document"], &["test-world"]),
            "crates/watch" => {
                (&["cfn-org-policy", "org-policy", "policy-document"], &["test-world"])
            }
            other => panic!("{other} is not in the table"),
        }
    };
    for manifest in manifests() {
        let (dependencies, dev) = allowed(manifest.trim_end_matches("/Cargo.toml"));
        let text = read(&manifest);
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let name = line.split([' ', '.', '=']).next().unwrap_or_default();
            if !section.contains("dependencies") || !own.contains(&name) {
                continue;
            }
            let may = if section == "[dev-dependencies]" {
                [dependencies, dev].concat()
            } else {
                dependencies.to_vec()
            };
            assert!(may.contains(&name), "{manifest} {section} {name}");
        }
    }
}

/// The manifests of the workspace.
fn manifests() -> Vec<String> {
    let members = fs::read_dir(project().join("crates")).expect("a folder");
    let names = members.map(|entry| entry.expect("an entry").file_name());
    let members = names.map(|name| format!("crates/{}/Cargo.toml", name.to_string_lossy()));
    ["Cargo.toml".to_owned()].into_iter().chain(members).collect()
}

/// Each direct dependency says in a comment what it is for, and each member has the workspace's lints.
#[test]
fn every_dependency_says_why() {
    for manifest in manifests().into_iter().chain(["fuzz/Cargo.toml".to_owned()]) {
        let (mut previous, mut section) = ("", "");
        let text = read(&manifest);
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let is_dependency = section.contains("dependencies") && line.contains(" = ");
            assert!(!is_dependency || previous.starts_with('#'), "{manifest}: {line}");
            previous = line;
        }
        let lints = manifest.starts_with("fuzz") || text.contains("[lints]\nworkspace = true");
        assert!(lints, "{manifest} has lints of its own");
    }
}
