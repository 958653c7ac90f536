//! From a document's tree to operations: OpenAPI 3.0, 3.1 and Swagger 2.0, as people and tools write them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::{Documents, PlacedProblem};
use super::operation::{Location, Operation, Requirement, Scope, Security};
use super::schemes::Described;
use super::tree::{MapEntry, YamlNode};

/// A method that API Gateway serves for all methods.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";
pub(super) const METHODS: [&str; 8] =
    ["get", "head", "options", "post", "put", "patch", "delete", "trace"];
/// No API has as many; what has was made to take our time.
const OPERATIONS: usize = 20_000;

/// The schemes that a document declares, by name.
pub(super) fn schemes(
    documents: &mut Documents,
    root: &Arc<YamlNode>,
) -> Result<Vec<(MapEntry, Arc<YamlNode>)>, PlacedProblem> {
    let declared = match root.get("components") {
        Some(components) => documents.resolve(components)?.get("securitySchemes").cloned(),
        None => root.get("securityDefinitions").cloned(),
    };
    let Some(declared) = declared else { return Ok(vec![]) };
    let declared = documents.resolve(&declared)?;
    let each = declared.entries().iter();
    each.map(|entry| Ok((entry.clone(), documents.resolve(&entry.value)?))).collect()
}

/// Whether API Gateway wrote the document, or is to read it.
pub(super) fn is_api_gateway(root: &YamlNode) -> bool {
    let ours = |node: &YamlNode| {
        node.entries().iter().any(|entry| entry.key.starts_with("x-amazon-apigateway-"))
    };
    let paths = root.get("paths").into_iter().flat_map(|paths| paths.entries());
    let schemes = [
        root.get("securityDefinitions"),
        root.get("components").and_then(|one| one.get("securitySchemes")),
    ];
    let schemes = schemes.into_iter().flatten().flat_map(|schemes| schemes.entries());
    ours(root)
        || schemes.into_iter().any(|scheme| ours(&scheme.value))
        || paths.into_iter().any(|path| {
            ours(&path.value) || path.value.entries().iter().any(|method| ours(&method.value))
        })
}

/// Where the API is, by its document: the first server, or host and base path.
pub(super) fn server(root: &YamlNode) -> Option<String> {
    let url = if let Some(servers) = root.get("servers") {
        with_variables(servers.items().first()?)?
    } else {
        let schemes = root.get("schemes").map(|schemes| schemes.items()).unwrap_or_default();
        let first = schemes.first().and_then(|scheme| scheme.text()).unwrap_or("https");
        format!("{first}://{}{}", root.text_of("host")?, root.text_of("basePath").unwrap_or(""))
    };
    Some(url.trim_end_matches('/').to_owned())
}

/// A server's address, with the default of each of its variables.
fn with_variables(server: &YamlNode) -> Option<String> {
    let mut url = server.text_of("url")?.to_owned();
    let variables = server.get("variables").map(|one| one.entries()).unwrap_or_default();
    for variable in variables {
        let value = variable.value.text_of("default")?;
        let name = format!("{{{}}}", variable.key);
        // API Gateway's exports have the base path with its slash.
        let doubled = format!("/{name}");
        let of = if value.starts_with('/') { &doubled } else { &name };
        url = url.replace(of, value);
    }
    (!url.contains('{')).then_some(url)
}

/// Everything that can be asked of the API; `ours` are the schemes that stand for the pool.
pub(super) fn operations(
    documents: &mut Documents,
    root: &Arc<YamlNode>,
    ours: &BTreeMap<String, Described>,
) -> Result<Vec<Operation>, PlacedProblem> {
    let Some(paths) = root.get("paths") else { return Ok(vec![]) };
    let paths = documents.resolve(paths)?;
    let default = root.get("security");
    let mut operations = vec![];
    for path in paths.entries().iter().filter(|path| path.key.starts_with('/')) {
        let item = documents.resolve(&path.value)?;
        for method in item.entries() {
            let name = match method.key.as_str() {
                ANY => "ANY".to_owned(),
                key if METHODS.contains(&key) => key.to_uppercase(),
                _ => continue,
            };
            if operations.len() == OPERATIONS {
                let message = format!("the document has more than {OPERATIONS} operations");
                return Err(documents.fault(&item, message));
            }
            let operation = documents.resolve(&method.value)?;
            operations.push(Operation {
                method: name,
                path: path.key.clone(),
                security: security(operation.get("security"), default, ours),
                at: Location { file: item.file, span: method.at.clone() },
            });
        }
    }
    Ok(operations)
}

/// The operation's own, or the document's. A list is one or the other; an object is all of it; `{}` and `[]` are nothing.
fn security(
    own: Option<&Arc<YamlNode>>,
    default: Option<&Arc<YamlNode>>,
    ours: &BTreeMap<String, Described>,
) -> Security {
    let Some(list) = own.or(default) else { return Security::Public { stated: false } };
    if list.is_unknown() || list.items().iter().any(|way| way.is_unknown()) {
        return Security::Unknown;
    }
    if list.items().iter().all(|way| way.entries().is_empty())
        || list.items().iter().any(|way| way.is_map() && way.entries().is_empty())
    {
        return Security::Public { stated: true };
    }
    let ways: Vec<_> = list.items().iter().filter_map(|way| requirement(way, ours)).collect();
    if ways.is_empty() { Security::Elsewhere } else { Security::Token(ways) }
}

/// What one way asks for, if a token of the pool is part of it.
fn requirement(way: &Arc<YamlNode>, ours: &BTreeMap<String, Described>) -> Option<Requirement> {
    let (tokens, beside): (Vec<_>, Vec<_>) =
        way.entries().iter().partition(|entry| ours.contains_key(&entry.key));
    let first = tokens.first()?;
    let asked = || tokens.iter().flat_map(|token| token.value.items());
    let scope = |node: &Arc<YamlNode>| {
        Some(Scope { name: node.text()?.to_owned(), at: Location::of(node) })
    };
    Some(Requirement {
        door: ours[&first.key].scheme.door,
        scopes: asked().filter_map(scope).collect(),
        more: asked().any(|node| node.is_unknown())
            || tokens.iter().any(|token| token.value.is_unknown()),
        beside: beside.iter().map(|entry| entry.key.clone()).collect(),
        at: Location { file: way.file, span: first.at.clone() },
    })
}
