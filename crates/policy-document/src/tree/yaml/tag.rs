//! Tags: CloudFormation's short forms (`!Ref x`), and YAML's own (`!!str`).

use saphyr_parser::Tag as Written;

use crate::tree::{Member, Node, Span, SyntaxError, Value};

/// What CloudFormation has short forms of (template reference, "Intrinsic functions", "Rule functions",
/// "AWS::LanguageExtensions"; GetStackOutput: cloudformation-validate).
const FUNCTIONS: [&str; 26] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Short forms whose long form has no `Fn::`.
const PLAIN: [&str; 2] = ["Condition", "Ref"];

const YAML: &str = "tag:yaml.org,2002:";

/// The tag of a value.
pub(super) enum Tag {
    /// None, or none that says anything (`!` before a list).
    None,
    /// A short form, with the key of the long one.
    Short { key: String, span: Span },
    /// One of YAML's own types: `str`.
    Core { kind: String, span: Span },
}

impl Tag {
    /// Reads the tag that stands at `span`.
    pub(super) fn read(written: Option<&Written>, span: Span) -> Result<Self, SyntaxError> {
        let Some(Written { handle, suffix }) = written else { return Ok(Self::None) };
        if handle == "!" {
            return short(suffix, span);
        }
        let full = format!("{handle}{suffix}");
        match full.strip_prefix(YAML) {
            Some(kind) => core(kind, span),
            // What `!` says of a text, that it is one.
            None if full == "!" => Ok(Self::Core { kind: "str".to_owned(), span }),
            None => match full.strip_prefix('!') {
                Some(suffix) => short(suffix, span),
                None => Err(unknown(&full, span)),
            },
        }
    }

    /// How many levels the long form adds.
    pub(super) fn levels(&self) -> usize {
        usize::from(matches!(self, Self::Short { .. }))
    }

    /// Whether this is `!GetAtt`, whose text becomes a list.
    pub(super) fn is_get_att(&self) -> bool {
        matches!(self, Self::Short { key, .. } if key == "Fn::GetAtt")
    }

    /// The long form of `node`, the value behind the tag.
    pub(super) fn apply(self, node: Node) -> Node {
        let Self::Short { key, span } = self else { return node };
        let whole = Span { start: span.start, end: node.span.end };
        Node { span: whole, value: Value::Object(vec![Member { key, key_span: span, node }]) }
    }
}

fn short(name: &str, span: Span) -> Result<Tag, SyntaxError> {
    if PLAIN.contains(&name) {
        return Ok(Tag::Short { key: name.to_owned(), span });
    }
    if FUNCTIONS.contains(&name) {
        return Ok(Tag::Short { key: format!("Fn::{name}"), span });
    }
    Err(unknown(&format!("!{name}"), span))
}

fn core(kind: &str, span: Span) -> Result<Tag, SyntaxError> {
    match kind {
        "str" | "null" | "bool" | "int" | "float" | "map" | "seq" => {
            Ok(Tag::Core { kind: kind.to_owned(), span })
        }
        _ => Err(unknown(&format!("!!{kind}"), span)),
    }
}

fn unknown(name: &str, span: Span) -> SyntaxError {
    let bare = name.trim_start_matches('!');
    let bare = bare.strip_prefix("Fn::").unwrap_or(bare);
    let known = FUNCTIONS.iter().chain(&PLAIN).find(|known| known.eq_ignore_ascii_case(bare));
    let remedy = match known {
        Some(known) => format!("write !{known}"),
        None => "write one of CloudFormation's functions, or remove the tag".to_owned(),
    };
    SyntaxError::new("YAML", span, format!("CloudFormation has no tag {name}; {remedy}"))
}

/// `Vault.Arn` as the list `[Vault, Arn]`; a text without a point stays one.
pub(super) fn attribute(node: Node, text: &str) -> Node {
    let Value::String(path) = &node.value else { return node };
    let Some((resource, attribute)) = path.split_once('.') else { return node };
    let written = text.get(node.span.start..node.span.end).unwrap_or_default();
    let (first, second) = match written.find(path.as_str()) {
        Some(at) => {
            let start = node.span.start + at;
            let point = start + resource.len();
            (Span { start, end: point }, Span { start: point + 1, end: start + path.len() })
        }
        None => (node.span, node.span),
    };
    let part = |span, part: &str| Node { span, value: Value::String(part.to_owned()) };
    let parts = vec![part(first, resource), part(second, attribute)];
    Node { span: node.span, value: Value::Array(parts) }
}
