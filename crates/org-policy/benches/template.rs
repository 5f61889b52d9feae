//! `make bench`: how long it takes to evaluate our largest template, with all that it nests, and the largest of those alone.

#![expect(clippy::expect_used, reason = "a benchmark may fail loudly")]

use std::fs;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use policy_document::template::{Files, Inputs, SourceFile, each_template, evaluate};
use policy_document::tree::parse;

const TEMPLATES: [&str; 2] = ["solution.yaml", "stacks/backup-policies.yaml"];

/// The files beside a template.
struct Folder;

impl Files for Folder {
    fn read(&self, from: &str, location: &str) -> Result<SourceFile, String> {
        let folder = Path::new(from).parent().unwrap_or_else(|| Path::new(""));
        let path = folder.join(location);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(SourceFile { name: path.display().to_string(), text })
    }
}

fn templates(criterion: &mut Criterion) {
    for name in TEMPLATES {
        let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).expect("a template");
        let evaluated =
            || evaluate(&path, &parse(&text).expect("a tree"), &Inputs::default(), &Folder);
        let (template, mut count) = (evaluated(), 0);
        each_template(&template, &mut |_, _| count += 1);
        let group = format!("{name} of {} bytes, {count} with the nested ones", text.len());
        criterion.bench_function(&group, |bencher| bencher.iter(evaluated));
    }
}

criterion_group!(benches, templates);
criterion_main!(benches);
