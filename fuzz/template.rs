//! What has to hold of every template that is evaluated. make fuzz invents texts; crates/policy-document/tests/fuzz.rs
//! replays those that are kept.

use policy_document::template::{
    Files, Inputs, NoFiles, SourceFile, Template, each_template, evaluate, findings,
};
use policy_document::tree::{Span, parse};

/// A template comes to resources and faults with places in its text, without other files and with itself as each of them.
pub fn template(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(tree) = parse(text) else { return };
    let deployed = Inputs::default().deployed_in("111122223333", "eu-west-1", "guards");
    let again = Again(text);
    for (inputs, files) in [(&Inputs::default(), &NoFiles as &dyn Files), (&deployed, &again)] {
        holds(text, &evaluate("template.yaml", &tree, inputs, files));
    }
}

/// Every other file is the template once more.
struct Again<'a>(&'a str);

impl Files for Again<'_> {
    fn read(&self, _: &str, location: &str) -> Result<SourceFile, String> {
        Ok(SourceFile { name: location.to_owned(), text: self.0.to_owned() })
    }
}

/// All files have the same text, so that every place is one of it.
fn holds(text: &str, template: &Template) {
    let is_part = |span: Span| text.get(span.start..span.end).is_some();
    each_template(template, &mut |template, _| {
        for fault in &template.faults {
            assert!(is_part(fault.span) && !fault.problem.is_empty(), "{fault:?}");
        }
        for resource in &template.resources {
            assert!(is_part(resource.span), "{:?}", resource.logical_id);
        }
        for unresolved in &template.unresolved {
            assert!(is_part(unresolved.span), "{unresolved:?}");
        }
    });
    for placed in findings(template) {
        assert!(is_part(placed.finding.span), "{placed:?}");
    }
}
